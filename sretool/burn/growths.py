"""How much counters grew over parts of days, with as little read as will do. An edge: it asks a server, and a cache.

Where no series of a counter came, went or was reset in a day, its growth over any part of that day is the difference of
two sums. Raw samples of the day are read once, to see that; days that are over are remembered. Any other part is asked
for by `counters.growth`, which reads raw samples several times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sretool.burn.batching import Asking
from sretool.burn.cache import Days
from sretool.burn.counters import Counted, growth, level, series_with_level, watched
from sretool.burn.days import ByGroup, Known, Level, between, by_group, count_days, undisturbed
from sretool.burn.spans import Part, Span

Grown = dict[tuple[Counted, Span], ByGroup]
_Levels = dict[tuple[Counted, int], Level]


def growths(asking: Asking, wanted: Mapping[Counted, frozenset[Part]], *, cache: Days | None) -> Grown:
    """By counter and part. A group that has nothing to count is not there. Raises NoAnswer."""
    days = count_days(asking, _closed(wanted), cache=cache)
    hosts = {key: None if day.quiet is None else day.quiet.series for key, day in days.items()}
    hosts |= _open_hosts(asking, wanted)
    found: Grown = {}
    pieces: list[tuple[Counted, Part]] = []
    for one, parts in wanted.items():
        for part in sorted(parts):
            if part.is_closed and part.span == part.host:
                found[one, part.span] = days[one, part.host.start].grown
            else:
                pieces.append((one, part))
    in_quiet = [(one, part) for one, part in pieces if hosts.get((one, part.host.start)) is not None]
    levels = _levels(asking, in_quiet, days)
    for one, part in in_quiet:
        series = hosts[one, part.host.start]
        assert series is not None
        grown = between(levels[one, part.span.start], levels[one, part.span.end], series)
        if grown is not None:
            found[one, part.span] = grown
    return found | _exact(asking, [(one, part.span) for one, part in pieces if (one, part.span) not in found])


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
    asked = [
        (one, host)
        for one, parts in wanted.items()
        if one.slower_than is None
        for host in sorted({part.host for part in parts if not part.is_closed})
    ]
    answers = asking.instant(
        [watched(one, seconds=host.seconds, ago_ms=_ago_ms(asking, host.end)) for one, host in asked]
    )
    return {
        (one, host.start): undisturbed(by_group(one, rows)) for (one, host), rows in zip(asked, answers, strict=True)
    }


def _levels(asking: Asking, pieces: Iterable[tuple[Counted, Part]], days: Known) -> _Levels:
    """At both ends of every piece; at midnights as they are known of the days, and asked for elsewhere."""
    levels: _Levels = {}
    for (one, start), day in days.items():
        if day.quiet is not None:
            levels[one, start] = Level(day.quiet.first, day.quiet.series)
            levels[one, start + 86_400] = Level(day.quiet.last, day.quiet.series)
    ends = {(one, at) for one, part in pieces for at in (part.span.start, part.span.end)}
    asked = sorted(ends - levels.keys(), key=lambda end: (end[1], end[0].text))
    expressions = [
        expression
        for one, at in asked
        for expression in (
            level(one, ago_ms=_ago_ms(asking, at)),
            series_with_level(one, ago_ms=_ago_ms(asking, at)),
        )
    ]
    answers = asking.instant(expressions)
    for number, (one, at) in enumerate(asked):
        levels[one, at] = Level(by_group(one, answers[2 * number]), by_group(one, answers[2 * number + 1]))
    return levels


def _exact(asking: Asking, pieces: Sequence[tuple[Counted, Span]]) -> Grown:
    asked = [growth(one, seconds=span.seconds, ago_ms=_ago_ms(asking, span.end)) for one, span in pieces]
    answers = asking.instant(asked)
    return {(one, span): by_group(one, rows) for (one, span), rows in zip(pieces, answers, strict=True)}


def _ago_ms(asking: Asking, at: int) -> int:
    return round(asking.at * 1000) - at * 1000
