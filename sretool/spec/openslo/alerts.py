"""Alert policies and their conditions, read as burn tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sretool.model.burn import STEP
from sretool.model.duration import Duration
from sretool.model.period import Period
from sretool.model.tiers import SEVERITIES, BurnTier, Severity
from sretool.settings.context import SpecContext
from sretool.spec.foreign import unsupported
from sretool.spec.openslo.durations import duration
from sretool.spec.openslo.objects import Object, inline_object, referred
from sretool.spec.part import Stated
from sretool.spec.tiers import MOST_FACTOR, burn_tier
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields, as_mapping
from sretool.yamltext.nodes import Node, Scalar

_ROUTE: Final = "remove it, and route alerts by owner and severity in Alertmanager"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a budget burns too fast. A tier, but for the period of the SLO that it is used by."""

    long: Stated[Duration]
    short: Stated[Duration]
    factor: Stated[Decimal]
    severity: Severity


Policy = tuple[Condition, ...]


def tiers_of(policies: Sequence[Policy], period: Period, notes: Notes) -> list[Stated[BurnTier]]:
    """The tiers that policies make for an SLO of a period."""
    found = []
    for condition in (condition for policy in policies for condition in policy):
        tier = burn_tier(
            condition.long, condition.short, condition.factor, condition.severity, period=period.length, notes=notes
        )
        if tier is not None:
            found.append(Stated(tier, condition.factor.at))
    return found


def read_conditions(found: Mapping[str, Object], notes: Notes) -> dict[str, Condition | None]:
    return {name: _condition(each.spec, notes) for name, each in found.items()}


def read_policies(
    found: Mapping[str, Object], conditions: Mapping[str, Condition | None], notes: Notes, context: SpecContext
) -> dict[str, Policy]:
    return {name: _policy(each.spec, conditions, notes, context) for name, each in found.items()}


def slo_policies(
    fields: Fields,
    policies: Mapping[str, Policy],
    conditions: Mapping[str, Condition | None],
    notes: Notes,
    context: SpecContext,
) -> list[Policy] | None:
    """The policies of an SLO, by reference or in place; None where it says nothing of them."""
    items = fields.sequence("alertPolicies")
    if items is None:
        return None
    found = []
    for item in items:
        given = _given(item, "alertPolicyRef", "AlertPolicy", notes, context)
        if isinstance(given, Scalar):
            found.append(referred("AlertPolicy", given, policies, notes) or ())
        elif given is not None:
            found.append(_policy(given.spec, conditions, notes, context))
    return found


def _given(item: Node, ref: str, kind: str, notes: Notes, context: SpecContext) -> Scalar | Object | None:
    """A reference, or an object in place."""
    if isinstance(item, Scalar) and not item.is_null:
        return item
    mapping = as_mapping(item, notes, what=f"{kind} or a reference to one")
    if mapping is None:
        return None
    with Fields(mapping, notes) as fields:
        if ref in mapping:
            return fields.scalar(ref, required=True)
        fields.choice("kind", (kind,), required=True)
        fields.ignore("apiVersion")
        return inline_object(fields, notes, context)


def _policy(fields: Fields, conditions: Mapping[str, Condition | None], notes: Notes, context: SpecContext) -> Policy:
    with fields:
        fields.ignore("description", "alertWhenNoData")
        fields.boolean("alertWhenNoData")
        breaching, resolved = fields.boolean("alertWhenBreaching"), fields.boolean("alertWhenResolved")
        items = fields.sequence("conditions", required=True)
        targets = fields.sequence("notificationTargets")
    if resolved:
        message = "Alertmanager says when an alert is resolved, not an alert"
        remedy = "remove it, and write send_resolved: true in the receiver"
        unsupported(fields.node.key("alertWhenResolved"), message, notes, remedy=remedy)
    for target in targets or ():
        unsupported(target, "notification targets are not read: Alertmanager says who is told", notes, remedy=_ROUTE)
    read = [_listed(item, conditions, notes, context) for item in items or ()]
    return tuple(condition for condition in read if condition is not None) if breaching is not False else ()


def _listed(
    item: Node, conditions: Mapping[str, Condition | None], notes: Notes, context: SpecContext
) -> Condition | None:
    given = _given(item, "conditionRef", "AlertCondition", notes, context)
    if isinstance(given, Scalar):
        return referred("AlertCondition", given, conditions, notes)
    return None if given is None else _condition(given.spec, notes)


def _condition(fields: Fields, notes: Notes) -> Condition | None:
    with fields:
        fields.ignore("description")
        severity = fields.choice("severity", SEVERITIES, required=True)
        section = fields.section("condition", required=True)
    if section is None:
        return None
    with section:
        section.choice("kind", ("burnrate",))
        section.choice("op", ("gt", "gte"))
        factor = section.decimal("threshold", required=True, most=MOST_FACTOR)
        long = _length(section, "lookbackWindow", notes, required=True)
        after = _length(section, "alertAfter", notes)
    if severity is None or factor is None or long is None:
        return None
    factor_at = section.node.entries["threshold"][1]
    short = after or Stated(_twelfth(long.value), long.at)
    return Condition(long, short, Stated(factor, factor_at), severity)


def _length(fields: Fields, key: str, notes: Notes, *, required: bool = False) -> Stated[Duration] | None:
    """A duration, or None where there is none or it is of no length."""
    at = fields.scalar(key, required=required)
    length = None if at is None else duration(at, notes)
    return None if at is None or length is None or not length.milliseconds else Stated(length, at)


def _twelfth(long: Duration) -> Duration:
    """The short window of a long one: a twelfth of it in steps of five minutes, and at least one."""
    return max(Duration(long.milliseconds // 12 // STEP.milliseconds * STEP.milliseconds), STEP)
