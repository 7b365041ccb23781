"""What a story expects, in PromQL. Each gives one value without labels, or nothing."""

from __future__ import annotations

from decimal import Decimal

from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.rules.unittests.scenario import EVALUATION_SECONDS, Expectation, Pace

_ONE = Decimal(1)


def up_to_step(seconds: float, pace: Pace) -> int:
    """The first evaluation at or after a time. Values are asked for at evaluations, where they are fresh."""
    step = EVALUATION_SECONDS[pace]
    return int(-(-seconds // step)) * step


def down_to_step(seconds: float, pace: Pace) -> int:
    step = EVALUATION_SECONDS[pace]
    return int(seconds // step) * step


def fires(claim: str, alerts: str, at: int, *, times: int = 1) -> Expectation:
    return Expectation(claim, f"count({alerts})", at, Decimal(times))


def has_fired(claim: str, alerts: str, at: int, *, since: int) -> Expectation:
    """At least once between the two times."""
    return Expectation(claim, f"count(count_over_time({alerts}[{Duration.of(seconds=at - since)}]))", at, _ONE)


def is_silent(claim: str, alerts: str, at: int) -> Expectation:
    return Expectation(claim, alerts, at, None)


def was_silent(claim: str, alerts: str, at: int, *, since: int = 0) -> Expectation:
    """Not once in the time up to `at`, the instant `since` left out unless it is the start."""
    return Expectation(claim, f"count_over_time({alerts}[{Duration.of(seconds=at - since)}])", at, None)


def equals(claim: str, series: str, at: int, value: Decimal) -> Expectation:
    return Expectation(claim, f"sum({series})", at, value)


def is_near(claim: str, series: str, at: int, value: Decimal, *, within: Decimal) -> Expectation:
    """The value to a share of it: rates and counts are estimates at the edges of what they look at."""
    return Expectation(claim, f"abs(sum({series}) / {plain(value)} - 1) < bool {plain(within)}", at, _ONE)


def exceeds(claim: str, series: str, at: int, value: Decimal) -> Expectation:
    return Expectation(claim, f"sum({series}) > bool {plain(value)}", at, _ONE)


def has_none(claim: str, series: str, at: int) -> Expectation:
    return Expectation(claim, series, at, None)
