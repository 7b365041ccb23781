"""SLO objects: each of their objectives is an SLO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sretool.model.duration import MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.period import Period
from sretool.model.slo import Alerting, Labels, Slo
from sretool.model.tiers import BurnTier
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.foreign import Refusal, firing, merged, no_effect, one_kind, refuse, reworded, workbook_tiers
from sretool.spec.openslo.alerts import Condition, Policy, read_conditions, read_policies, slo_policies, tiers_of
from sretool.spec.openslo.budgeting import (
    METHODS,
    Comparison,
    Method,
    Operator,
    Slice,
    occurrences,
    ratio_time_slices,
    time_slices,
)
from sretool.spec.openslo.durations import duration, period
from sretool.spec.openslo.indicators import Indicator, Threshold, read_indicator, read_sources
from sretool.spec.openslo.objects import Object, Objects, inline_object, referred
from sretool.spec.part import ServicePart, Stated
from sretool.spec.shapes import Shape
from sretool.spec.tiers import same_windows
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar

_OPERATORS: Final[dict[str, Operator]] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_COMPOSITE: Final = {
    key: Refusal("makes a composite SLO, which is not computed", "write an SLO for each indicator")
    for key in ("indicator", "indicatorRef", "compositeWeight")
}


@dataclass(frozen=True, slots=True)
class _Known:
    """What SLOs refer to. An object that could not be read is there as None, and has been reported."""

    services: Mapping[str, Object]
    sources: Mapping[str, bool]
    indicators: Mapping[str, Indicator | None]
    conditions: Mapping[str, Condition | None]
    policies: Mapping[str, Policy]
    context: SpecContext


def read_slos(objects: Objects, notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    """A part for each SLO object whose service has a name."""
    sources = read_sources(objects["DataSource"], notes)
    conditions = read_conditions(objects["AlertCondition"], notes)
    known = _Known(
        services=objects["Service"],
        sources=sources,
        indicators={name: read_indicator(each.spec, sources, notes) for name, each in objects["SLI"].items()},
        conditions=conditions,
        policies=read_policies(objects["AlertPolicy"], conditions, notes, context),
        context=context,
    )
    for service in known.services.values():
        with service.spec as fields:
            fields.ignore("description")
    parts = [_part(each, known, notes) for each in objects["SLO"].values()]
    return tuple(part for part in parts if part is not None)


def _part(slo: Object, known: _Known, notes: Notes) -> ServicePart | None:
    with slo.spec as fields:
        service_at = fields.scalar("service", required=True)
        service = None if service_at is None else checks.name(service_at, notes, what="a service")
        common = _common(fields, slo, service or "", known, notes)
        objectives = fields.sections("objectives", required=True)
        listed = fields.sequence("objectives")
        if listed is not None and not listed.items:
            message = "`objectives` is empty, so this promises nothing"
            notes.report("YA016", listed, message, remedy="write such as - target: 0.999")
    numbers = range(1, len(objectives) + 1) if len(objectives) > 1 else (None,)
    slos = [_objective(each, number, common, notes) for number, each in zip(numbers, objectives, strict=False)]
    if service_at is None or service is None:
        return None
    owner = known.services[service].metadata.owner if service in known.services else None
    return ServicePart(service, service_at, owner=owner, slos=tuple(each for each in slos if each is not None))


@dataclass(frozen=True, slots=True)
class _Common:
    """What an SLO object says for all its objectives. None where it cannot be said; that has been reported."""

    slo: Object
    service: str
    description: str
    period: Period | None
    method: Method | None
    indicator: Indicator | None
    policies: list[Policy] | None
    known: _Known

    @property
    def owner(self) -> str:
        owner = self.slo.metadata.owner or (self._of_service.metadata.owner if self._of_service else None)
        return owner.value if owner else ""

    @property
    def labels(self) -> Labels:
        return merged(self._of_service.metadata.labels if self._of_service else (), self.slo.metadata.labels)

    @property
    def _of_service(self) -> Object | None:
        return self.known.services.get(self.service)


def _common(fields: Fields, slo: Object, service: str, known: _Known, notes: Notes) -> _Common:
    return _Common(
        slo=slo,
        service=service,
        description=(fields.text("description") or "").strip(),
        period=period(fields, notes),
        method=fields.choice("budgetingMethod", METHODS, required=True),
        indicator=_indicator(fields, known, notes),
        policies=slo_policies(fields, known.policies, known.conditions, notes, known.context),
        known=known,
    )


def _indicator(fields: Fields, known: _Known, notes: Notes) -> Indicator | None:
    given = one_kind(fields, ("indicator", "indicatorRef"), notes, what="an SLO has one indicator")
    if given == "indicatorRef":
        at = fields.scalar("indicatorRef", required=True)
        return None if at is None else referred("SLI", at, known.indicators, notes)
    section = fields.section("indicator", required=True) if given else None
    if section is None:
        return None
    with section:
        found = inline_object(section, notes, known.context)
    return None if found is None else read_indicator(found.spec, known.sources, notes)


def _objective(fields: Fields, number: int | None, common: _Common, notes: Notes) -> Stated[Slo] | None:
    """An SLO. `number` tells it from its neighbours, where there are any."""
    with fields:
        refuse(fields, _COMPOSITE, notes)
        display_name = (fields.text("displayName") or "").strip()
        objective = _target(fields, notes)
        shape = _shape(fields, common, notes)
    name = _name(common.slo.metadata.name, fields, number, notes)
    if objective is None or shape is None or common.period is None or name is None:
        return None
    slo = Slo(
        service=common.service,
        name=name.value,
        objective=objective.value,
        period=common.period,
        sli=shape.sli,
        alerting=Alerting(_tiers(objective, common.period, common, notes)),
        description=common.description or display_name or common.slo.metadata.display_name,
        owner=common.owner,
        runbook=common.slo.metadata.runbook,
        labels=common.labels,
        group_by=shape.group_by,
        place=name.at.place,
    )
    return Stated(slo, name.at)


def _target(fields: Fields, notes: Notes) -> Stated[Objective] | None:
    given = one_kind(fields, ("target", "targetPercent"), notes, what="an objective has one target", code="YA016")
    at = fields.scalar(given, required=True) if given else None
    unit: checks.Unit = "percent" if given == "targetPercent" else "ratio"
    objective = None if at is None else checks.objective(at, notes, unit=unit)
    return None if at is None or objective is None else Stated(objective, at)


def _name(slo: Scalar, fields: Fields, number: int | None, notes: Notes) -> Stated[str] | None:
    """An SLO's name. Where it has several objectives, each adds the name that it shows, or its number."""
    if number is None:
        name = checks.name(slo, notes, what="an SLO")
        return None if name is None else Stated(name, slo)
    shown = fields.scalar("displayName")
    suffix = re.sub("[^a-z0-9]+", "-", shown.value.lower()).strip("-") if shown is not None else ""
    spot = shown or fields.node
    name = checks.name(reworded(spot, f"{slo.value}-{suffix or number}"), notes, what="an SLO")
    return None if name is None else Stated(name, spot)


