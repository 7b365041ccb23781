"""Hypothesis strategies that several packages share: every valid specification, as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml
from hypothesis import strategies as st

from sretool.model.duration import Duration
from sretool.model.tiers import default_tiers

NAMES = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
LABEL_NAMES = st.sampled_from(["region", "plan", "shard", "tenant_id", "_x", "Zone2"])
# What YAML, PromQL and templates must all bring through unharmed. Two braces would open a template in an annotation.
WORDS = st.text(alphabet="abcXYZ019 \"'\\:#-,.[]{}&*!|>%@`~$\n\téß日🙂", min_size=1, max_size=30).filter(
    lambda text: text.strip() and "{{" not in text and "}}" not in text
)
TEMPLATES = st.sampled_from(
    [
        "{{ $labels.service }} burns {{ $value | humanize }} times too fast",
        "{{ with query `up == 0` }}{{ len . }} down{{ else }}all up{{ end }}",
        "{{- /* nothing */ -}} {{ if gt $value 100.0 }}fast{{ end }}",
    ]
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
METRICS = st.sampled_from(["http_requests_total", "a", "job:events:total", "x_seconds", "orders_lost_total"])
_MATCHERS = st.builds(
    lambda label, operator, value: f"{label}{operator}{_quoted(value)}",
    st.sampled_from(["job", "code", "handler"]),
    st.sampled_from(["=", "!="]),
    WORDS,
) | st.sampled_from(['code=~"5.."', 'code!~"2..|3.."', r'path=~"/api/v[0-9]+/.*"', "job='x'", "job=`x`"])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


@st.composite
def selectors(draw: st.DrawFn) -> str:
    name, matchers = draw(METRICS), draw(st.lists(_MATCHERS, max_size=3))
    blank = draw(st.sampled_from(["", " ", "\n"]))
    return f"{name}{{{f',{blank}'.join(matchers)}}}" if matchers else name


@st.composite
def shares(draw: st.DrawFn) -> tuple[str, str]:
    """Selectors of some events and of all of them: the first asks for something that the second does not."""
    some, every = draw(selectors()), draw(selectors())
    return (f'{some[:-1]}, outcome="x"}}' if some.endswith("}") else f'{some}{{outcome="x"}}'), every


def _durations(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def _one_kind(draw: st.DrawFn, group_by: list[str]) -> dict[str, Any]:
    by = f" by ({', '.join(group_by)}) " if group_by else ""
    kind = draw(st.sampled_from(["events", "latency", "time_slice", "freshness", "completeness", "cohorts", "expr"]))
    match kind:
        case "events":
            some, every = draw(shares())
            return {"events": {draw(st.sampled_from(["bad", "good"])): some, "total": every}}
        case "latency":
            threshold = draw(st.sampled_from(["250ms", "1s", "1m30s", 0.25, 60, 2.5]))
            native = draw(st.sampled_from([{}, {"native": True}, {"native": False}]))
            return {"latency": {"histogram": draw(selectors()), "threshold": threshold, **native}}
        case "time_slice":
            left, right = draw(selectors()), draw(st.sampled_from(["1000", "0.5", "on () group_left () limit", "-1e3"]))
            operator = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
            return {"time_slice": {"expr": f"max{by}({left}) {operator} {right}"}}
        case "freshness":
            shards = draw(st.sampled_from([{}, {"shards": 3}]))
            return {"freshness": {"watermark": draw(selectors()), "max_age": draw(_durations("5m", "1h")), **shards}}
        case "completeness":
            lag = draw(_durations("10m", "1h", "90s"))
            return {"completeness": {"ingested": draw(selectors()), "metered": draw(selectors()), "allowed_lag": lag}}
        case "cohorts":
            return {"completeness": {"expected": draw(selectors()), "missing": draw(selectors())}}
        case _:
            bad, total = (f"sum{by}(rate({selector}[$window]))" for selector in draw(shares()))
            return {"expr": {"bad": bad, "total": total}}


def _objective(draw: st.DrawFn, greatest_factor: Decimal) -> str | float:
    """One whose every tier can fire: factor x budget stays below 1."""
    most = min(int(Decimal(100_000) / greatest_factor) - 1, 50_000)
    budget = Decimal(draw(st.integers(1, max(1, most)))) / 100_000
    percent = format((1 - budget) * 100, "f")
    return draw(st.sampled_from([f"{percent}%", f"{percent} %", float(1 - budget)]))


def _alerting(draw: st.DrawFn) -> tuple[dict[str, Any], Decimal | None]:
    """Alerting, and its greatest factor where it has tiers of its own."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "name": st.sampled_from(["CheckoutBurn", "checkout burns"]),
        "min_bad_events": st.sampled_from([0, 10, 2.5]),
        "min_events": st.sampled_from([0, 100]),
        "labels": st.dictionaries(st.sampled_from(["routing", "impact"]), WORDS | TEMPLATES, max_size=2),
        "annotations": st.dictionaries(st.sampled_from(["dashboard", "summary"]), WORDS | TEMPLATES, max_size=2),
        "severities": st.sampled_from([{"ticket": False}, {"page": {"labels": {"severity": "critical"}}}]),
    }
    alerting = draw(st.fixed_dictionaries({}, optional=optional))
    if not draw(st.booleans()):
        return alerting, None
    windows = [("1h", "5m"), ("6h", "30m"), ("90m", "7m"), ("20h", "2h")]
    chosen = draw(st.lists(st.sampled_from(windows), min_size=1, unique=True))
    factors = [draw(st.sampled_from([14.4, 6, 1, 2.75])) for _ in chosen]
    alerting["tiers"] = [
        {"long": long, "short": short, "factor": factor, "severity": draw(st.sampled_from(["page", "ticket"]))}
        for (long, short), factor in zip(chosen, factors, strict=True)
    ]
    return alerting, max(Decimal(str(factor)) for factor in factors)


_EXCLUSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "reason": WORDS,
            "approver": WORDS,
            "from": st.just("2026-11-01T00:00:00Z"),
            "to": st.just("2026-11-02T01:30:00+01:00"),
        }
    )
    | st.fixed_dictionaries(
        {
            "reason": WORDS,
            "approver": WORDS,
            "every": st.sampled_from(["sunday 02:00", "mon-fri 23:30", "sat,sun 00:00", "Fri-Mon 12:15"]),
            "for": _durations("2h", "90s", "20h"),  # never all of a week, which is refused
            "zone": ZONES,
        }
    ),
    max_size=2,
)
_TRAFFIC = st.sampled_from(["always", "sometimes"]) | st.fixed_dictionaries(
    {
        "zone": ZONES,
        "expected": st.lists(
            st.sampled_from(
                [
                    {"days": "mon-fri", "from": "08:00", "to": "18:00"},
                    {"days": "sunday", "from": "22:00", "to": "02:00"},
                    {"days": "sat,sun", "from": "00:00", "to": "24:00"},
                ]
            ),
            min_size=1,
        ),
    }
)


@st.composite
def _slos(draw: st.DrawFn, name: str, labels: list[str]) -> dict[str, Any]:
    period = draw(st.sampled_from(["1d", "7d", "28d", "30d", "4w", "90d"])) if draw(st.booleans()) else None
    length = Duration.parse(period) if period else Duration.of(days=30)
    alerting, greatest = _alerting(draw)
    group_by = labels if draw(st.booleans()) else []
    sli = _one_kind(draw, group_by)
    slo: dict[str, Any] = {
        "name": name,
        "objective": _objective(draw, greatest or max(tier.factor for tier in default_tiers(length))),
        "period": period or {"calendar": "month", "zone": draw(ZONES)},
        "sli": sli,
        "runbook": draw(st.sampled_from(["runbooks/x.md", "https://example.org/a?b=c#d"])),
    }
    if alerting:
        slo["alerting"] = alerting
    slo |= _grouping(draw, group_by, counts_time="time_slice" in sli or "freshness" in sli)
    optional: dict[str, st.SearchStrategy[Any]] = {
        "description": WORDS,
        "owner": st.sampled_from(["shop", "team 7"]),
        "criticality": st.integers(1, 4),
        "labels": st.dictionaries(st.sampled_from(["product", "tier"]), WORDS, max_size=2),
        "exclusions": _EXCLUSIONS,
    }
    return slo | draw(st.fixed_dictionaries({}, optional=optional))


def _grouping(draw: st.DrawFn, labels: list[str], *, counts_time: bool) -> dict[str, Any]:
    no_data = draw(st.sampled_from(["bad", "good", "exclude"])) if counts_time and draw(st.booleans()) else None
    said: dict[str, Any] = {"no_data": no_data} if no_data else {}
    if not labels:
        return said
    said["group_by"] = labels
    needed = counts_time and no_data in (None, "bad")
    if needed or draw(st.booleans()):
        values = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
        said["groups"] = values if len(labels) == 1 else [dict.fromkeys(labels, value) for value in values]
    return said


@st.composite
def native_documents(draw: st.DrawFn, *, service: str = "checkout") -> dict[str, Any]:
    """A valid sretool/v1 document as the values that YAML would give."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    labels = draw(st.lists(LABEL_NAMES, max_size=2, unique=True))
    slos = [draw(_slos(name, labels)) for name in names]
    invariants = draw(
        st.lists(
            st.fixed_dictionaries(
                {"name": NAMES, "zero": selectors(), "runbook": WORDS}, optional={"description": WORDS}
            ),
            max_size=2,
            unique_by=lambda invariant: invariant["name"],
        )
    )
    optional: dict[str, st.SearchStrategy[Any]] = {
        "criticality": st.integers(1, 4),
        "targets": st.fixed_dictionaries({"job": WORDS}),
        "traffic": _TRAFFIC,
        "labels": st.fixed_dictionaries({"org": WORDS}),
        "exclusions": _EXCLUSIONS,
        "invariants": st.just(invariants),
    }
    document: dict[str, Any] = {"apiVersion": "sretool/v1", "service": service, "owner": "payments", "slos": slos}
    return document | draw(st.fixed_dictionaries({}, optional=optional))


def as_yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def native_specs(*, service: str = "checkout") -> st.SearchStrategy[str]:
    """A valid sretool/v1 document as YAML text, without a warning."""
    return native_documents(service=service).map(as_yaml)
