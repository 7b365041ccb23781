"""PM011: two times that cannot both be true, as instants and in whatever zones they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.incident.postmortem.words import instants
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.codes import Level

# Of each pair the first comes first. What can be seen before it hurts, or taken on before PagerDuty answers, is a
# warning: it happens, and seldom.
_IN_ORDER: Final[tuple[tuple[str, str, Level], ...]] = (
    (form.BEGAN, form.ENDED, "error"),
    (form.DETECTED, form.PAGED, "error"),
    (form.DETECTED, form.ACKNOWLEDGED, "error"),
    (form.DETECTED, form.RESOLVED, "error"),
    (form.ACKNOWLEDGED, form.RESOLVED, "error"),
    (form.BEGAN, form.DETECTED, "warning"),
    (form.PAGED, form.ACKNOWLEDGED, "warning"),
)


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    known = instants(postmortem)
    for first, second, level in _IN_ORDER:
        if first in known and second in known and known[second].at_utc < known[first].at_utc:
            early = known[second]
            message = f"{second}, {early.cell.text}, is before {first}, {known[first].cell.text}"
            yield Flaw(early.cell.at, message, "correct one of them, or accept this with the reason", level)


CHECK = Check("PM011", Postmortem, _find)
