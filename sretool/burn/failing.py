"""Rules of ours that a server cannot evaluate: what they record is old or missing, and their alerts are blind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sretool.model.slo import Slo
from sretool.prometheus.answers import RuleState
from sretool.promql import names

_LOOKBACK_SECONDS = 300  # What failed later than that after an instant says nothing of it.


def failing(running: Iterable[RuleState], *, at: float) -> tuple[RuleState, ...]:
    """The rules of ours that failed when they were evaluated last, unless that was long after the instant."""
    return tuple(
        rule
        for rule in running
        if rule.error and rule.group.startswith("slo:") and rule.evaluated_at <= at + _LOOKBACK_SECONDS
    )


def failures(slo: Slo, failed: Sequence[RuleState]) -> Iterable[str]:
    """That rules of an SLO fail, its own or those of its whole service, in one sentence, or none."""
    whose = [
        rule
        for rule in failed
        if rule.labels.get(names.SERVICE) == slo.service and rule.labels.get(names.SLO, slo.name) == slo.name
    ]
    if whose:
        first = whose[0]
        others = f" and {len(whose) - 1} more of its rules fail" if len(whose) > 1 else " fails"
        yield f"the rule {first.name}{others} on the server: {first.error}"
