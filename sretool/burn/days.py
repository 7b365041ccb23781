"""Whole days of UTC: how much counters grew in each, and whether anything happened to their series.

An edge: it asks a server for what a cache does not know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sretool.burn.batching import Asking, Row
from sretool.burn.cache import Day, Days, Quiet
from sretool.burn.counters import SERIES_MAX, Counted, growth, level, series_with_level, watched
from sretool.burn.figures import Group
from sretool.burn.spans import DAY_SECONDS

ByGroup = Mapping[Group, Decimal]
Known = dict[tuple[Counted, int], Day]  # By counter and the midnight that the day begins with.


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
    known: Known = {} if cache is None else _read(cache, wanted)
    missing: dict[tuple[int, int], list[Counted]] = defaultdict(list)
    for one, starts in wanted.items():
        unknown = [start for start in starts if (one, start) not in known]
        if unknown:
            missing[min(unknown), max(unknown)].append(one)
    for (first, last), some in missing.items():
        warned = len(asking.warnings)
        counted = _counted(asking, some, first=first, last=last)
        known |= counted
        if cache is not None and len(asking.warnings) == warned:
            _keep(cache, counted)
    return known


def _read(cache: Days, wanted: Mapping[Counted, Iterable[int]]) -> Known:
    by_day: dict[int, dict[str, Counted]] = defaultdict(dict)
    for one, starts in wanted.items():
        for start in starts:
            by_day[start][one.text] = one
    return {
        (texts[text], start): day for start, texts in by_day.items() for text, day in cache.read(start, texts).items()
    }


def _keep(cache: Days, counted: Known) -> None:
    """A day of which the server has nothing may be one that it has not got yet."""
    alive = {(one.family, start) for (one, start), day in counted.items() if day.grown}
    by_day: dict[int, dict[str, Day]] = defaultdict(dict)
    for (one, start), day in counted.items():
        if (one.family, start) in alive:
            by_day[start][one.text] = day
    for start, days in by_day.items():
        cache.keep(start, days)


def _counted(asking: Asking, some: Sequence[Counted], *, first: int, last: int) -> Known:
    """All days from the first to the last; those with disturbances by what reads more."""
    plain = [one for one in some if one.slower_than is None]
    known = _quiet_days(asking, plain, first=first, last=last)
    odd: dict[tuple[int, int], list[Counted]] = defaultdict(list)
    for one in some:
        starts = [start for start in range(first, last + 1, DAY_SECONDS) if (one, start) not in known]
        if starts:
            odd[starts[0], starts[-1]].append(one)
    for (start, end), those in odd.items():
        for key, day in _exact_days(asking, those, first=start, last=end).items():
            known.setdefault(key, day)
    return known


def _quiet_days(asking: Asking, some: Sequence[Counted], *, first: int, last: int) -> Known:
    """The days in which nothing happened to any series."""
    end = last + DAY_SECONDS
    watching = asking.daily([watched(one, seconds=DAY_SECONDS) for one in some], first=first + DAY_SECONDS, last=end)
    both = [expression for one in some for expression in (level(one), series_with_level(one))]
    levels = asking.daily(both, first=first, last=end)
    found: Known = {}
    for number, one in enumerate(some):
        at = {
            midnight: Level(
                by_group(one, levels[2 * number].get(midnight, ())),
                by_group(one, levels[2 * number + 1].get(midnight, ())),
            )
            for midnight in range(first, end + 1, DAY_SECONDS)
        }
        for start in range(first, end, DAY_SECONDS):
            series = undisturbed(by_group(one, watching[number].get(start + DAY_SECONDS, ())))
            if series is None:
                continue
            before, after = at[start], at[start + DAY_SECONDS]
            grown = between(before, after, series)
            if grown is not None:
                found[one, start] = Day(grown, Quiet(before.sums, after.sums, series))
    return found


def _exact_days(asking: Asking, some: Sequence[Counted], *, first: int, last: int) -> Known:
    asked = asking.daily(
        [growth(one, seconds=DAY_SECONDS) for one in some], first=first + DAY_SECONDS, last=last + DAY_SECONDS
    )
    return {
        (one, start): Day(by_group(one, rows.get(start + DAY_SECONDS, ())))
        for one, rows in zip(some, asked, strict=True)
        for start in range(first, last + 1, DAY_SECONDS)
    }
