"""PM047: an action of which nobody could say whether it has helped."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for action, item in zip(postmortem.actions, postmortem.items, strict=True):
        if not item.verification and item.status != "dropped":
            at = action.cells["verified by"].at
            yield Flaw(at, "nothing says how it will be known that it is done", "write what is seen then, and where")


CHECK = Check("PM047", Postmortem, _find)
