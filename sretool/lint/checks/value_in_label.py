"""AL303: a label that holds the value, so that every evaluation makes another alert."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.lint.templates import mentions


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.alert is None:
        return
    for name, text in rule.labels.items():
        for mention in mentions(text.value):
            if mention.is_value:
                message = f"the label {name} changes with the value, and each change is a new alert that begins to wait"
                yield Flaw(text.part(mention.start, mention.end), message, "say the value in an annotation")
                break


CHECK = Check("AL303", Rule, _find)
