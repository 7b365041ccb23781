"""PM031: a postmortem that names one thing alone that contributed, as if there were one root cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.source import Spot

_REMEDY: Final = "add what let it happen, what hid it and what made it worse, each in an item of its own"


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    section = postmortem.section(form.FACTORS)
    if section is None:
        return  # Which is told already.
    named: list[Spot] = [*section.prose, *(row[0].at for table in section.tables for row in table.rows if row)]
    if len(named) == 1 and not form.is_placeholder(_text(named[0])):
        yield Flaw(named[0], "this is all that is named, and there is seldom just one", _REMEDY)


def _text(spot: Spot) -> str:
    """Without the mark of an item."""
    return spot.source.text[spot.start : spot.end].lstrip("-*+.) 0123456789")


CHECK = Check("PM031", Postmortem, _find)
