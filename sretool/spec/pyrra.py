"""Pyrra's ServiceLevelObjective, pyrra.dev/v1alpha1: one SLO a document. docs/dialects.md is its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sretool.model.sli import WINDOW_PLACEHOLDER, EventsSli, ExprSli, LatencySli
from sretool.model.slo import RESERVED_LABELS, Alerting, Labels, Slo
from sretool.promql.selectors import selector_parts, with_matchers, with_range
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.expressions import histogram, selector
from sretool.spec.foreign import (
    Refusal,
    alert_name,
    is_word,
    kubernetes_metadata,
    no_effect,
    one_kind,
    refuse,
    reworded,
    runbook_and_rest,
    unsupported,
    workbook_tiers,
)
from sretool.spec.part import ServicePart, Stated
from sretool.spec.shapes import Shape, of_good_counters
from sretool.spec.templates import check_template
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Scalar

_GROUP: Final = "pyrra.dev/"
_VERSION: Final = "pyrra.dev/v1alpha1"
_KIND: Final = "ServiceLevelObjective"
_INDICATORS: Final = ("ratio", "latency", "latencyNative", "bool_gauge")
_EVALUATION: Final = Refusal("says how Pyrra's own rules are evaluated", "remove it: Prometheus evaluates ours")
_OF_SPEC: Final = {"partial_response_strategy": _EVALUATION, "ruleOutput": _EVALUATION}
_OF_ALERTING: Final = {
    "absentName": Refusal("names an alert of Pyrra's: ours on missing data serve all SLOs of a service"),
    "severities": Refusal("names other severities", "remove it: fast tiers page, slow ones are tickets"),
}


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    parts = [_document(document, notes, context) for document in documents]
    return tuple(part for part in parts if part is not None)


def _document(document: Mapping, notes: Notes, context: SpecContext) -> ServicePart | None:
    version, kind = document.get("apiVersion"), document.get("kind")
    if not is_word(version, _VERSION):
        unsupported(version or document, f"of Pyrra only {_VERSION} is read", notes, remedy=f"write {_VERSION}")
        return None
    if not is_word(kind, _KIND):
        unsupported(kind or document, f"of Pyrra only {_KIND} is read", notes, remedy=f"write kind: {_KIND}")
        return None
    with Fields(document, notes) as fields:
        fields.ignore("apiVersion", "kind", "status")
        metadata, spec = fields.section("metadata", required=True), fields.section("spec", required=True)
    said = None if metadata is None else _metadata(metadata, notes, context)
    slo = None if spec is None else _spec(spec, said, notes)
    if said is None or said.service is None:
        return None
    slos = () if slo is None or said.name is None else (Stated(slo, said.name.at),)
    return ServicePart(said.service.value, said.service.at, owner=said.owner, slos=slos)


# Metadata: whose the SLO is, and what its alerts carry.


@dataclass(frozen=True, slots=True)
class _Metadata:
    name: Stated[str] | None
    service: Stated[str] | None
    owner: Stated[str] | None
    labels: Labels
    annotations: Labels


def _metadata(fields: Fields, notes: Notes, context: SpecContext) -> _Metadata:
    with fields:
        kubernetes_metadata(fields)
        name_at, namespace_at = fields.scalar("name", required=True), fields.scalar("namespace")
        labels, annotations = _propagated(fields, "labels"), _propagated(fields, "annotations")
    (_, own_service), (_, owner) = (labels.pop(name, (None, None)) for name in ("service", "owner"))
    return _Metadata(
        name=_name(name_at, notes, what="an SLO"),
        service=_name(own_service or namespace_at or name_at, notes, what="a service"),
        owner=None if owner is None else Stated(checks.owner(owner, notes, context), owner),
        labels=_checked(labels, notes, context, reserved=RESERVED_LABELS),
        annotations=_checked(annotations, notes, context, reserved=()),
    )


def _name(at: Scalar | None, notes: Notes, *, what: str) -> Stated[str] | None:
    name = None if at is None else checks.name(at, notes, what=what)
    return None if at is None or name is None else Stated(name, at)


def _propagated(fields: Fields, key: str) -> dict[str, tuple[Scalar, Scalar]]:
    """The entries of a map that Pyrra hands on to its rules, key and value, by their names without its prefix."""
    mapping, texts = fields.mapping(key), fields.text_map(key)
    entries = mapping.items() if mapping is not None else ()
    handed_on = [(at, value) for at, value in entries if at.value in texts and at.value.startswith(_GROUP)]
    return {at.value.removeprefix(_GROUP): (at, value) for at, value in handed_on if isinstance(value, Scalar)}


def _checked(
    entries: dict[str, tuple[Scalar, Scalar]], notes: Notes, context: SpecContext, *, reserved: Collection[str]
) -> Labels:
    """Labels or annotations of alerts whose names are good, sorted."""
    good = []
    for name, (at, value) in sorted(entries.items()):
        spot = at.part(len(_GROUP), len(at.value))
        check_template(value, notes, context)
        if checks.label_name(reworded(spot, name), notes, reserved=reserved) is not None:
            good.append((name, value.value))
    return tuple(good)


# The specification.


def _spec(fields: Fields, said: _Metadata | None, notes: Notes) -> Slo | None:
    with fields:
        refuse(fields, _OF_SPEC, notes)
        no_effect(fields, "performanceOverAccuracy", "periods are read from recorded counts anyway", notes)
        description = fields.text("description") or ""
        target_at, window_at = fields.scalar("target", required=True), fields.scalar("window", required=True)
        objective = None if target_at is None else checks.objective(target_at, notes, unit="percent")
        period = None if window_at is None else checks.rolling_period(window_at, notes)
        shape = _indicator(fields.section("indicator", required=True), notes)
        name, is_on = _alerting(fields.section("alerting"), notes)
    if said is None or said.name is None or said.service is None:
        return None
    if target_at is None or objective is None or period is None or shape is None:
        return None
    tiers = workbook_tiers(Stated(objective, target_at), period, notes) if is_on else ()
    runbook, annotations = runbook_and_rest(said.annotations)
    return Slo(
        service=said.service.value,
        name=said.name.value,
        objective=objective,
        period=period,
        sli=shape.sli,
        alerting=Alerting(tiers, name, labels=said.labels, annotations=annotations),
        description=description.strip(),
        owner=said.owner.value if said.owner else "",
        runbook=runbook,
        labels=said.labels,
        group_by=shape.group_by,
        place=said.name.at.place,
    )


def _alerting(fields: Fields | None, notes: Notes) -> tuple[str | None, bool]:
    """The alert's name, and whether there are burn alerts."""
    if fields is None:
        return None, True
    with fields:
        refuse(fields, _OF_ALERTING, notes)
        name = alert_name(fields, notes)
        disabled, burnrates, absent = (fields.boolean(key) for key in ("disabled", "burnrates", "absent"))
    if absent is False:
        message = "`absent: false` cannot be had: the alerts that tell lost data from idle traffic are always on"
        unsupported(fields.node.key("absent"), message, notes)
    return name, not disabled and burnrates is not False


