"""RB702: a runbook that is not in this commit."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    assert facts.has_page is not None, "it is needed"
    for link in rule.runbooks if rule.alert is not None else ():
        if link.value.strip() and "{{" not in link.value and not facts.has_page(link.value.strip()):
            yield Flaw(link, "this commit has no such page", "write the page and add it, or correct the link")


CHECK = Check("RB702", Rule, _find, needs=("has_page",))
