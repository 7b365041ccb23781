"""The classic shape that ours is held against: 17 rules a SLO, after what Sloth publishes.

Seven windows of the raw error ratio, the 30 days as the mean of the five-minute ones, seven rules of metadata and two
alerts; three groups a SLO. Written from the published shape, not made by the tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
RATIO_5M = "slo:sli_error:ratio_rate5m"
_BUDGET = "0.0005"


def rule_file(pairs: list[tuple[str, str]], intervals: Mapping[str, str]) -> str:
    """Rules of all (service, slo) pairs; `intervals` says how often each window is evaluated. JSON is YAML."""
    groups = []
    for service, slo in pairs:
        name = f"{service}-{slo}"
        by_interval: dict[str, list[dict[str, object]]] = {}
        for window, rule in _windows(service, slo).items():
            by_interval.setdefault(intervals[window], []).append(rule)
        groups += [
            *(_group(f"sli-{interval}-{name}", interval, rules) for interval, rules in by_interval.items()),
            _group(f"meta-{name}", intervals["5m"], _metadata(service, slo)),
            _group(f"alerts-{name}", intervals["5m"], _alerts(service, slo)),
        ]
    return json.dumps({"groups": groups}, indent=1)


def labels(service: str, slo: str) -> dict[str, str]:
    return {"sloth_id": f"{service}-{slo}", "sloth_service": service, "sloth_slo": slo}


def _group(name: str, interval: str, rules: list[dict[str, object]]) -> dict[str, object]:
    return {"name": name, "interval": interval, "rules": rules}


def _record(name: str, expr: str, rule_labels: dict[str, str]) -> dict[str, object]:
    return {"record": name, "expr": expr, "labels": rule_labels}


def _windows(service: str, slo: str) -> dict[str, dict[str, object]]:
    of, chosen = f'service="{service}",slo="{slo}"', _matchers(service, slo)
    rules = {
        window: _record(
            f"slo:sli_error:ratio_rate{window}",
            f'(sum(rate(requests_total{{{of},outcome="error"}}[{window}])))\n/\n'
            f"(sum(rate(requests_total{{{of}}}[{window}])))",
            labels(service, slo) | {"sloth_window": window},
        )
        for window in WINDOWS
    }
    rules["30d"] = _record(
        "slo:sli_error:ratio_rate30d",
        f"sum_over_time({RATIO_5M}{chosen}[30d])\n/ ignoring (sloth_window)\ncount_over_time({RATIO_5M}{chosen}[30d])",
        labels(service, slo) | {"sloth_window": "30d"},
    )
    return rules


def _metadata(service: str, slo: str) -> list[dict[str, object]]:
    chosen, own = _matchers(service, slo), labels(service, slo)
    on = "on(sloth_id, sloth_slo, sloth_service) group_left"
    rules = {
        "slo:objective:ratio": "vector(0.9995)",
        "slo:error_budget:ratio": f"vector(1-{0.9995})",
        "slo:time_period:days": "vector(30)",
        "slo:current_burn_rate:ratio": f"{RATIO_5M}{chosen}\n/ {on}\nslo:error_budget:ratio{chosen}",
        "slo:period_burn_rate:ratio": f"slo:sli_error:ratio_rate30d{chosen}\n/ {on}\nslo:error_budget:ratio{chosen}",
        "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{chosen}",
        "sloth_slo_info": "vector(1)",
    }
    return [_record(name, expr, own) for name, expr in rules.items()]


def _alerts(service: str, slo: str) -> list[dict[str, object]]:
    page = _either(service, slo, (("5m", "1h", "14.4"), ("30m", "6h", "6")))
    ticket = _either(service, slo, (("2h", "1d", "3"), ("6h", "3d", "1")))
    return [
        {"alert": "ErrorBudgetBurn", "expr": expr, "labels": {"sloth_severity": severity}}
        for expr, severity in ((page, "page"), (ticket, "ticket"))
    ]


def _either(service: str, slo: str, tiers: tuple[tuple[str, str, str], ...]) -> str:
    chosen = _matchers(service, slo)
    return "\nor\n".join(
        "("
        + "\nand\n".join(
            f"max(slo:sli_error:ratio_rate{window}{chosen} > ({factor} * {_BUDGET})) without (sloth_window)"
            for window in (short, long)
        )
        + ")"
        for short, long, factor in tiers
    )


def _matchers(service: str, slo: str) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels(service, slo).items()) + "}"
