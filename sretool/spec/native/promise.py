"""One SLO of a document, and one invariant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sretool.model.period import Exclusion
from sretool.model.sli import NoData, Sli, counts_time
from sretool.model.slo import DEFAULT_MAX_GROUPS, Invariant, Labels, Slo
from sretool.settings.context import SpecContext
from sretool.spec import checks, expressions
from sretool.spec.native import keys
from sretool.spec.native.alerting import read_alerting
from sretool.spec.native.grouping import Grouping, check_labels_survive, read_grouping
from sretool.spec.native.indicators import read_sli
from sretool.spec.native.schedule import read_exclusions, read_period
from sretool.spec.part import Stated
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar


@dataclass(frozen=True, slots=True)
class Shared:
    """What a document says for all its SLOs."""

    service: str
    owner: str
    criticality: int
    labels: Labels
    exclusions: tuple[Exclusion, ...]


def read_slo(fields: Fields, shared: Shared, notes: Notes, context: SpecContext) -> Stated[Slo] | Stated[str] | None:
    """The SLO; its name alone where it has mistakes, None where it has no name either."""
    with fields:
        name_at = fields.scalar("name", required=True)
        name = None if name_at is None else checks.name(name_at, notes, what="an SLO")
        objective_at = fields.scalar("objective", required=True)
        objective = None if objective_at is None else checks.objective(objective_at, notes)
        period = read_period(fields, notes)
        sli = read_sli(fields, notes)
        grouping = read_grouping(fields, notes)
        if sli is not None:
            check_labels_survive(fields, grouping.group_by, sli, notes)
        no_data = _no_data(fields, sli, grouping, notes)
        owner = fields.scalar("owner")
        criticality = fields.integer("criticality", least=1, most=4)
        labels = checks.label_map(fields, "labels", notes)
        description = fields.text("description") or ""
        runbook = _runbook(fields, shared, name_at, notes, context=context, what="SLO")
        exclusions = read_exclusions(fields, notes, shared=shared.exclusions)
        alerting = read_alerting(fields, objective, period, grouping.group_by, notes, context=context)
    if name_at is None or name is None:
        return None
    if objective is None or period is None or sli is None or alerting is None:
        return Stated(name, name_at)
    slo = Slo(
        service=shared.service,
        name=name,
        objective=objective,
        period=period,
        sli=sli,
        alerting=alerting,
        description=description.strip(),
        owner=shared.owner if owner is None else checks.owner(owner, notes, context),
        criticality=criticality or shared.criticality,
        runbook=runbook,
        labels=_with_shared(labels, shared.labels),
        group_by=grouping.group_by,
        groups=grouping.groups,
        max_groups=grouping.max_groups or DEFAULT_MAX_GROUPS,
        no_data=no_data,
        exclusions=(*shared.exclusions, *exclusions),
        place=name_at.place,
    )
    return Stated(slo, name_at)


def read_invariant(fields: Fields, shared: Shared, notes: Notes, context: SpecContext) -> Stated[Invariant] | None:
    with fields:
        name_at = fields.scalar("name", required=True)
        name = None if name_at is None else checks.name(name_at, notes, what="an invariant")
        zero_at = fields.scalar("zero", required=True)
        zero = None if zero_at is None else expressions.selector(zero_at, notes)
        description = fields.text("description") or ""
        runbook = _runbook(fields, shared, name_at, notes, context=context, what="invariant")
    if name_at is None or name is None or zero is None:
        return None
    invariant = Invariant(
        service=shared.service,
        name=name,
        zero=zero,
        description=description.strip(),
        owner=shared.owner,
        criticality=shared.criticality,
        runbook=runbook,
        place=name_at.place,
    )
    return Stated(invariant, name_at)


def _no_data(fields: Fields, sli: Sli | None, grouping: Grouping, notes: Notes) -> NoData:
    chosen = cast(NoData | None, fields.choice("no_data", keys.NO_DATA))
    if sli is None:
        return chosen or "bad"
    if not counts_time(sli):
        if chosen is not None:
            message = (
                "`no_data` is for time_slice and freshness: where events are counted, silence has alerts of its own"
            )
            notes.report("SL124", fields.node.key("no_data"), message, remedy="remove it")
        return "bad"
    if (chosen or "bad") == "bad" and grouping.group_by and not grouping.groups and "groups" not in fields.node:
        message = "no data is bad here, and nobody can miss a group whose name is not known"
        remedy = "list those that must be there, `groups: [...]`, or write `no_data: exclude`"
        notes.report("SL124", fields.node.key("group_by"), message, remedy=remedy)
    return chosen or "bad"


def _runbook(
    fields: Fields, shared: Shared, name: Scalar | None, notes: Notes, *, context: SpecContext, what: str
) -> str:
    runbook = fields.scalar("runbook")
    if runbook is None and name is not None and "runbook" not in fields.node:
        message = f"this {what} has no runbook, so whoever is paged must find out alone"
        page = f"runbooks/{'-'.join(filter(None, (shared.service, name.value)))}.md"
        notes.report("SL111", name, message, remedy=f"write runbook: {page}, and that page")
    if runbook is None:
        return ""
    checks.runbook(runbook, notes, context)
    return runbook.value.strip()


def _with_shared(own: Labels, shared: Labels) -> Labels:
    return tuple(sorted((dict(shared) | dict(own)).items())) if own else shared
