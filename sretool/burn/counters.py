"""What counts the events of an SLO, and how much a counter grew over a span, as PromQL that says so exactly.

Prometheus' own `increase` guesses at both ends of its range and loses what a series counted before its first scrape.
Here L(t) is a series' last value at or before t, and growth from a to b is L(b) - L(a): neighbouring spans have one
border between them and lose nothing there, scraped or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from sretool.model.sli import CohortSli, EventsSli, LatencySli
from sretool.model.slo import Slo
from sretool.promql.literal import le_matcher, number
from sretool.promql.selectors import with_matchers, with_range, with_suffix

# How long a scrape may be late before a series' level is looked for with more effort.
LEVEL_SECONDS: Final = 600
_MEMORY_SECONDS: Final = 86_400
_LONG_MEMORY: Final = "7d:1h"
# Resets and series in one number, so that raw samples are read once: a whole number up to 2^53 is exact.
SERIES_MAX: Final = 2**20


@dataclass(frozen=True, slots=True)
class Counters:
    """Selectors of all events and of a part of them, and what that part is.

    `bad` where there is none is 0, `good` where there is none is a total outage; `within` (a latency's bucket) where
    there is none is no data. With `threshold_seconds` both are one native histogram.
    """

    all: str
    part: str
    reads: Literal["bad", "good", "within"]
    group_by: tuple[str, ...] = ()
    threshold_seconds: Decimal | None = None


def counters(slo: Slo) -> Counters | None:
    """None for an SLO whose events nobody counts: seconds, or an expression."""
    match slo.sli:
        case EventsSli(side, selector, total):
            return Counters(total, selector, side, slo.group_by)
        case LatencySli(histogram, threshold, native=True):
            return Counters(histogram, histogram, "bad", slo.group_by, threshold)
        case LatencySli(histogram, threshold):
            bucket = with_matchers(with_suffix(histogram, "_bucket"), le_matcher(threshold))
            return Counters(with_suffix(histogram, "_count"), bucket, "within", slo.group_by)
        case CohortSli(expected, missing):
            return Counters(expected, missing, "bad", slo.group_by)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Counted:
    """A selector whose growth is asked for, by group. `family` tells a new series from a server that is young.

    With `slower_than` it is a native histogram, of which only the observations above that are counted; 0 is all.
    """

    selector: str
    family: str
    group_by: tuple[str, ...]
    slower_than: Decimal | None = None

    def aggregated(self, operation: str, expression: str) -> str:
        by = f" by ({', '.join(self.group_by)}) " if self.group_by else ""
        return f"{operation}{by}({expression})"

    def over(self, function: str, *, seconds: int, ago_ms: int = 0) -> str:
        """A function of what was scraped in some seconds, up to a time before the evaluation."""
        return f"{function}({_ranged(self.selector, f'{seconds}s', ago_ms)})"

    @property
    def text(self) -> str:
        """What tells its growth from that of others."""
        return repr((self.selector, self.family, self.group_by, self.slower_than))


def counted(which: Counters) -> tuple[Counted, Counted]:
    """All events, and the part."""
    if which.threshold_seconds is not None:
        return (
            Counted(which.all, which.all, which.group_by, Decimal(0)),
            Counted(which.part, which.all, which.group_by, which.threshold_seconds),
        )
    return Counted(which.all, which.all, which.group_by), Counted(which.part, which.all, which.group_by)


def growth(one: Counted, *, seconds: int, ago_ms: int = 0) -> str:
    """How much a counter grew in some seconds, up to a time before the evaluation.

    A reset over the span's start shows as a fall, and all since then is growth. For resets within the span Prometheus'
    own `increase` stands. A series without a value before was born, provided that its family was there: else it is the
    server that is young, and only what it saw is known, from its first sample on. That is the least one, and whole.
    """
    if one.slower_than is not None:
        return _histogram_growth(one, seconds=seconds, ago_ms=ago_ms)
    then = ago_ms + seconds * 1000
    before = (
        f"({one.over('last_over_time', seconds=_MEMORY_SECONDS, ago_ms=then)}"
        f" or last_over_time({_ranged(one.selector, _LONG_MEMORY, then)}))"
    )
    family = f"group(last_over_time({_ranged(one.family, f'{_MEMORY_SECONDS}s', then)}))"
    now = one.over("last_over_time", seconds=seconds, ago_ms=ago_ms)
    was_reset = f"{one.over('resets', seconds=seconds, ago_ms=ago_ms)} > 0"
    increase = one.over("increase", seconds=seconds, ago_ms=ago_ms)
    first = one.over("min_over_time", seconds=seconds, ago_ms=ago_ms)
    return one.aggregated(
        "sum",
        f"((({now} - {before}) >= 0 or ({now} and {before})) unless ({was_reset}))"
        f" or ({increase} and ({was_reset})) or ({now} and on () {family}) or ({now} - {first})",
    )


def level(one: Counted, *, ago_ms: int = 0) -> str:
    """The sum of a counter's series, as they were last scraped."""
    return one.aggregated("sum", one.over("last_over_time", seconds=LEVEL_SECONDS, ago_ms=ago_ms))


def series_with_level(one: Counted, *, ago_ms: int = 0) -> str:
    """How many series that sum is of."""
    return one.aggregated("count", one.over("last_over_time", seconds=LEVEL_SECONDS, ago_ms=ago_ms))


def watched(one: Counted, *, seconds: int, ago_ms: int = 0) -> str:
    """Resets and series of a span and of the minutes before it, as resets x SERIES_MAX + series."""
    resets = one.over("resets", seconds=seconds + LEVEL_SECONDS, ago_ms=ago_ms)
    return one.aggregated("sum", f"{resets} * {SERIES_MAX} + 1")


def first_seen(every: Counted, *, seconds: int, step_seconds: int) -> str:
    """The first of even steps by which events were counted, as a Unix time, by group; within the last seconds.

    Each step looks back to the one before, so that nothing is overlooked that lived between the two.
    """
    summed = every.aggregated("sum", every.over("last_over_time", seconds=step_seconds))
    known = summed if every.slower_than is None else f"histogram_count({summed})"
    return f"min_over_time((0 * {known} + time())[{seconds}s:{step_seconds}s])"


def _histogram_growth(one: Counted, *, seconds: int, ago_ms: int) -> str:
    grown = one.aggregated("sum", one.over("increase", seconds=seconds, ago_ms=ago_ms))
    if not one.slower_than:
        return f"histogram_count({grown})"
    fast = f"histogram_fraction(-Inf, {number(one.slower_than)}, {grown})"
    return f"((1 - ({fast} >= 0)) * histogram_count({grown}) or 0 * histogram_count({grown}))"


def _ranged(selector: str, length: str, ago_ms: int) -> str:
    """A range, which ends some time before the evaluation."""
    return with_range(selector, length, offset=f"{ago_ms}ms" if ago_ms else None)
