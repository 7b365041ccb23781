"""PM001: a page without its head, or without a section that a reader of any postmortem looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw

# A team's own template may leave out the others.
_REQUIRED: Final = (form.SUMMARY, form.IMPACT, form.TIMES, form.FACTORS, form.TIMELINE, form.ACTIONS)


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    if not postmortem.head.is_there:
        remedy = f"begin the page with --- and its {', '.join(form.KEYS)}, then --- again"
        yield Flaw(postmortem.head.at, "the page has no head", remedy)
    for title in _REQUIRED:
        if postmortem.section(title) is None:
            yield Flaw(postmortem.head.at, f"there is no section {title}", f"add ## {title}, with what is known")


CHECK = Check("PM001", Postmortem, _find)
