"""Invariants: counters that must never rise. They have no budget, and the first violation pages."""

from __future__ import annotations

from sretool.model.duration import DAY, HOUR, MINUTE
from sretool.model.slo import Invariant, Labels, Service
from sretool.promql import names
from sretool.promql.selectors import with_range
from sretool.rules.annotations import as_text
from sretool.rules.health import words
from sretool.rules.rule import AlertRule
from sretool.rules.timing import Timing

VIOLATED, NOT_MEASURED = "InvariantViolated", "InvariantNotMeasured"


def invariant_alerts(service: Service, timing: Timing) -> list[AlertRule]:
    return [alert for invariant in service.invariants for alert in _alerts(invariant, timing)]


def violation(invariant: Invariant, timing: Timing) -> str:
    """By how much the counter rose in the last hour, births included; nothing where it did not."""
    counter = invariant.zero
    hour = timing.text(HOUR)
    # The last value of an hour ago is remembered for a day, so that a scrape gap neither hides a rise nor repeats it.
    before = f"last_over_time({with_range(counter, timing.text(DAY), offset=hour)})"
    born, risen = f"({counter} unless {before}) > 0", f"({counter} - {before}) > 0"
    increased = f"increase({with_range(counter, hour)}) > 0"
    return f"sum(\n  {born}\n  or\n  {risen}\n  or\n  {increased}\n)"


def _alerts(invariant: Invariant, timing: Timing) -> list[AlertRule]:
    counter = invariant.zero
    return [
        AlertRule(
            VIOLATED,
            violation(invariant, timing),
            labels=_labels(invariant, "page"),
            annotations=(
                *words(
                    f"{invariant.service}: {invariant.name} is violated ({{{{ $value }}}} in the last hour).",
                    as_text(invariant.description or f"{counter} must never rise."),
                ),
                ("runbook", invariant.runbook),
            ),
        ),
        AlertRule(
            NOT_MEASURED,
            f"absent({counter})",
            labels=_labels(invariant, "ticket"),
            annotations=(
                *words(
                    f"{invariant.service}: nothing measures the invariant {invariant.name}.",
                    as_text(f"{counter} is absent: a violation would go unseen."),
                ),
                ("runbook", invariant.runbook),
            ),
            hold=timing.scaled(MINUTE * 10),
        ),
    ]


def _labels(invariant: Invariant, severity: str) -> Labels:
    words_of = {
        names.CRITICALITY: str(invariant.criticality) if invariant.criticality else "",
        names.INVARIANT: invariant.name,
        names.OWNER: invariant.owner,
        names.SEVERITY: severity,
    }
    return tuple((name, value) for name, value in sorted(words_of.items()) if value)
