"""PM045: an action of which nobody can tell whether it is done."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for action, item in zip(postmortem.actions, postmortem.items, strict=True):
        status = action.cells["status"]
        if form.is_placeholder(status.text):
            continue
        match item.status:
            case "done" if item.closed_on is None:
                yield Flaw(status.at, "nobody knows when this was done", "write done and the day, as done 2026-12-31")
            case "dropped" if not item.reason:
                yield Flaw(status.at, "nobody knows why this was dropped", "write dropped: and the reason")
            case "open" if status.text.casefold() not in ("", "open"):  # Of what nothing is said nothing is done.
                remedy = "write open, done and the day, or dropped: and the reason"
                yield Flaw(status.at, f"there is no status {status.text}", remedy)


CHECK = Check("PM045", Postmortem, _find)