# The indicator.


def _indicator(fields: Fields | None, notes: Notes) -> Shape | None:
    if fields is None:
        return None
    with fields:
        given = one_kind(fields, _INDICATORS, notes, what="an indicator is of one kind")
        section = fields.section(given, required=True) if given else None
    if section is None:
        return None
    with section:
        group_by = _grouping(section, notes)
        sli = _sli(given, section, notes)
    return None if sli is None else Shape(sli, group_by)


def _grouping(fields: Fields, notes: Notes) -> tuple[str, ...]:
    labels = [checks.label_name(at, notes) for at in fields.scalars("grouping")]
    return tuple(dict.fromkeys(label for label in labels if label is not None))


def _sli(given: str | None, fields: Fields, notes: Notes) -> EventsSli | LatencySli | ExprSli | None:
    match given:
        case "ratio":
            errors, total = _metric(fields, "errors", notes), _metric(fields, "total", notes)
            return EventsSli("bad", errors, total) if errors is not None and total is not None else None
        case "latency":
            success, total = _bucket(fields, notes), _metric(fields, "total", notes)
            return of_good_counters(success, total) if success is not None and total is not None else None
        case "latencyNative":
            return _native(fields, notes)
        case _:
            at = fields.scalar("metric", required=True)
            gauge = None if at is None else selector(at, notes)
            return None if gauge is None else _bool_gauge(gauge)


def _metric(fields: Fields, key: str, notes: Notes) -> str | None:
    at = _metric_at(fields, key)
    return None if at is None else selector(at, notes)


def _metric_at(fields: Fields, key: str) -> Scalar | None:
    section = fields.section(key, required=True)
    if section is None:
        return None
    with section:
        return section.scalar("metric", required=True)


def _bucket(fields: Fields, notes: Notes) -> str | None:
    at = _metric_at(fields, "success")
    found = None if at is None else selector(at, notes)
    parts = None if found is None else selector_parts(found)
    if (
        at is not None
        and found is not None
        and parts is not None
        and all(matcher.label != "le" for matcher in parts.matchers)
    ):
        message = "`success` must choose one bucket of the histogram"
        chosen = with_matchers(found, 'le="0.25"')
        notes.report("SL130", at, message, remedy=f"write its threshold, such as {chosen}")
        return None
    return found


def _native(fields: Fields, notes: Notes) -> LatencySli | None:
    at, latency_at = _metric_at(fields, "total"), fields.scalar("latency", required=True)
    found = None if at is None else histogram(at, notes)
    latency = None if latency_at is None else checks.duration(latency_at, notes, what="a latency")
    if found is None or latency is None:
        return None
    return LatencySli(found, Decimal(latency.milliseconds) / 1_000, native=True)


def _bool_gauge(gauge: str) -> ExprSli:
    """A second of a series is an event, bad while it is at 0: as many series, as many events."""
    up = f"avg_over_time({with_range(gauge, WINDOW_PLACEHOLDER)})"
    return ExprSli(f"clamp_min(1 - {up}, 0)", f"0 * {up} + 1")
