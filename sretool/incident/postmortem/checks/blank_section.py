"""PM003: a heading of the form below which nothing stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw

_ELSEWHERE: Final = {title.casefold() for title in (form.FACTORS, form.ACTIONS)}  # PM030 and PM040 tell of these.


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for section in postmortem.sections:
        if section.title and section.is_blank and section.title.casefold() not in _ELSEWHERE:
            yield Flaw(
                section.at, f"nothing stands below {section.title}", "write what is known, or remove the heading"
            )


CHECK = Check("PM003", Postmortem, _find)
