"""What changes between two sets of promises, and what that costs: a renamed series starts without history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from sretool.model.slo import Invariant, Service, Slo
from sretool.spec.write import write


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
    found += [
        Difference("removed", name, consequence="what was recorded of it stays, and nothing reads it")
        for name, slo in removed.items()
    ]
    found += [Difference("added", name, (f"{slo.objective} over {slo.period}",)) for name, slo in added.items()]
    found += [_changed(old[name], new[name]) for name in old.keys() & new.keys() if old[name] != new[name]]
    return sorted([*found, *_invariants(before, after)], key=lambda difference: difference.name)


def _renamed(removed: dict[str, Slo], added: dict[str, Slo]) -> list[Difference]:
    """Pairs that measure the same thing; they are taken out of both."""
    found = []
    for name, slo in sorted(removed.items()):
        twin = next((other for other in sorted(added) if _measures_the_same(slo, added[other])), None)
        if twin is not None:
            details = (f"now {twin}", *_changed_lines(slo, replace(added[twin], service=slo.service, name=slo.name)))
            found.append(Difference("renamed", name, details, _lost(slo, "stays under the old name")))
            del removed[name], added[twin]
    return found


def _measures_the_same(one: Slo, other: Slo) -> bool:
    return one.sli == other.sli and one.group_by == other.group_by


def _changed(old: Slo, new: Slo) -> Difference:
    consequence = ""
    if old.group_by != new.group_by:
        consequence = _lost(old, "stays under the old labels")
    elif old.sli != new.sli:
        consequence = f"until {old.period} have passed, the period mixes the old meaning with the new one"
    return Difference("changed", new.full_name, _changed_lines(old, new), consequence)


def _changed_lines(old: Slo, new: Slo) -> tuple[str, ...]:
    """What differs, in the words of sretool/v1: `objective: 99.9% -> 99.5%`, or lines that came and went."""
    before, after = _lines(old), _lines(new)
    found: list[str] = []
    for tag, low, high, new_low, new_high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = before[low:high], after[new_low:new_high]
        if tag == "replace" and [_key(line) for line in gone] == [_key(line) for line in come]:
            found += [f"{was} -> {_value(now)}" for was, now in zip(gone, come, strict=True)]
        elif tag != "equal":
            found += [*(f"- {line}" for line in gone), *(f"+ {line}" for line in come)]
    return tuple(found)


def _lines(slo: Slo) -> list[str]:
    text = write([Service(slo.service, slos=(slo,))])
    return [line.strip().removeprefix("- ") for line in text.splitlines()]


def _key(line: str) -> str:
    return line.partition(":")[0]


def _value(line: str) -> str:
    return line.partition(":")[2].strip()


def _lost(slo: Slo, how: str) -> str:
    days = slo.period.length.milliseconds / 86_400_000
    return f"this renames a series and loses {days:.0f} days of history: what was recorded {how}"


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
