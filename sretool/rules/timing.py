"""How long things take in the rules: scrape interval, windows, steps; all divided alike for demonstrations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sretool.model.duration import MILLISECOND, MINUTE, SECOND, Duration
from sretool.promql import names

TILE = MINUTE * 5
SUM_TILE = MINUTE * 30
FAST = SECOND * 30
SLOW = MINUTE * 2  # No consumed series may be older: Prometheus looks back five minutes, less what it skipped.


@dataclass(frozen=True)
class Timing:
    """Durations as they stand in the rules. `scale` divides every one of them."""

    scrape_interval: Duration = MINUTE
    scale: int = 1

    def __post_init__(self) -> None:
        if not SECOND <= self.scrape_interval <= TILE:
            raise ValueError(f"scrape_interval lies between 1s and 5m, not at {self.scrape_interval}")
        if self.scale < 1:
            raise ValueError(f"a time scale is at least 1, not {self.scale}")

    @cached_property
    def base_window(self) -> str:
        """The range of the base series: a tile and a scrape, so that neighbouring tiles share their border sample."""
        return self.text(TILE + self.scrape_interval)

    def scaled(self, duration: Duration) -> Duration:
        return duration.per(self.scale)

    def text(self, duration: Duration) -> str:
        return str(self.scaled(duration))

    def seconds(self, duration: Duration) -> str:
        """A duration as a number in PromQL."""
        return str(self.scaled(duration).seconds)

    def reach(self, window: Duration) -> str:
        """The range that holds as many samples, or steps, as fit in a window, at whatever moment it is read.

        Prometheus 2 counts both ends of a range in. A whole second less would lose a sample to every group that
        happens to run in the last second of a step.
        """
        return str(self.scaled(window) - MILLISECOND)

    def last(self, name: str, matchers: str, *, within: Duration) -> str:
        """The last value of what is recorded seldom."""
        return f"last_over_time({names.seldom(name)}{matchers}[{self.text(within)}])"

    def steps(self, window: Duration, step: Duration) -> str:
        """A subquery range over the whole steps of a window."""
        return f"[{self.reach(window)}:{self.text(step)}]"
