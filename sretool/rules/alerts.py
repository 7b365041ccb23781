"""The alerts of burn: one rule a pair of windows for the whole service, its thresholds read as series.

An SLO with an alert name, labels, annotations or a minimum of events of its own gets rules of its own over the same
series. Thresholds carry the name of the alert that reads them, so adding an SLO never rewrites another's rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent

from sretool.model.burn import can_fire
from sretool.model.duration import MINUTE
from sretool.model.slo import Service, Slo
from sretool.model.tiers import BurnTier, Severity
from sretool.promql import names
from sretool.promql.literal import string_literal
from sretool.rules.annotations import burn_annotations
from sretool.rules.parameters import ALERT_NAME, read_by
from sretool.rules.rule import AlertRule
from sretool.rules.timing import Timing
from sretool.rules.windows import of

KEEP_FIRING = MINUTE * 5
# When more than half of all events fail, too little traffic is no reason to wait.
MOST_FAILED = "0.5"


def burn_alerts(service: Service, timing: Timing) -> list[AlertRule]:
    """The shared rules, then those of SLOs that have their own, in order of name and window."""
    shared = [slo for slo in service.slos if not slo.alerting.is_own]
    pairs = {tier.name: tier for slo in shared for tier in _live_tiers(slo)}
    rules = [_shared(service, tier, timing) for tier in _fastest_first(pairs.values())]
    for slo in service.slos:
        if slo.alerting.is_own:
            rules += [rule for tier in _live_tiers(slo) for rule in _own(service, slo, tier, timing)]
    return rules


def _live_tiers(slo: Slo) -> list[BurnTier]:
    return [tier for tier in _fastest_first(slo.alerting.tiers) if can_fire(tier, slo.objective)]


def _fastest_first(tiers: Iterable[BurnTier]) -> list[BurnTier]:
    return sorted(tiers, key=lambda tier: (tier.long, tier.short))


def _shared(service: Service, tier: BurnTier, timing: Timing) -> AlertRule:
    return AlertRule(
        ALERT_NAME,
        _expression(service, tier),
        labels=((names.BURN_TIER, tier.name),),
        annotations=burn_annotations(service, tier, timing),
        keep_firing=timing.scaled(KEEP_FIRING),
    )


def _own(service: Service, slo: Slo, tier: BurnTier, timing: Timing) -> list[AlertRule]:
    rules = [_own_rule(service, slo, tier, timing, severity=tier.severity, guard=_traffic_guard(service, slo, tier))]
    if slo.alerting.min_events and tier.severity == "page":
        guard = _traffic_guard(service, slo, tier, demoted=True)
        rules.append(_own_rule(service, slo, tier, timing, severity="ticket", guard=guard))
    return rules


def _own_rule(
    service: Service, slo: Slo, tier: BurnTier, timing: Timing, *, severity: Severity, guard: str
) -> AlertRule:
    words = [words for words in slo.alerting.severities if words.severity == severity]
    labels = dict(slo.alerting.labels)
    annotations = dict(burn_annotations(service, tier, timing)) | dict(slo.alerting.annotations)
    for extra in words:
        labels |= dict(extra.labels)
        annotations |= dict(extra.annotations)
    fixed = {names.SLO: slo.name, names.BURN_TIER: tier.name, names.SEVERITY: severity}
    name = slo.alerting.name or ALERT_NAME
    return AlertRule(
        name,
        _expression(service, tier, slo=slo, guard=guard),
        labels=tuple(sorted((fixed | labels).items())),
        annotations=tuple(annotations.items()),
        keep_firing=timing.scaled(KEEP_FIRING),
    )


def _traffic_guard(service: Service, slo: Slo, tier: BurnTier, *, demoted: bool = False) -> str:
    """`min_events` turns a page into a ticket, and never when most events fail."""
    if not slo.alerting.min_events or tier.severity != "page":
        return ""
    chosen = f"slo={string_literal(slo.name)}"
    minimum = f"{names.MIN_EVENTS}{of(service, chosen, _tier_matcher(tier))}"
    enough = f"{names.all_events(tier.long)}{of(service, chosen)} >= on (service, slo) group_left () {minimum}"
    most = f"{names.error_ratio(tier.long)}{of(service, chosen)} > {MOST_FAILED}"
    return f"{'unless' if demoted else 'and'} ignoring (severity)\n(\n  {enough}\n  or\n  {most}\n)"


def _expression(service: Service, tier: BurnTier, *, slo: Slo | None = None, guard: str = "") -> str:
    chosen = () if slo is None else (f"slo={string_literal(slo.name)}",)
    series = of(service, *chosen)
    reader = ALERT_NAME if slo is None else read_by(slo)
    parameters = of(service, *chosen, _tier_matcher(tier), f"{names.ALERT}={string_literal(reader)}")
    burning = "\n".join(
        [
            f"{names.error_ratio(tier.long)}{series} * {names.coverage(tier.long)}{series}",
            f"  > on (service, slo) group_left (severity) {names.THRESHOLD}{parameters}",
            "and ignoring (severity)",
            f"{names.error_ratio(tier.short)}{series}",
            f"  > on (service, slo) group_left () {names.THRESHOLD}{parameters}",
            "and ignoring (severity)",
            f"round({names.bad_events(tier.long)}{series})",  # Counts come from rates: 1.99 is two events.
            f"  >= on (service, slo) group_left () {names.MIN_BAD_EVENTS}{parameters}",
            *([guard] if guard else []),
        ]
    )
    return "\n".join(
        [
            "(",
            indent(burning, "  "),
            ")",
            f"/ on (service, slo) group_left ()\n{names.ERROR_BUDGET}{series}",
            f"* on (service, slo) group_left (owner, criticality)\ntopk by (service, slo) (1, {names.INFO}{series})",
        ]
    )


def _tier_matcher(tier: BurnTier) -> str:
    return f"{names.BURN_TIER}={string_literal(tier.name)}"
