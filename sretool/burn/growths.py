"""How much counters grew over parts of days, with as little read as will do. An edge: it asks a server, and a cache.

Where no series of a counter came, went or was reset in a day, its growth over any part of that day is the difference of
two sums. Raw samples of the day are read once, to see that; days that are over are remembered. Any other part is asked
for by `counters.growth`, which reads raw samples several times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sretool.burn.batching import HEAVY_AT_ONCE, Asking
from sretool.burn.cache import Day, Days
from sretool.burn.counters import Counted, growth, level, series_with_level, watched
from sretool.burn.days import Known, Level, between, by_group, count_days, undisturbed
from sretool.burn.merging import ByGroup, Question, evenly, instantly
from sretool.burn.moments import even_rows
from sretool.burn.spans import DAY_SECONDS, Part, Span

Grown = dict[Counted, dict[Span, ByGroup]]
_Levels = dict[tuple[Counted, int], Level]


def growths(asking: Asking, wanted: Mapping[Counted, frozenset[Part]], *, cache: Days | None) -> Grown:
    """By counter and part. A group that has nothing to count is not there. Raises NoAnswer."""
    days = count_days(asking, _closed(wanted), cache=cache)
    opened = _open_hosts(asking, wanted)
    found: Grown = {}
    quiet: list[tuple[Counted, Span, ByGroup]] = []
    exact: list[tuple[Counted, Span]] = []
    for one, parts in wanted.items():
        whole = found[one] = {}
        of_one = days[one]
        for part in parts:
            day = of_one.get(part.host.start) if part.is_closed else None
            if day is not None and part.span == part.host:
                whole[part.span] = day.grown
                continue
            series = opened.get((one, part.host.start)) if day is None else _series(day)
            if series is None:
                exact.append((one, part.span))
            else:
                quiet.append((one, part.span, series))
    levels = _levels(asking, [(one, span) for one, span, _ in quiet], days)
    for one, span, series in quiet:
        grown = between(levels[one, span.start], levels[one, span.end], series)
        if grown is None:
            exact.append((one, span))
        else:
            found[one][span] = grown
    for (one, span), grown in _exact(asking, exact).items():
        found[one][span] = grown
    return found


def _series(day: Day) -> ByGroup | None:
    return None if day.quiet is None else day.quiet.series


def _closed(wanted: Mapping[Counted, Iterable[Part]]) -> dict[Counted, list[int]]:
    return {
        one: sorted({part.host.start for part in parts if part.is_closed and _needs_day(one, part)})
        for one, parts in wanted.items()
    }


def _needs_day(one: Counted, part: Part) -> bool:
    """Of a histogram no part can be had from its day."""
    return one.slower_than is None or part.span == part.host


def _open_hosts(asking: Asking, wanted: Mapping[Counted, Iterable[Part]]) -> dict[tuple[Counted, int], ByGroup | None]:
    """The series of each counter since the last closed midnight; None if anything happened to them."""
    some: dict[Span, list[Counted]] = defaultdict(list)
    for one, parts in wanted.items():
        for host in {part.host for part in parts if not part.is_closed and one.slower_than is None}:
            some[host].append(one)
    questions = [
        Question(partial(watched, seconds=host.seconds, ago_ms=_ago_ms(asking, host.end)), tuple(those))
        for host, those in some.items()
    ]
    return {
        (one, host.start): undisturbed(known)
        for host, answers in zip(some, instantly(asking, questions), strict=True)
        for one, known in answers.items()
    }


def _levels(asking: Asking, pieces: Iterable[tuple[Counted, Span]], days: Known) -> _Levels:
    """At both ends of every piece; at midnights as they are known of the days, and asked for elsewhere."""
    levels: _Levels = {}
    asked: dict[int, dict[Counted, None]] = defaultdict(dict)
    for one, span in pieces:
        for at in (span.start, span.end):
            known = _known_level(days[one], at)
            if known is None:
                asked[at][one] = None
            else:
                levels[one, at] = known
    moments: dict[tuple[Counted, ...], list[int]] = defaultdict(list)
    for at, some in asked.items():
        moments[tuple(some)].append(at)
    for those, ats in moments.items():
        questions = [Question(level, those), Question(series_with_level, those)]
        sums, series = evenly(asking, questions, even_rows(ats))
        levels |= {(one, at): Level(sums[at][one], series[at][one]) for at in ats for one in those}
    return levels


def _known_level(days: Mapping[int, Day], at: int) -> Level | None:
    """At a midnight, from the day before or the day after it."""
    if at % DAY_SECONDS:
        return None
    before, after = days.get(at - DAY_SECONDS), days.get(at)
    if before is not None and before.quiet is not None:
        return Level(before.quiet.last, before.quiet.series)
    if after is not None and after.quiet is not None:
        return Level(after.quiet.first, after.quiet.series)
    return None


def _exact(asking: Asking, pieces: Sequence[tuple[Counted, Span]]) -> dict[tuple[Counted, Span], ByGroup]:
    asked = [growth(one, seconds=span.seconds, ago_ms=_ago_ms(asking, span.end)) for one, span in pieces]
    answers = asking.instant(asked, at_once=HEAVY_AT_ONCE)
    return {(one, span): by_group(one, rows) for (one, span), rows in zip(pieces, answers, strict=True)}


def _ago_ms(asking: Asking, at: int) -> int:
    return round(asking.at * 1000) - at * 1000
