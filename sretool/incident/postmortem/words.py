"""What several checks look at: what people wrote, and the times that a page tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sretool.incident.postmortem import form
from sretool.incident.postmortem.markdown import Cell, masked
from sretool.incident.postmortem.reading import Postmortem, instant
from sretool.lint.check import Flaw
from sretool.yamltext.source import Spot


@dataclass(frozen=True, slots=True)
class Known:
    """A time of the table of times, and where it stands."""

    at_utc: datetime
    cell: Cell


@dataclass(frozen=True, slots=True)
class Wording:
    """How something is said, what is wrong with that, and how else to say it."""

    pattern: re.Pattern[str]
    message: str
    remedy: str


def written(postmortem: Postmortem) -> Iterator[tuple[Spot, str]]:
    """The head, each paragraph and each cell with its text, which has blanks in place of code and comments."""
    yield postmortem.head.at, postmortem.source.text[postmortem.head.at.start : postmortem.head.at.end]
    for section in postmortem.sections:
        for at in section.prose:
            yield at, masked(at)
        for table in section.tables:
            for row in table.rows:
                for cell in row:
                    yield cell.at, masked(cell.at)


def found_in(postmortem: Postmortem, wordings: Sequence[Wording]) -> Iterator[Flaw]:
    """Each place where something is said in one of these ways."""
    for at, text in written(postmortem):
        for wording in wordings:
            for found in wording.pattern.finditer(text):
                spot = Spot(postmortem.source, at.start + found.start(), at.start + found.end())
                yield Flaw(spot, wording.message, wording.remedy)


def instants(postmortem: Postmortem) -> Mapping[str, Known]:
    """The times that can be read, by their names in the form."""
    names = {name.casefold(): name for name in form.TIMES_NAMED}
    found = {}
    for stamp in postmortem.times:
        name, at = names.get(stamp.name.text.casefold()), instant(stamp.when.text)
        if name is not None and at is not None:
            found[name] = Known(at.astimezone(UTC), stamp.when)
    return found
