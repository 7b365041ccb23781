"""Whether each rule on a server has a value, and if not, why not. Functions over what the server said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sretool.promql.reading import metric_names

Standing = Literal["has a value", "quiet", "waits", "failed", "without a value"]


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A rule as the server holds it, and whether a query for what it records finds anything."""

    name: str
    expr: str
    is_alert: bool
    is_evaluated: bool
    error: str
    has_value: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`waiting_for` names the metrics that nothing exposes, on which a rule that waits depends."""

    rule: RuleSeen
    standing: Standing
    waiting_for: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        return self.standing in ("has a value", "quiet", "waits")


def verdicts(rules: Iterable[RuleSeen], missing: frozenset[str]) -> list[Verdict]:
    """One for each rule, in order. `missing` are metrics of other programs that the server has never seen."""
    rules = list(rules)
    causes = _causes(rules, missing)
    return [_verdict(rule, causes) for rule in rules]


def are_final(found: list[Verdict], before: list[Verdict]) -> bool:
    """Whether each rule has its verdict, and what is recorded is what was `before` every rule ran once more.

    While a rule has yet to record what others read, these may seem to wait for something else.
    """
    return all(verdict.is_settled for verdict in found) and recorded(found) == recorded(before)


def recorded(found: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts on rules that record something."""
    return [verdict for verdict in found if not verdict.rule.is_alert]


def foreign_metrics(rules: Iterable[RuleSeen]) -> frozenset[str]:
    """The metrics that the rules read and none of them records."""
    rules = list(rules)
    recorded = {rule.name for rule in rules if not rule.is_alert}
    return frozenset(name for rule in rules for name in metric_names(rule.expr) if name not in recorded)


def _verdict(rule: RuleSeen, causes: Mapping[str, frozenset[str]]) -> Verdict:
    if rule.error:
        return Verdict(rule, "failed")
    if not rule.is_evaluated:
        return Verdict(rule, "without a value")
    if rule.is_alert:
        return Verdict(rule, "has a value" if rule.has_value else "quiet")
    if rule.has_value:
        return Verdict(rule, "has a value")
    waiting_for = frozenset[str]().union(*(causes.get(name, frozenset()) for name in metric_names(rule.expr)))
    return Verdict(rule, "waits", tuple(sorted(waiting_for))) if waiting_for else Verdict(rule, "without a value")


def _causes(rules: list[RuleSeen], missing: frozenset[str]) -> dict[str, frozenset[str]]:
    """For each metric that has no value, the missing metrics behind it; followed through what rules record."""
    causes = {name: frozenset({name}) for name in missing}
    silent = [rule for rule in rules if not rule.is_alert and not rule.has_value]
    grew = True
    while grew:
        grew = False
        for rule in silent:
            known = causes.get(rule.name, frozenset[str]())
            found = known.union(*(causes.get(name, frozenset()) for name in metric_names(rule.expr)))
            if found != known:
                causes[rule.name] = found
                grew = True
    return causes
