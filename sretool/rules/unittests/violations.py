"""Stories of invariants: counters that must never rise, however they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sretool.model.slo import Invariant
from sretool.promql.literal import string_literal
from sretool.promql.selectors import selector_parts
from sretool.rules.timing import Timing
from sretool.rules.unittests.claims import fires, is_silent, up_to_step, was_silent
from sretool.rules.unittests.concrete import Series, series_for
from sretool.rules.unittests.notation import notation
from sretool.rules.unittests.scenario import Expectation, Input, LeftOut, Scenario

# What a counter shows for some minutes; None is a scrape that finds nothing.
Shown = tuple[int, int | None]


def violations(invariant: Invariant, timing: Timing) -> list[Scenario | LeftOut]:
    selector = selector_parts(invariant.zero)
    series = None if selector is None else series_for([selector])
    if series is None:
        return [LeftOut("a violation pages", invariant.name, "no labels were found for its counter")]
    counter = _Counter(invariant, series, int(timing.scrape_interval.seconds))
    return [_birth_and_reset(counter), _jump_in_a_gap(counter), _gap(counter), _absence(counter)]


@dataclass(frozen=True, slots=True)
class _Counter:
    invariant: Invariant
    series: Series
    scrape: int

    def told(self, title: str, shown: Sequence[Shown], *expected: Expectation) -> Scenario:
        samples = [
            None if value is None else Decimal(value)
            for minutes, value in shown
            for _ in range(-(-minutes * 60 // self.scrape))
        ]
        inputs = (Input(self.series.metric, str(self.series), notation(samples)),)
        return Scenario(title, self.invariant.name, "slow", inputs, expected)

    def alert(self, name: str) -> str:
        whose = f"service={string_literal(self.invariant.service)}, invariant={string_literal(self.invariant.name)}"
        return f'ALERTS{{alertname="{name}", alertstate="firing", {whose}}}'

    @property
    def violated(self) -> str:
        return self.alert("InvariantViolated")

    def soon_after(self, minutes: int) -> int:
        """The second evaluation at which a change after some minutes must be known."""
        return up_to_step(minutes * 60 + self.scrape, "slow") + 60 * 5


def _birth_and_reset(counter: _Counter) -> Scenario:
    return counter.told(
        "violations that a counter is born with, or counts after a reset, page",
        [(30, None), (90, 5), (20, 1)],
        is_silent("nothing yet", counter.violated, 25 * 60),
        fires("born at 5", counter.violated, counter.soon_after(30)),
        fires("still told, for an hour", counter.violated, 85 * 60),
        is_silent("told long enough", counter.violated, 115 * 60),
        fires("one since the reset", counter.violated, counter.soon_after(120)),
    )


def _jump_in_a_gap(counter: _Counter) -> Scenario:
    return counter.told(
        "a violation inside a scrape gap of two hours pages",
        [(90, 0), (120, None), (15, 1)],
        was_silent("nothing before", counter.violated, 205 * 60),
        fires("after the gap", counter.violated, counter.soon_after(210)),
    )


def _gap(counter: _Counter) -> Scenario:
    return counter.told(
        "a scrape gap alone does not page again",
        [(90, 5), (120, None), (65, 5)],
        was_silent("old violations stay old", counter.violated, 270 * 60, since=85 * 60),
    )


def _absence(counter: _Counter) -> Scenario:
    unmeasured = counter.alert("InvariantNotMeasured")
    return counter.told(
        "an invariant that nothing measures is told",
        [(30, None), (30, 0)],
        fires("nothing measures it", unmeasured, 25 * 60),
        is_silent("something does now", unmeasured, 55 * 60),
        was_silent("and it holds", counter.violated, 55 * 60),
    )
