"""YA005: two groups of a file that have the same name."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import RuleFile


def _find(file: RuleFile, _: Facts) -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for group in file.groups:
        if group.name is None:
            continue
        line = group.name.place.line
        if group.name.value in first:
            message = f"the group `{group.name.value}` of this file is there already, on line {first[group.name.value]}"
            yield Flaw(group.name, message, "rename one of the two")
        first.setdefault(group.name.value, line)


CHECK = Check("YA005", RuleFile, _find)
