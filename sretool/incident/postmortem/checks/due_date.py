"""PM042: an action that is due on no day, or before what it follows from."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem, day
from sretool.incident.postmortem.words import instants
from sretool.lint.check import Check, Facts, Flaw


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    times = [known.at_utc.date() for known in instants(postmortem).values()]
    for action, item in zip(postmortem.actions, postmortem.items, strict=True):
        due = action.cells["due"]
        if item.status == "dropped" or form.is_placeholder(due.text):
            continue
        on = day(due.text)
        if on is None:
            message = f"{due.text} is no day" if due.text else "this action is due on no day"
            yield Flaw(due.at, message, "write the day by which it is done, as 2026-12-31")
        elif times and on < min(times):
            yield Flaw(due.at, f"this is before the incident of {min(times)}", "write the day by which it is done")


CHECK = Check("PM042", Postmortem, _find)
