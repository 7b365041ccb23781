"""PM005: a draft, which is not the last word; or a page that is closed while something is still to be done."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    status = postmortem.head.status
    if status is None:
        return  # Which is told already.
    still_open = sum(item.status == "open" for item in postmortem.items)
    match status.value:
        case "draft":
            yield Flaw(status, "this is a draft", "write reviewed, once somebody else has read it", "info")
        case "closed" if still_open:
            actions = "an action is" if still_open == 1 else f"{still_open} actions are"
            yield Flaw(status, f"this is closed, and {actions} open", "write reviewed, or what became of each action")


CHECK = Check("PM005", Postmortem, _find)
