"""PM012: a time that is not there, and nobody says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw

_REMEDY: Final = "write the time, or `not known: ` and why"
_REASON_WORDS: Final = 3  # Fewer, such as "not known", are no reason.


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    section = postmortem.section(form.TIMES)
    if section is None:
        return  # Which is told already.
    by_name = {stamp.name.text.casefold(): stamp.when for stamp in postmortem.times}
    for name in form.TIMES_NAMED:
        when = by_name.get(name.casefold())
        if when is None:
            yield Flaw(section.at, f"the table of times has no row {name}", f"add | {name} | ... |: {_REMEDY}")
        elif not when.text[:1].isdigit() and len(when.text.split()) < _REASON_WORDS:
            yield Flaw(when.at, f"when it was {name.lower()} is not said, nor why not", _REMEDY)


CHECK = Check("PM012", Postmortem, _find)
