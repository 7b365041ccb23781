"""PQ201: an expression that is no PromQL. What newer servers may accept is a warning that we cannot analyse it."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    failure = rule.failure
    if failure is None:
        return
    at = rule.span(failure.start, failure.end)
    if failure.certain:
        yield Flaw(at, failure.message, failure.remedy or "write a PromQL expression that Prometheus accepts")
    else:
        remedy = "if all your servers know it, nothing is wrong; no other check can read this expression"
        yield Flaw(at, failure.message, remedy, level="warning")


CHECK = Check("PQ201", Rule, _find)
