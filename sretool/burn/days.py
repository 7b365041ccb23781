"""Whole days of UTC: how much counters grew in each, and whether anything happened to their series.

An edge: it asks a server for what a cache does not know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from sretool.burn.batching import HEAVY_AT_ONCE, Asking, Row
from sretool.burn.cache import Day, Days, Quiet, busy_day, key_of, quiet_day
from sretool.burn.counters import SERIES_MAX, Counted, growth, level, series_with_level, watched
from sretool.burn.merging import ByGroup, Question, evenly
from sretool.burn.spans import DAY_SECONDS

Known = dict[Counted, dict[int, Day]]  # By counter and the midnight that the day begins with.


@dataclass(frozen=True, slots=True)
class Level:
    """The sums of a counter's series at a moment, and how many they are, by group."""

    sums: ByGroup
    series: ByGroup


def by_group(one: Counted, rows: Iterable[Row]) -> ByGroup:
    return {tuple(labels.get(name, "") for name in one.group_by): value for labels, value in rows}


def undisturbed(watched_rows: ByGroup) -> ByGroup | None:
    """The series by group of which none was reset; None if any was."""
    if any(not value.is_finite() or value >= SERIES_MAX for value in watched_rows.values()):
        return None
    return watched_rows


def between(first: Level, last: Level, series: ByGroup) -> ByGroup | None:
    """The growth from one moment to another, provided that all series have a value at both."""
    if not (first.series == series == last.series):
        return None
    return {group: last.sums[group] - first.sums[group] for group in series}


def count_days(asking: Asking, wanted: Mapping[Counted, Iterable[int]], *, cache: Days | None) -> Known:
    """Every day that is wanted, by the midnight that it begins with. Raises NoAnswer."""
    known: Known = {one: {} for one in wanted}
    if cache is not None:
        _read(cache, wanted, known)
    missing: dict[tuple[int, int], list[Counted]] = defaultdict(list)
    for one, starts in wanted.items():
        unknown = [start for start in starts if start not in known[one]]
        if unknown:
            missing[min(unknown), max(unknown)].append(one)
    for (first, last), some in missing.items():
        warned = len(asking.warnings)
        counted = _counted(asking, some, first=first, last=last)
        for one, days in counted.items():
            known[one] |= days
        if cache is not None and len(asking.warnings) == warned:
            _keep(cache, counted)
    return known


def _read(cache: Days, wanted: Mapping[Counted, Iterable[int]], known: Known) -> None:
    by_day: dict[int, list[tuple[str, dict[int, Day]]]] = defaultdict(list)
    for one, starts in wanted.items():
        key = key_of(one.text)
        for start in starts:
            by_day[start].append((key, known[one]))
    for start, keys in by_day.items():
        kept = cache.read(start)
        for key, days in keys:
            if key in kept:
                days[start] = kept[key]


def _keep(cache: Days, counted: Known) -> None:
    """A day of which the server has nothing may be one that it has not got yet."""
    alive = {(one.family, start) for one, days in counted.items() for start, day in days.items() if day.rows}
    by_day: dict[int, dict[str, Day]] = defaultdict(dict)
    for one, known in counted.items():
        key = key_of(one.text)
        for start, day in known.items():
            if (one.family, start) in alive:
                by_day[start][key] = day
    for start, days in by_day.items():
        cache.keep(start, days)


def _counted(asking: Asking, some: Sequence[Counted], *, first: int, last: int) -> Known:
    """All days from the first to the last; those with disturbances by what reads more."""
    plain = tuple(one for one in some if one.slower_than is None)
    known: Known = {one: {} for one in some}
    known |= _quiet_days(asking, plain, first=first, last=last)
    odd: dict[tuple[int, int], list[Counted]] = defaultdict(list)
    for one in some:
        starts = [start for start in range(first, last + 1, DAY_SECONDS) if start not in known[one]]
        if starts:
            odd[starts[0], starts[-1]].append(one)
    for (start, end), those in odd.items():
        for one, days in _exact_days(asking, tuple(those), first=start, last=end).items():
            known[one] = days | known[one]
    return known


def _quiet_days(asking: Asking, some: tuple[Counted, ...], *, first: int, last: int) -> Known:
    """The days in which nothing happened to any series."""
    end = last + DAY_SECONDS
    watching = Question(partial(watched, seconds=DAY_SECONDS), some)
    (watched_in,) = evenly(asking, [watching], [range(first + DAY_SECONDS, end + 1, DAY_SECONDS)])
    midnights = range(first, end + 1, DAY_SECONDS)
    sums, numbers = evenly(asking, [Question(level, some), Question(series_with_level, some)], [midnights])
    found: Known = {one: {} for one in some}
    for start, after in pairwise(midnights):
        for one in some:
            series = undisturbed(watched_in[after][one])
            if series is None:
                continue
            before_it, after_it = (Level(sums[at][one], numbers[at][one]) for at in (start, after))
            grown = between(before_it, after_it, series)
            if grown is not None:
                found[one][start] = quiet_day(grown, Quiet(before_it.sums, after_it.sums, series))
    return found


def _exact_days(asking: Asking, some: tuple[Counted, ...], *, first: int, last: int) -> Known:
    midnights = range(first + DAY_SECONDS, last + DAY_SECONDS + 1, DAY_SECONDS)
    grown = [growth(one, seconds=DAY_SECONDS) for one in some]
    asked = asking.evenly(grown, [midnights], at_once=HEAVY_AT_ONCE)
    return {
        one: {at - DAY_SECONDS: busy_day(by_group(one, rows.get(at, ()))) for at in midnights}
        for one, rows in zip(some, asked, strict=True)
    }
