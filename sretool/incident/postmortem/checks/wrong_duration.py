"""PM016: a duration that is not the time between the two times that it is told of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sretool.incident.postmortem.reading import Postmortem, Took
from sretool.incident.postmortem.words import Known, instants
from sretool.lint.check import Check, Facts, Flaw
from sretool.model.duration import Duration

_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 1}


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    known = {name.casefold(): one for name, one in instants(postmortem).items()}
    for took in postmortem.durations:
        since, until = (known.get(cell.text.casefold()) for cell in (took.since, took.until))
        if since is not None and until is not None and took.length.text[:1].isdigit():
            yield from _compared(took, since, until)


def _compared(took: Took, since: Known, until: Known) -> Iterator[Flaw]:
    between = until.at_utc - since.at_utc
    text = took.length.text
    right = _spelled(between) if between >= timedelta() else f"none: {took.until.text} was before {took.since.text}"
    try:
        said = Duration.parse(text)
    except ValueError:
        yield Flaw(took.length.at, f"{text} is no duration", f"write {right}")
        return
    unit = re.findall(r"[a-z]+", text)[-1]  # It is told to this unit, and may be off by less than one of it.
    if abs(float(said.seconds) - between.total_seconds()) <= _UNITS.get(unit, 1):
        return
    if between < timedelta():
        message = f"{took.until.text} is {_spelled(-between)} before {took.since.text}, not {text} after it"
        yield Flaw(took.length.at, message, f"correct one of the times, or write {right}")
    else:
        message = f"from {took.since.text} to {took.until.text} it is {_spelled(between)}, not {text}"
        yield Flaw(took.length.at, message, "correct the duration, or one of the times")


def _spelled(length: timedelta) -> str:
    return str(Duration.of(seconds=round(length.total_seconds())))


CHECK = Check("PM016", Postmortem, _find)
