"""One document of sretool/v1: what it says of its service, and its SLOs and invariants."""

from __future__ import annotations

from sretool.model.slo import Labels, Slo, Traffic
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.native import keys
from sretool.spec.native.promise import Shared, read_invariant, read_slo
from sretool.spec.native.schedule import read_exclusions, read_weekly
from sretool.spec.part import ServicePart, Stated
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Scalar, Sequence
from sretool.yamltext.remedies import meant


def read_document(document: Mapping, notes: Notes, context: SpecContext) -> ServicePart | None:
    """The part that a document describes; None when nobody can say of which service."""
    with Fields(document, notes, known=keys.DOCUMENT) as fields:
        fields.ignore("apiVersion")
        service = fields.scalar("service", required=True)
        name = None if service is None else checks.name(service, notes, what="a service")
        owner = fields.scalar("owner")
        criticality = fields.integer("criticality", least=1, most=4)
        shared = Shared(
            service=name or "",
            owner="" if owner is None else checks.owner(owner, notes, context),
            criticality=criticality or 0,
            labels=checks.label_map(fields, "labels", notes),
            exclusions=read_exclusions(fields, notes),
        )
        targets = _targets(fields, notes)
        traffic = _traffic(fields, notes)
        slos_needed = "invariants" not in document
        sections = fields.sections("slos", required=slos_needed, known=keys.SLO)
        slos = [read_slo(slo, shared, notes, context) for slo in sections]
        items = fields.sections("invariants", known=keys.INVARIANT)
        invariants = [read_invariant(invariant, shared, notes, context) for invariant in items]
        if slos_needed:
            _check_not_empty(document, notes)
    if name is None or service is None:
        return None
    return ServicePart(
        name=name,
        at=service,
        owner=None if owner is None else Stated(shared.owner, owner),
        criticality=None if criticality is None else Stated(criticality, document.entries["criticality"][1]),
        targets=targets,
        traffic=traffic,
        slos=tuple(slo for slo in slos if isinstance(slo, Stated) and isinstance(slo.value, Slo)),
        broken=tuple(slo for slo in slos if isinstance(slo, Stated) and isinstance(slo.value, str)),
        invariants=tuple(invariant for invariant in invariants if invariant is not None),
    )


def _check_not_empty(document: Mapping, notes: Notes) -> None:
    slos = document.get("slos")
    if isinstance(slos, Sequence) and not slos.items:
        notes.report(
            "YA016", slos, "`slos` is empty, so this promises nothing", remedy="write an SLO, or remove the file"
        )


def _targets(fields: Fields, notes: Notes) -> Stated[Labels] | None:
    labels = checks.label_map(fields, "targets", notes, reserved=())
    return Stated(labels, fields.node.entries["targets"][1]) if labels else None


def _traffic(fields: Fields, notes: Notes) -> Stated[Traffic] | None:
    node = fields.any_node("traffic")
    if isinstance(node, Mapping):
        schedule = read_weekly(fields, notes)
        return None if schedule is None else Stated(schedule, node)
    if not isinstance(node, Scalar):
        return None
    words: tuple[Traffic, ...] = ("always", "sometimes")
    for word in words:
        if node.value == word:
            return Stated(word, node)
    probably = meant(node.value, ("always", "sometimes"))
    remedy = f"write {probably}" if probably else "write always, sometimes, or a schedule: {zone: ..., expected: [...]}"
    notes.report("YA016", node, f"`traffic` must be always, sometimes or a schedule, not `{node.value}`", remedy=remedy)
    return None
