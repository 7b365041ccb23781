"""What the specification says, as series, so that one rule can serve every SLO of a service.

Numbers are exact literals: PromQL's floats make 1 - 0.9995 something else than 0.0005.
"""

from __future__ import annotations

from decimal import Decimal

from sretool.model.burn import can_fire
from sretool.model.slo import Labels, Service, Slo
from sretool.model.tiers import BurnTier
from sretool.promql import names
from sretool.promql.literal import number
from sretool.rules.calendar import excluded_expression, offset_expression, zones
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import Timing

ALERT_NAME = "ErrorBudgetBurn"


def read_by(slo: Slo) -> str:
    """Which rules read an SLO's thresholds: those that its service shares, or its own and no others."""
    return slo.full_name if slo.alerting.is_own else ALERT_NAME


def info_rules(service: Service) -> list[RecordingRule]:
    """Whose each SLO is. User labels live here alone, so that they cannot collide with a group's labels."""
    return [RecordingRule(names.INFO, "vector(1)", _info_labels(slo)) for slo in service.slos] + [
        RecordingRule(
            names.GROUP_EXPECTED, "vector(1)", tuple(sorted((*_whose(slo), *zip(slo.group_by, group, strict=True))))
        )
        for slo in service.slos
        for group in slo.groups
    ]


def _info_labels(slo: Slo) -> Labels:
    words = {
        names.OWNER: slo.owner,
        names.CRITICALITY: str(slo.criticality) if slo.criticality else "",
        names.PERIOD: str(slo.period),
        names.RUNBOOK: slo.runbook,
    }
    user = tuple((f"{names.USER_LABEL_PREFIX}{name}", value) for name, value in slo.labels)
    return tuple(sorted((*_whose(slo), *((name, value) for name, value in words.items() if value), *user)))


def parameter_rules(service: Service, timing: Timing) -> list[RecordingRule]:
    return [rule for slo in service.slos for rule in _parameters(slo, timing)]


def _parameters(slo: Slo, timing: Timing) -> list[RecordingRule]:
    whose = _whose(slo)
    rules = [
        RecordingRule(names.OBJECTIVE, _scalar(slo.objective.ratio), whose),
        RecordingRule(names.ERROR_BUDGET, _scalar(slo.objective.budget), whose),
        RecordingRule(names.PERIOD_LENGTH, f"vector({timing.seconds(slo.period.length)})", whose),
    ]
    for tier in slo.alerting.tiers:
        if can_fire(tier, slo.objective):
            rules += _tier_parameters(slo, tier)
    return rules


def _tier_parameters(slo: Slo, tier: BurnTier) -> list[RecordingRule]:
    service, name = _whose(slo)
    whose = ((names.ALERT, read_by(slo)), (names.BURN_TIER, tier.name), service, name)
    threshold = _scalar(tier.threshold(slo.objective.budget))
    # A minimum of 0 is written out too: an SLO without one would drop out of the shared rule.
    minimum = slo.alerting.min_bad_events if tier.severity == "page" else Decimal(0)
    rules = [
        RecordingRule(names.THRESHOLD, threshold, (*whose[:3], (names.SEVERITY, tier.severity), name)),
        RecordingRule(names.MIN_BAD_EVENTS, _scalar(minimum), whose),
    ]
    if slo.alerting.min_events and tier.severity == "page":
        rules.append(RecordingRule(names.MIN_EVENTS, _scalar(slo.alerting.min_events), whose))
    return rules


def zone_rules(service: Service) -> list[RecordingRule]:
    return [RecordingRule(names.ZONE_OFFSET, offset_expression(zone), ((names.ZONE, zone),)) for zone in zones(service)]


def exclusion_rules(service: Service, timing: Timing) -> list[RecordingRule]:
    return [
        RecordingRule(names.EXCLUDED, excluded_expression(service.name, slo.exclusions, timing), _whose(slo))
        for slo in service.slos
        if slo.exclusions
    ]


def _whose(slo: Slo) -> Labels:
    return ((names.SERVICE, slo.service), (names.SLO, slo.name))


def _scalar(value: Decimal) -> str:
    return f"vector({number(value)})"
