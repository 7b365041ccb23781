"""A service's promises become its rule file: two series a SLO, then algebra over all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sretool.model.burn import SELDOM
from sretool.model.slo import Service, Slo
from sretool.promql import names
from sretool.rules.alerts import burn_alerts
from sretool.rules.health import health_alerts, seen_rules, watch_alerts
from sretool.rules.indicators import base_rules
from sretool.rules.invariants import invariant_alerts
from sretool.rules.parameters import exclusion_rules, info_rules, parameter_rules, zone_rules
from sretool.rules.periods import period_rules, whole_period_rules
from sretool.rules.rule import RecordingRule, Rule, RuleFile, RuleGroup
from sretool.rules.timing import FAST, SLOW, Timing
from sretool.rules.windows import net_rules, window_rules


def compile_service(service: Service, timing: Timing) -> RuleFile:
    """All rules of a service, its SLOs and invariants in order of name, whatever the order they came in."""
    service = _in_order(service)
    windows = window_rules(service, timing)
    every_cycle, every_slow_cycle = timing.scaled(FAST), timing.scaled(SLOW)
    groups = [
        *_base_groups(service, timing),
        RuleGroup(
            "windows",
            "Error ratios over the windows that must not wait.",
            every_cycle,
            (*zone_rules(service), *exclusion_rules(service, timing), *net_rules(service), *windows.fast),
        ),
        RuleGroup(
            "seldom",
            "What moves slowly and costs the most. Only rules that repeat its last values are for reading.",
            timing.scaled(SELDOM),
            (*windows.seldom, *whole_period_rules(service, timing), *seen_rules(service, timing)),
        ),
        RuleGroup(
            "long-windows",
            "The windows of six hours and more, in tiles of five minutes.",
            every_slow_cycle,
            windows.slow,
        ),
        RuleGroup(
            "parameters",
            "What the specification says, as series.",
            every_slow_cycle,
            tuple(parameter_rules(service, timing)),
        ),
        RuleGroup(
            "period",
            "What the budget's period has seen.",
            every_slow_cycle,
            tuple(period_rules(service, timing)),
        ),
        RuleGroup(
            "alerts",
            "Whose the SLOs are, and the alerts of burn and of broken invariants.",
            every_cycle,
            (*info_rules(service), *burn_alerts(service, timing), *invariant_alerts(service, timing)),
        ),
        RuleGroup(
            "health",
            "Whether the data can be trusted, and these rules themselves.",
            every_slow_cycle,
            (*health_alerts(service, timing), *watch_alerts(service, timing, group_prefix=f"slo:{service.name}:")),
        ),
    ]
    return RuleFile(service.name, tuple(_labelled(group, service, timing) for group in groups if group.rules))


def _in_order(service: Service) -> Service:
    return replace(
        service,
        slos=tuple(sorted(service.slos, key=lambda slo: slo.name)),
        invariants=tuple(sorted(service.invariants, key=lambda invariant: invariant.name)),
    )


def _base_groups(service: Service, timing: Timing) -> list[RuleGroup]:
    """Grouped SLOs stand apart: Prometheus' `limit` bounds the series of each rule in a group."""
    purpose = "Bad and all events a second, over five minutes and a scrape."
    limits = sorted({_limit(slo) for slo in service.slos})
    return [
        RuleGroup(
            f"base-limit-{limit}" if limit else "base",
            purpose,
            timing.scaled(FAST),
            tuple(rule for slo in service.slos if _limit(slo) == limit for rule in base_rules(slo, timing)),
            limit=limit or None,
        )
        for limit in limits
    ]


def _limit(slo: Slo) -> int:
    return slo.max_groups if slo.group_by else 0


def _labelled(group: RuleGroup, service: Service, timing: Timing) -> RuleGroup:
    """The labels of every rule: whose it is, and that its time runs faster where it does."""
    fixed: dict[str, str] = {names.SERVICE: service.name}
    if timing.scale != 1:
        fixed[names.TIME_SCALE] = str(timing.scale)
    rules = tuple(_with_labels(rule, fixed) for rule in group.rules)
    return replace(group, name=f"slo:{service.name}:{group.name}", rules=rules)


def _with_labels(rule: Rule, fixed: dict[str, str]) -> Rule:
    if fixed.items() <= set(rule.labels):  # Rules of a single SLO, which are most of all, say whose they are.
        return rule
    labels = tuple(sorted((dict(rule.labels) | fixed).items()))
    if isinstance(rule, RecordingRule):  # Most rules are; dataclasses.replace takes four times as long.
        return RecordingRule(rule.record, rule.expr, labels)
    return replace(rule, labels=labels)


def rules_of(file: RuleFile) -> Iterable[Rule]:
    return (rule for group in file.groups for rule in group.rules)
