"""PM044: an action of no kind."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.remedies import meant, one_of


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for action in postmortem.actions:
        kind = action.cells["type"]
        if kind.text not in form.TYPES and not form.is_placeholder(kind.text):
            message = f"there is no type {kind.text}" if kind.text else "this action has no type"
            yield Flaw(kind.at, message, f"write {meant(kind.text, form.TYPES) or one_of(form.TYPES)}")


CHECK = Check("PM044", Postmortem, _find)
