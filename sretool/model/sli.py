"""The kinds of service level indicator. Each is reduced to bad and all events a second by sretool.rules.

Selectors and expressions are PromQL text that has been parsed before a value is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sretool.model.duration import Duration

NoData = Literal["bad", "good", "exclude"]


@dataclass(frozen=True, slots=True)
class EventsSli:
    """Counters of events: one side (the bad or the good ones) and the total. Both are plain selectors."""

    side: Literal["bad", "good"]
    selector: str
    total: str


@dataclass(frozen=True, slots=True)
class LatencySli:
    """The share of observations at most `threshold` seconds in a histogram, given by its base name and matchers.

    A classic histogram needs a bucket whose `le` is the threshold; a native one does not.
    """

    histogram: str
    threshold_seconds: Decimal
    native: bool = False

    def __post_init__(self) -> None:
        if not (self.threshold_seconds.is_finite() and self.threshold_seconds > 0):
            raise ValueError(f"a latency threshold is above 0 seconds, not {self.threshold_seconds}")


@dataclass(frozen=True, slots=True)
class TimeSliceSli:
    """A comparison that must hold, in its parts: `left operator [matching] right`. An event is a second.

    `matching` is PromQL's vector matching after the operator, such as `on (shard)`.
    """

    left: str
    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    right: str
    matching: str = ""

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.left, self.operator, self.matching, self.right) if part)


@dataclass(frozen=True, slots=True)
class FreshnessSli:
    """The oldest watermark (a Unix time in seconds) may be at most `max_age` behind. An event is a second.

    With `shards`, fewer watermarks than that are a violation too.
    """

    watermark: str
    max_age: Duration
    shards: int | None = None


@dataclass(frozen=True, slots=True)
class CompletenessSli:
    """What was ingested must be metered within `allowed_lag`: two durable counters that count the same things."""

    ingested: str
    metered: str
    allowed_lag: Duration


@dataclass(frozen=True, slots=True)
class CohortSli:
    """Completeness where the service itself compares closed cohorts: counters of expected and missing events."""

    expected: str
    missing: str


@dataclass(frozen=True, slots=True)
class ExprSli:
    """Bad and total as PromQL with `$window` where the range stands. Zero-filled by nobody.

    Each is in events a second, or a total over `$window` such as an increase, which the rules divide by its length.
    """

    bad: str
    total: str


Sli = EventsSli | LatencySli | TimeSliceSli | FreshnessSli | CompletenessSli | CohortSli | ExprSli
WINDOW_PLACEHOLDER = "$window"


def counts_time(sli: Sli) -> bool:
    """True where an "event" is a second that held or did not, so that `no_data` has a meaning."""
    return isinstance(sli, TimeSliceSli | FreshnessSli)
