"""PM010: a time that others read as another one, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem.reading import Postmortem, instant
from sretool.lint.check import Check, Facts, Flaw


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for cell in (*(stamp.when for stamp in postmortem.times), *postmortem.timeline):
        if cell.text[:1].isdigit() and instant(cell.text) is None:
            message = f"{cell.text} is no day and time with a zone"
            yield Flaw(cell.at, message, "write such as 2026-11-28T03:00:00Z or 2026-11-28T04:00:00+01:00")


CHECK = Check("PM010", Postmortem, _find)
