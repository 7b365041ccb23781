"""RB701: an alert that does not say what to do."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.alert is not None and not any(link.value.strip() for link in rule.runbooks):
        remedy = "write annotations: {runbook_url: ...} with the page that says what to do"
        yield Flaw(rule.alert, "this alert has no runbook", remedy)


CHECK = Check("RB701", Rule, _find)
