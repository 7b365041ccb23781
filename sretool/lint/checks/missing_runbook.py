"""RB702: a runbook that is not in this commit."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql import names
from sretool.yamltext.nodes import Scalar


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    assert facts.has_page is not None, "it is needed"
    for link in _links(rule):
        page = link.value.strip()
        if page and "{{" not in page and not facts.has_page(page):
            yield Flaw(link, f"this commit has no page {page}", "write the page and `git add` it, or correct the link")


def _links(rule: Rule) -> tuple[Scalar, ...]:
    """What an alert links to; of an SLO, what its alerts look up in its information."""
    if rule.alert is not None:
        return rule.runbooks
    is_information = rule.record is not None and rule.record.value == names.INFO
    return (rule.labels["runbook"],) if is_information and "runbook" in rule.labels else ()


CHECK = Check("RB702", Rule, _find, needs=("has_page",))
