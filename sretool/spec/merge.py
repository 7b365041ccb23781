"""Parts of services to whole ones: what is said twice must agree, and no SLO may be there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from sretool.model.sli import EventsSli, ExprSli
from sretool.model.slo import Invariant, Service, Slo
from sretool.spec.part import ServicePart, Stated
from sretool.spec.sides import sides_differ
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.source import Spot

T = TypeVar("T")
Promise = TypeVar("Promise", Slo, Invariant)


def merge_parts(parts: Iterable[ServicePart], notes: Notes) -> tuple[Service, ...]:
    """Services by name, with their SLOs by name, whatever the dialects of their parts."""
    by_name: dict[str, list[ServicePart]] = {}
    for part in parts:
        by_name.setdefault(part.name, []).append(part)
    return tuple(_merge(name, by_name[name], notes) for name in sorted(by_name))


def _merge(name: str, parts: Sequence[ServicePart], notes: Notes) -> Service:
    parts = sorted(parts, key=lambda part: part.at.place)
    owner = _agreed("owner", [part.owner for part in parts], notes, show=str) or ""
    criticality = _agreed("criticality", [part.criticality for part in parts], notes, show=str) or 0
    slos = _unique("SLO", [slo for part in parts for slo in part.slos], notes)
    _check_broken([name for part in parts for name in part.broken], slos, notes)
    invariants = _unique("invariant", [invariant for part in parts for invariant in part.invariants], notes)
    _check_labels(slos, notes)
    _check_sides(slos, notes)
    return Service(
        name=name,
        slos=tuple(_with_defaults(slo.value, owner, criticality) for slo in slos),
        invariants=tuple(_with_defaults(invariant.value, owner, criticality) for invariant in invariants),
        targets=_agreed("targets", [part.targets for part in parts], notes) or (),
        traffic=_agreed("traffic", [part.traffic for part in parts], notes) or "sometimes",
        criticality=criticality,
        owner=owner,
        place=parts[0].at.place,
    )


def _agreed(
    key: str, stated: Iterable[Stated[T] | None], notes: Notes, *, show: Callable[[T], str] | None = None
) -> T | None:
    """The value that all parts which say anything agree on; the first where they do not."""
    given = [each for each in stated if each is not None]
    for other in given[1:]:
        if other.value != given[0].value:
            first = f" ({show(given[0].value)})" if show else ""
            message = f"`{key}` of this service is something else at {given[0].at.place}{first}"
            notes.report("SL127", other.at, message, remedy=f"write `{key}` the same in all its files, or in one alone")
    return given[0].value if given else None


def _unique(what: str, stated: Iterable[Stated[Promise]], notes: Notes) -> list[Stated[Promise]]:
    """By name; of several with the same name the first, in order of files."""
    found: dict[str, Stated[Promise]] = {}
    for each in stated:
        first = found.setdefault(each.value.name, each)
        if first is not each:
            _report_twice(what, each.value.name, each.at, first.at, notes)
    return [found[name] for name in sorted(found)]


def _check_broken(names: Iterable[Stated[str]], slos: Iterable[Stated[Slo]], notes: Notes) -> None:
    found = {slo.value.name: slo.at for slo in slos}
    for name in names:
        first = found.setdefault(name.value, name.at)
        if first is not name.at:
            _report_twice("SLO", name.value, name.at, first, notes)


def _report_twice(what: str, name: str, at: Spot, first: Spot, notes: Notes) -> None:
    message = f"the {what} `{name}` of this service is there already, at {first.place}"
    notes.report("SL112", at, message, remedy="rename or remove one of the two")


def _check_labels(slos: Sequence[Stated[Slo]], notes: Notes) -> None:
    """A user label must not have the name of a label by which any SLO of the service is grouped."""
    grouped = {label: slo.value.name for slo in reversed(slos) for label in slo.value.group_by}
    for slo in slos if grouped else ():
        for label, _ in slo.value.labels:
            if label in grouped:
                message = f"the label `{label}` of this SLO is what {slo.value.service}/{grouped[label]} is grouped by"
                notes.report("SL122", slo.at, message, remedy="give the label another name")


def _check_sides(slos: Sequence[Stated[Slo]], notes: Notes) -> None:
    """Of foreign dialects: in ours it is told where the events are written, and the SLO is not here."""
    for slo in slos:
        if isinstance(slo.value.sli, EventsSli | ExprSli):
            sides_differ(slo.value.sli, slo.at, notes)


def _with_defaults(promise: Promise, owner: str, criticality: int) -> Promise:
    if (promise.owner or not owner) and (promise.criticality or not criticality):
        return promise
    return replace(promise, owner=promise.owner or owner, criticality=promise.criticality or criticality)
