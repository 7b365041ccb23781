"""NL407: two rules of a file that make the same: the same name with the same labels."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule, RuleFile

_Key = tuple[str, str, tuple[tuple[str, str], ...]]


def _find(file: RuleFile, _: Facts) -> Iterator[Flaw]:
    first: dict[_Key, Rule] = {}
    for group in file.groups:
        for rule in group.rules:
            if not rule.name or (rule.record is not None and rule.alert is not None):
                continue
            labels = {name: value.value for name, value in {**group.labels, **rule.labels}.items()}
            key = ("record" if rule.alert is None else "alert", rule.name, tuple(sorted(labels.items())))
            if key in first:
                yield _flaw(rule, first[key])
            first.setdefault(key, rule)


def _flaw(rule: Rule, first: Rule) -> Flaw:
    line = first.head.place.line
    if rule.alert is not None:
        message = f"the alert {rule.name} with these labels is there already, on line {line}: nobody can tell the two"
        return Flaw(rule.head, message, "give it another name or a label of its own, or join the two by `or`")
    message = (
        f"{rule.name} with these labels is recorded already, on line {line}: where both have a series, one is lost"
    )
    return Flaw(rule.head, message, "give it another name or a label of its own, or remove one of the two")


CHECK = Check("NL407", RuleFile, _find)
