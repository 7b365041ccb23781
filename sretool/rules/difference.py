"""What changes between two sets of promises, and what that costs: a renamed series starts without history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from sretool.model.slo import Invariant, Service, Slo


@dataclass(frozen=True, slots=True)
class Difference:
    """One SLO or invariant that differs. `consequence` is empty where nothing is lost."""

    kind: Literal["added", "removed", "renamed", "changed"]
    name: str
    details: tuple[str, ...] = ()
    consequence: str = ""


def differences(before: Iterable[Service], after: Iterable[Service]) -> list[Difference]:
    """Sorted by name. SLOs are compared by service and name; a removed one with an added one's SLI was renamed."""
    before, after = list(before), list(after)
    old = {slo.full_name: slo for service in before for slo in service.slos}
    new = {slo.full_name: slo for service in after for slo in service.slos}
    removed = {name: slo for name, slo in old.items() if name not in new}
    added = {name: slo for name, slo in new.items() if name not in old}
    found = [*_renamed(removed, added)]
    found += [Difference("removed", name, consequence=_lost(slo, "is lost to it")) for name, slo in removed.items()]
    found += [Difference("added", name, (f"{slo.objective} over {slo.period}",)) for name, slo in added.items()]
    found += [_changed(old[name], new[name]) for name in old.keys() & new.keys() if old[name] != new[name]]
    return sorted([*found, *_invariants(before, after)], key=lambda difference: difference.name)


def _renamed(removed: dict[str, Slo], added: dict[str, Slo]) -> list[Difference]:
    """Pairs that measure the same thing; they are taken out of both."""
    found = []
    for name, slo in sorted(removed.items()):
        twin = next((other for other in sorted(added) if _measures_the_same(slo, added[other])), None)
        if twin is not None:
            found.append(Difference("renamed", name, (f"now {twin}",), _lost(slo, "stays under the old name")))
            del removed[name], added[twin]
    return found


def _measures_the_same(one: Slo, other: Slo) -> bool:
    return one.sli == other.sli and one.group_by == other.group_by


def _changed(old: Slo, new: Slo) -> Difference:
    details = tuple(
        f"{field.name}: {_word(getattr(old, field.name))} -> {_word(getattr(new, field.name))}"
        for field in fields(Slo)
        if field.compare and getattr(old, field.name) != getattr(new, field.name)
    )
    consequence = ""
    if old.group_by != new.group_by:
        consequence = _lost(old, "stays under the old labels")
    elif old.sli != new.sli:
        consequence = f"until {old.period} have passed, the period mixes the old meaning with the new one"
    return Difference("changed", new.full_name, details, consequence)


def _lost(slo: Slo, how: str) -> str:
    days = slo.period.length.milliseconds / 86_400_000
    return f"this renames a series and loses {days:.0f} days of history: what was recorded {how}"


def _word(value: object) -> str:
    return str(value) or "nothing"


def _invariants(before: list[Service], after: list[Service]) -> list[Difference]:
    old, new = _by_name(before), _by_name(after)
    found = [Difference("removed", name, ("invariant",)) for name in old.keys() - new.keys()]
    found += [Difference("added", name, ("invariant",)) for name in new.keys() - old.keys()]
    found += [
        Difference("changed", name, (f"zero: {old[name].zero} -> {new[name].zero}",))
        for name in old.keys() & new.keys()
        if old[name].zero != new[name].zero
    ]
    return found


def _by_name(services: list[Service]) -> dict[str, Invariant]:
    return {f"{service.name}/{invariant.name}": invariant for service in services for invariant in service.invariants}
