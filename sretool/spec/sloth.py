"""Sloth's prometheus/v1, and the Kubernetes resource that says the same in camelCase. docs/dialects.md is its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sretool.model.duration import DAY
from sretool.model.period import RollingPeriod
from sretool.model.slo import Alerting, Labels, SeverityWords, Slo
from sretool.model.tiers import BurnTier, Severity
from sretool.settings.context import SpecContext
from sretool.spec import checks, expressions, shapes
from sretool.spec.foreign import (
    Refusal,
    Words,
    alert_name,
    alert_words,
    groups_are_free,
    is_word,
    kubernetes_metadata,
    labels_and_owner,
    merged,
    no_template_left,
    one_kind,
    ratio_sli,
    refuse,
    runbook_and_rest,
    severity_words,
    unsupported,
    workbook_tiers,
)
from sretool.spec.part import ServicePart, Stated
from sretool.spec.shapes import Shape
from sretool.spec.templates import check_templates
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Scalar

_GROUP: Final = "sloth.slok.dev/"
_KIND: Final = "PrometheusServiceLevel"
_PERIOD: Final = RollingPeriod(DAY * 30)
_WINDOW: Final = "{{.window}}"
_ITS_LABEL: Final = re.compile(r"\bsloth_([a-z_]+)")


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys that the two spellings write differently."""

    plugins: str
    error_query: str
    total_query: str
    error_ratio_query: str
    alerts: dict[Severity, str]


_PLAIN = _Keys(
    "slo_plugins", "error_query", "total_query", "error_ratio_query", {"page": "page_alert", "ticket": "ticket_alert"}
)
_RESOURCE = _Keys(
    "sloPlugins", "errorQuery", "totalQuery", "errorRatioQuery", {"page": "pageAlert", "ticket": "ticketAlert"}
)
_PLUGIN = Refusal("takes its queries from a program of Sloth's", "write the queries themselves, under `events`")
_PLUGINS = Refusal("rewrites the rules that Sloth makes, and ours are others", "remove it, and see docs/dialects.md")


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    parts = [_document(document, notes, context) for document in documents]
    return tuple(part for part in parts if part is not None)


def _document(document: Mapping, notes: Notes, context: SpecContext) -> ServicePart | None:
    if "apiVersion" not in document:
        with Fields(document, notes) as fields:
            fields.ignore("version")
            return _service(fields, _PLAIN, notes, context)
    version, kind = document.get("apiVersion"), document.get("kind")
    if not is_word(version, f"{_GROUP}v1"):
        unsupported(version or document, f"of {_GROUP} only v1 is read", notes, remedy=f"write {_GROUP}v1")
        return None
    if not is_word(kind, _KIND):
        unsupported(kind or document, f"of {_GROUP} only {_KIND} is read", notes, remedy=f"write kind: {_KIND}")
        return None
    with Fields(document, notes) as fields:
        fields.ignore("apiVersion", "kind", "status")
        metadata, spec = fields.section("metadata"), fields.section("spec", required=True)
        if metadata is not None:
            with metadata:
                metadata.ignore("name", "namespace", "labels", "annotations")
                kubernetes_metadata(metadata)
    if spec is None:
        return None
    with spec:
        return _service(spec, _RESOURCE, notes, context)


