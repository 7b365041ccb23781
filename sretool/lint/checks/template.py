"""AL306: a template that Prometheus cannot read, for which it refuses the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.release import Version
from sretool.promql.templates.reading import template_failure

_ANY: Final[Version] = (999, 0)  # Nobody said which Prometheus it is: it may be the newest.


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    if rule.alert is None:
        return
    for text in (*rule.labels.values(), *rule.annotations.values()):
        failure = template_failure(text.value, facts.target_version or _ANY)
        if failure is not None:
            remedy = failure.remedy or "write a template that Prometheus accepts"
            yield Flaw(text.part(failure.start, failure.end), failure.message, remedy)


CHECK = Check("AL306", Rule, _find)