def _tiers(objective: Stated[Objective], over: Period, common: _Common, notes: Notes) -> tuple[BurnTier, ...]:
    if common.policies is None:
        return workbook_tiers(objective, over, notes)
    tiers = tiers_of(common.policies, over, notes)
    same_windows(tiers, notes)
    return firing([tier.value for tier in tiers], objective, notes)


# What the objective asks of the indicator, by budgeting method.


def _shape(fields: Fields, common: _Common, notes: Notes) -> Shape | None:
    compared = _comparison(fields, common.indicator, notes)
    target = _slice_target(fields, common.method, notes)
    each = _slice(fields, common, notes)
    indicator = common.indicator
    if indicator is None or common.method is None:
        return None
    if common.method == "Occurrences":
        return occurrences(indicator, compared, notes)
    if each is None:
        return None
    if common.method == "RatioTimeslices":
        return ratio_time_slices(indicator, compared, each, notes)
    return None if target is None else time_slices(indicator, compared, each, target, notes)


def _comparison(fields: Fields, indicator: Indicator | None, notes: Notes) -> Comparison | None:
    if not isinstance(indicator, Threshold):
        for key in ("op", "value"):
            if indicator is not None:
                no_effect(fields, key, "a ratio is held against the target alone", notes)
            fields.ignore(key)
        return None
    operator = fields.choice("op", tuple(_OPERATORS), required=True)
    value = fields.decimal("value", required=True)
    return None if operator is None or value is None else Comparison(_OPERATORS[operator], value)


def _slice_target(fields: Fields, method: Method | None, notes: Notes) -> Decimal | None:
    """The share of a slice that must be good: above 0, at most 1."""
    if method != "Timeslices":
        if method is not None:
            no_effect(fields, "timeSliceTarget", f"{method} does not ask whether a slice is good", notes)
        fields.ignore("timeSliceTarget")
        return None
    target = fields.decimal("timeSliceTarget", required=True, least=0, most=1)
    if target == 0:
        at = fields.node.entries["timeSliceTarget"][1]
        notes.report("YA016", at, "every slice reaches a target of 0", remedy="write the share that must be good")
        return None
    return target


def _slice(fields: Fields, common: _Common, notes: Notes) -> Slice | None:
    """The slice, which lasts a scrape interval or more and less than the period."""
    if common.method in ("Occurrences", None):
        if common.method is not None:
            no_effect(fields, "timeSliceWindow", "Occurrences have no slices", notes)
        fields.ignore("timeSliceWindow")
        return None
    at = fields.scalar("timeSliceWindow", required=True)
    length = None if at is None else _minutes(at) or duration(at, notes)
    if at is None or length is None:
        return None
    scrape_interval = common.known.context.scrape_interval
    if length < scrape_interval or (common.period is not None and length >= common.period.length):
        message = f"a slice lasts a scrape interval, {scrape_interval}, or more, and less than the period"
        notes.report("SL105", at, message, remedy="write such as 5m")
        return None
    return Slice(length, scrape_interval)


def _minutes(at: Scalar) -> Duration | None:
    """A number without a letter is of minutes."""
    return MINUTE * int(at.value) if at.value.isascii() and at.value.isdigit() and len(at.value) < 7 else None