def _service(fields: Fields, keys: _Keys, notes: Notes, context: SpecContext) -> ServicePart | None:
    refuse(fields, {keys.plugins: _PLUGINS}, notes)
    at = fields.scalar("service", required=True)
    service = None if at is None else checks.name(at, notes, what="a service")
    labels, owner = _labels(fields, notes, context)
    shared = _Shared(service or "", owner.value if owner else "", labels)
    listed = fields.sequence("slos", required=True)
    if listed is not None and not listed.items:
        notes.report("YA016", listed, "`slos` is empty, so this promises nothing", remedy="write an SLO, or remove it")
    slos = [_slo(section, keys, shared, notes, context) for section in fields.sections("slos", required=True)]
    if at is None or service is None:
        return None
    return ServicePart(service, at, owner=owner, slos=tuple(slo for slo in slos if slo is not None))


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a document says for all its SLOs."""

    service: str
    owner: str
    labels: Labels


def _slo(fields: Fields, keys: _Keys, shared: _Shared, notes: Notes, context: SpecContext) -> Stated[Slo] | None:
    with fields:
        refuse(fields, {"plugins": _PLUGINS}, notes)
        name_at, objective_at = fields.scalar("name", required=True), fields.scalar("objective", required=True)
        name = None if name_at is None else checks.name(name_at, notes, what="an SLO")
        objective = None if objective_at is None else checks.objective(objective_at, notes, unit="percent")
        description = fields.text("description") or ""
        own, owner = _labels(fields, notes, context)
        labels = merged(shared.labels, own)
        shape = _sli(fields.section("sli", required=True), keys, notes)
        groups = shape.group_by if shape else ()
        alerts = _alerts(fields.section("alerting"), keys, labels, groups, notes, context=context)
    if name_at is None or name is None or objective_at is None or objective is None or shape is None:
        return None
    tiers = workbook_tiers(Stated(objective, objective_at), _PERIOD, notes, off=alerts.off)
    slo = Slo(
        service=shared.service,
        name=name,
        objective=objective,
        period=_PERIOD,
        sli=shape.sli,
        alerting=alerts.with_tiers(tiers),
        description=description.strip(),
        owner=owner.value if owner else shared.owner,
        runbook=alerts.runbook,
        labels=labels,
        group_by=shape.group_by,
        place=name_at.place,
    )
    return Stated(slo, name_at)


def _labels(fields: Fields, notes: Notes, context: SpecContext) -> tuple[Labels, Stated[str] | None]:
    """Labels of SLOs, which are on their alerts too, and the owner."""
    node = fields.node.get("labels")
    if isinstance(node, Mapping):
        check_templates(node, notes, context)
    return labels_and_owner(fields, notes, context)


# The indicator.


def _sli(fields: Fields | None, keys: _Keys, notes: Notes) -> Shape | None:
    if fields is None:
        return None
    with fields:
        given = one_kind(fields, ("events", "raw", "plugin"), notes, what="an SLI is of one kind")
        refuse(fields, {"plugin": _PLUGIN}, notes)
        section = fields.section(given, required=True) if given in ("events", "raw") else None
    if section is None:
        return None
    with section:
        return _events(section, keys, notes) if given == "events" else _raw(section, keys, notes)


def _events(fields: Fields, keys: _Keys, notes: Notes) -> Shape | None:
    error_at, total_at = fields.scalar(keys.error_query, required=True), fields.scalar(keys.total_query, required=True)
    error, total = _query(error_at, notes), _query(total_at, notes)
    if error is None or total is None or total_at is None:
        return None
    shape = shapes.of_bad(error, total) or shapes.as_written(error, total)
    return shape if groups_are_free(shape, total_at, notes) else None


def _raw(fields: Fields, keys: _Keys, notes: Notes) -> Shape | None:
    at = fields.scalar(keys.error_ratio_query, required=True)
    ratio = _query(at, notes)
    if at is None or ratio is None:
        return None
    shape = ratio_sli(ratio, at, notes)
    return shape if groups_are_free(shape, at, notes) else None


def _query(at: Scalar | None, notes: Notes) -> str | None:
    """PromQL with $window where the file has {{.window}}."""
    text = None if at is None else expressions.windowed(at, notes, placeholder=_WINDOW)
    return text if at is not None and text is not None and no_template_left(at, text, notes) else None


# Alerts.


@dataclass(frozen=True, slots=True)
class _Alerts:
    shared: Words
    severities: tuple[SeverityWords, ...] = ()
    off: tuple[Severity, ...] = ()
    name: str | None = None
    runbook: str = ""

    def with_tiers(self, tiers: tuple[BurnTier, ...]) -> Alerting:
        shared = self.shared
        return Alerting(
            tiers, self.name, labels=shared.labels, annotations=shared.annotations, severities=self.severities
        )


def _alerts(
    fields: Fields | None,
    keys: _Keys,
    slo_labels: Labels,
    group_by: tuple[str, ...],
    notes: Notes,
    *,
    context: SpecContext,
) -> _Alerts:
    """What `alerting` says. The SLO's own labels are on its alerts too, as Sloth promises."""
    if fields is None:
        return _Alerts(Words(slo_labels))
    with fields:
        name = alert_name(fields, notes)
        words = _words(fields, group_by, notes, context)
        sections = {severity: fields.section(key) for severity, key in keys.alerts.items()}
        said = {severity: _severity(section, group_by, notes, context) for severity, section in sections.items()}
    runbook, annotations = runbook_and_rest(words.annotations)
    shared = Words(merged(slo_labels, words.labels), annotations, words.severity)
    off = tuple(severity for severity, own in said.items() if own is None)
    on = {severity: own for severity, own in said.items() if own is not None}
    return _Alerts(shared, severity_words(shared, on), off, name, runbook)


def _severity(fields: Fields | None, group_by: tuple[str, ...], notes: Notes, context: SpecContext) -> Words | None:
    """What is said of the alerts of a severity; None where it is switched off."""
    if fields is None:
        return Words()
    with fields:
        is_off = fields.boolean("disable")
        words = _words(fields, group_by, notes, context)
    return None if is_off else words


def _words(fields: Fields, group_by: tuple[str, ...], notes: Notes, context: SpecContext) -> Words:
    words = alert_words(fields, group_by, notes, context)
    at = fields.mapping("annotations")
    for name, text in words.annotations:
        found, value = _ITS_LABEL.search(text), at.get(name) if at is not None else None
        if found is not None and isinstance(value, Scalar):
            known = found[1] if found[1] in ("service", "slo", "severity") else "service"
            message = f"our alerts have no label {found[0]}: theirs are service, slo, severity and burn_tier"
            unsupported(value.part(*found.span()), message, notes, remedy=f"write {known}")
    return words
