"""PM030: a postmortem that names nothing that contributed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw

_REMEDY: Final = "name the circumstances without which it would not have come, or not so far"


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    section = postmortem.section(form.FACTORS)
    if section is not None and not section.prose and not section.tables:
        yield Flaw(section.at, "nothing is named that contributed", _REMEDY)


CHECK = Check("PM030", Postmortem, _find)
