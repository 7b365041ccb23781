"""Services as sretool/v1, for people to go on with: what `sretool slo convert` prints.

`native.read` makes the same values of the text again. What a file need not say is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.model.period import (
    DAY_SECONDS,
    CalendarMonth,
    Exclusion,
    OneOff,
    Period,
    RollingPeriod,
    WeeklySchedule,
    WeeklySpan,
    clock_text,
    days_text,
    instant_text,
)
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import DEFAULT_MAX_GROUPS, DEFAULT_MIN_BAD_EVENTS, Alerting, Invariant, Service, Slo, Traffic
from sretool.model.tiers import SEVERITIES, BurnTier, burn_factor
from sretool.spec.native.keys import API_VERSION
from sretool.spec.tiers import standard_tiers
from sretool.yamltext.writing import OneLine, Plain, Value, indented, item_lines, mapping_lines

Keys = dict[str, Value]


def write(services: Iterable[Service]) -> str:
    """A document a service, in the order given; its SLOs and invariants in theirs."""
    return "---\n".join(_document(service) for service in services)


def _document(service: Service) -> str:
    head: Keys = {"apiVersion": API_VERSION, "service": service.name, "owner": service.owner}
    if service.criticality:
        head["criticality"] = Plain(str(service.criticality))
    head["targets"] = dict(service.targets)
    head |= _traffic(service.traffic)
    slos = [_slo(slo, service) for slo in service.slos]
    for key in ("labels", "exclusions"):
        _share(key, slos, head)
    invariants = [_invariant(invariant) for invariant in service.invariants]
    lists = [_listed(key, items) for key, items in (("slos", slos), ("invariants", invariants)) if items]
    blocks = "\n\n".join("\n".join(lines) for lines in lists)
    return "\n".join([*mapping_lines(_given(head)), blocks]) + "\n"


def _share(key: str, slos: Sequence[Keys], head: Keys) -> None:
    """Say once for all SLOs what all of them say alike."""
    if slos and all(slo[key] == slos[0][key] for slo in slos):
        head[key] = slos[0][key]
        for slo in slos:
            del slo[key]


def _listed(key: str, items: Sequence[Keys]) -> list[str]:
    """A list of mappings, with a blank line between them."""
    lines = [f"{key}:"]
    for index, item in enumerate(items):
        lines += [*([""] if index else []), *indented(item_lines(_given(item)))]
    return lines


def _given(keys: Keys) -> Keys:
    """The keys that have a value: an empty text is none."""
    return {key: value for key, value in keys.items() if value not in ("", [], {})}


def _slo(slo: Slo, service: Service) -> Keys:
    keys: Keys = {
        "name": slo.name,
        "description": slo.description,
        "objective": Plain(str(slo.objective)),
        "period": _period(slo.period),
        "sli": _sli(slo.sli),
        "group_by": OneLine(slo.group_by) if slo.group_by else "",
        "groups": _groups(slo),
    }
    if slo.max_groups != DEFAULT_MAX_GROUPS:
        keys["max_groups"] = Plain(str(slo.max_groups))
    if slo.no_data != "bad":
        keys["no_data"] = slo.no_data
    keys["labels"] = dict(slo.labels)
    keys["owner"] = slo.owner if slo.owner != service.owner else ""
    if slo.criticality != service.criticality:
        keys["criticality"] = Plain(str(slo.criticality))
    keys["alerting"] = _alerting(slo.alerting, slo.period)
    keys["exclusions"] = [_exclusion(each) for each in slo.exclusions]
    keys["runbook"] = slo.runbook
    return keys


def _invariant(invariant: Invariant) -> Keys:
    return {
        "name": invariant.name,
        "description": invariant.description,
        "zero": invariant.zero,
        "runbook": invariant.runbook,
    }


def _groups(slo: Slo) -> Value:
    if len(slo.group_by) == 1:
        return OneLine([value for (value,) in slo.groups]) if slo.groups else ""
    return [OneLine(dict(zip(slo.group_by, group, strict=True))) for group in slo.groups]


def _sli(sli: Sli) -> Keys:
    match sli:
        case EventsSli():
            return {"events": {sli.side: sli.selector, "total": sli.total}}
        case LatencySli():
            native: Keys = {"native": Plain("true")} if sli.native else {}
            return {"latency": {"histogram": sli.histogram, "threshold": _seconds(sli.threshold_seconds), **native}}
        case TimeSliceSli():
            return {"time_slice": {"expr": sli.text}}
        case FreshnessSli():
            shards: Keys = {} if sli.shards is None else {"shards": Plain(str(sli.shards))}
            return {"freshness": {"watermark": sli.watermark, "max_age": _length(sli.max_age), **shards}}
        case CompletenessSli():
            lag = _length(sli.allowed_lag)
            return {"completeness": {"ingested": sli.ingested, "metered": sli.metered, "allowed_lag": lag}}
        case CohortSli():
            return {"completeness": {"expected": sli.expected, "missing": sli.missing}}
        case ExprSli():
            return {"expr": {"bad": sli.bad, "total": sli.total}}
        case _:
            assert_never(sli)


# Alerts.


def _alerting(alerting: Alerting, period: Period) -> Keys:
    severities: Keys = {
        words.severity: _given({"labels": dict(words.labels), "annotations": dict(words.annotations)})
        for words in alerting.severities
    }
    off = [severity for severity in SEVERITIES if all(tier.severity != severity for tier in alerting.tiers)]
    standard = tuple(tier for tier in standard_tiers(period.length) if tier.severity not in off)
    keys: Keys = {"name": alerting.name or ""}
    if alerting.min_bad_events != DEFAULT_MIN_BAD_EVENTS:
        keys["min_bad_events"] = Plain(plain(alerting.min_bad_events))
    if alerting.min_events:
        keys["min_events"] = Plain(plain(alerting.min_events))
    keys["labels"], keys["annotations"] = dict(alerting.labels), dict(alerting.annotations)
    if alerting.tiers == standard and not severities.keys() & off:
        severities |= {severity: Plain("off") for severity in off if _has(severity, period)}
    elif alerting.tiers:
        keys["tiers"] = [_tier(tier, period) for tier in alerting.tiers]
    else:
        keys["tiers"] = OneLine([])
    keys["severities"] = severities
    return _given(keys)


def _has(severity: str, period: Period) -> bool:
    """Whether the standard tiers of a period have any of a severity."""
    return any(tier.severity == severity for tier in standard_tiers(period.length))


def _tier(tier: BurnTier, period: Period) -> OneLine:
    """By the share of the budget that goes within the long window where that says the factor exactly."""
    share = tier.factor * tier.long.milliseconds / period.length.milliseconds
    percent = (share * 100).normalize()
    is_exact = burn_factor(budget_share=share, period=period.length, window=tier.long) == tier.factor
    by_share = is_exact and share <= 1 and len(percent.as_tuple().digits) <= 4
    speed = {"budget": Plain(f"{plain(percent)}%")} if by_share else {"factor": Plain(plain(tier.factor))}
    return OneLine({"long": _length(tier.long), "short": _length(tier.short), **speed, "severity": tier.severity})


# Times.


def _period(period: Period) -> Value:
    match period:
        case RollingPeriod():
            return _length(period.length)
        case CalendarMonth():
            return OneLine({"calendar": "month", "zone": period.zone})
        case _:
            assert_never(period)


def _length(duration: Duration) -> Plain:
    return Plain(duration.readable)


def _seconds(seconds: Decimal) -> Plain:
    milliseconds = seconds * 1_000
    is_whole = milliseconds == milliseconds.to_integral_value()
    return Plain(str(Duration(int(milliseconds))) if is_whole else plain(seconds))


def _traffic(traffic: Traffic) -> Keys:
    match traffic:
        case "sometimes":
            return {}
        case "always":
            return {"traffic": "always"}
        case _:
            return {"traffic": {"zone": traffic.zone, "expected": _expected(traffic.spans)}}


def _expected(spans: Sequence[WeeklySpan]) -> list[Value]:
    """Spans of the same hours together, the days of each as ranges."""
    times: dict[tuple[int, int], list[int]] = {}
    for span in spans:
        day, start = divmod(span.start_second, DAY_SECONDS)
        times.setdefault((start, span.length_seconds), []).append(day)
    return [
        OneLine({"days": days_text(days), "from": clock_text(start), "to": clock_text(_end(start + length))})
        for (start, length), days in times.items()
    ]


def _end(second: int) -> int:
    """The second of the day at which a span ends: its last, and not its first."""
    return second % DAY_SECONDS or DAY_SECONDS


def _exclusion(exclusion: Exclusion) -> Keys:
    keys: Keys = {"reason": exclusion.reason, "approver": exclusion.approver}
    match exclusion.when:
        case OneOff(start, end):
            return keys | {"from": Plain(instant_text(start)), "to": Plain(instant_text(end))}
        case WeeklySchedule(spans, zone) as schedule:
            length = Duration.of(seconds=spans[0].length_seconds)
            return keys | {"every": schedule.every, "for": _length(length), "zone": zone}
        case _:
            assert_never(exclusion.when)
