"""What each SLO's period has seen: events, error ratio, and the budget spent and left.

A period is read in half hours of recorded counts: a sixth of the samples that tiles of five minutes would need, so
that promtool's and the server's sample limits bear hundreds of SLOs. It therefore moves on every half hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from textwrap import indent

from sretool.model.duration import DAY, MINUTE, Duration
from sretool.model.period import CalendarMonth, Period, RollingPeriod
from sretool.model.slo import Service, Slo
from sretool.promql import names
from sretool.promql.literal import one_of
from sretool.rules.calendar import in_this_month, month_length_seconds, needs_quarter_hours
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import SUM_TILE, Timing
from sretool.rules.windows import all_series, bad_series, has_exclusions, of

_QUARTER = MINUTE * 15
_LONGEST_MONTH = Duration.of(days=31)
# One query may load 50 million samples, and a period of 30 days loads 1,440 a series.
_SERIES_PER_QUERY = 20_000


@dataclass(frozen=True, slots=True)
class _Sum:
    """Events of a period: what records them, the tiles that they are made of, and the rate that those are made of."""

    record: str
    tile: Callable[[Duration], str]
    rate: str


def whole_period_rules(service: Service, timing: Timing) -> list[RecordingRule]:
    """The sums over rolling periods: 1,440 steps a series, for what moves on every half hour."""
    rolling = [part for part in _parts(service) if isinstance(part.period, RollingPeriod)]
    if not rolling:
        return []
    sums = [
        RecordingRule(names.seldom(each.record), "\nor\n".join(_whole_sum(each, part, timing) for part in rolling))
        for each in _sums(service)
    ]
    coverage = "\nor\n".join(_whole_coverage(part, timing) for part in rolling)
    return [*sums, RecordingRule(names.seldom(names.PERIOD_COVERAGE), coverage)]


def period_rules(service: Service, timing: Timing) -> list[RecordingRule]:
    """Counts of half hours first, then what is made of them."""
    if not service.slos:
        return []
    tiles = sorted({tile(slo.period) for slo in service.slos})
    rules = [rule for length in tiles for rule in _tile_counts(service, length, timing)]
    rules += [
        *(RecordingRule(each.record, _counted(each, service, timing)) for each in _sums(service)),
        RecordingRule(names.PERIOD_COVERAGE, _coverage(service, timing)),
        _error(service, names.PERIOD_ERROR, names.PERIOD_BAD, names.PERIOD_ALL),
        RecordingRule(
            names.PERIOD_SPENT,
            f"{names.PERIOD_ERROR}{of(service)} * {names.PERIOD_COVERAGE}{of(service)}\n"
            f"/ on (service, slo) group_left ()\n{names.ERROR_BUDGET}{of(service)}",
        ),
        RecordingRule(names.PERIOD_REMAINING, f"1 - {names.PERIOD_SPENT}{of(service)}"),
    ]
    if has_exclusions(service):
        rules.append(_error(service, names.PERIOD_ERROR_GROSS, names.PERIOD_BAD_GROSS, names.PERIOD_ALL_GROSS))
    return rules


def _sums(service: Service) -> list[_Sum]:
    sums = [
        _Sum(names.PERIOD_BAD, names.bad_tile, bad_series(service)),
        _Sum(names.PERIOD_ALL, names.all_tile, all_series(service)),
    ]
    if has_exclusions(service):
        sums += [
            _Sum(names.PERIOD_BAD_GROSS, names.bad_tile_gross, names.BAD),
            _Sum(names.PERIOD_ALL_GROSS, names.all_tile_gross, names.ALL),
        ]
    return sums


def tile(period: Period) -> Duration:
    """What a period is counted in: half hours, or quarters where its zone's midnight asks for them."""
    return _QUARTER if isinstance(period, CalendarMonth) and needs_quarter_hours(period.zone) else SUM_TILE


def _tile_counts(service: Service, length: Duration, timing: Timing) -> list[RecordingRule]:
    series = [(names.bad_tile(length), bad_series(service)), (names.all_tile(length), all_series(service))]
    if has_exclusions(service):
        series += [(names.bad_tile_gross(length), names.BAD), (names.all_tile_gross(length), names.ALL)]
    # Every minute rather than every fifth: a lost scrape at the border of two tiles would take a minute of a burst with
    # it, this way it takes a fifth of that.
    reach = timing.steps(length, MINUTE)
    return [
        RecordingRule(name, f"sum_over_time({rate}{of(service)}{reach}) * {timing.seconds(MINUTE)}")
        for name, rate in series
    ]


def _error(service: Service, record: str, bad: str, every: str) -> RecordingRule:
    return RecordingRule(record, f"{bad}{of(service)}\n/\n({every}{of(service)} > 0)")


@dataclass(frozen=True, slots=True)
class _Part:
    """SLOs of one period that one query can bear, and the matchers that select them."""

    service: str
    period: Period
    matchers: str

    @property
    def tile(self) -> Duration:
        return tile(self.period)


def _parts(service: Service) -> list[_Part]:
    by_period = groupby(sorted(service.slos, key=lambda slo: (str(slo.period), slo.name)), key=lambda slo: slo.period)
    chunks = [(period, chunk) for period, slos in by_period for chunk in _chunks(slos)]
    if len(chunks) == 1:
        return [_Part(service.name, chunks[0][0], of(service))]
    return [
        _Part(service.name, period, of(service, one_of(names.SLO, tuple(slo.name for slo in slos))))
        for period, slos in chunks
    ]


def _chunks(slos: Iterable[Slo]) -> list[list[Slo]]:
    chunks: list[list[Slo]] = [[]]
    series = 0
    for slo in slos:
        width = slo.max_groups if slo.group_by else 1
        if chunks[-1] and series + width > _SERIES_PER_QUERY:
            chunks.append([])
            series = 0
        chunks[-1].append(slo)
        series += width
    return chunks


def _counted(each: _Sum, service: Service, timing: Timing) -> str:
    return "\nor\n".join(_part_counted(each, part, timing) for part in _parts(service))


def _part_counted(each: _Sum, part: _Part, timing: Timing) -> str:
    whole = _repeated(each.record, part, timing) or _whole_sum(each, part, timing)
    # Before the period's first tile is whole, its minutes are all there is.
    young = f"sum_over_time({_within(part, each.rate + part.matchers, timing)}{timing.steps(part.tile, MINUTE)})"
    return f"{whole}\nor\n{young} * {timing.seconds(MINUTE)}"


def _whole_sum(each: _Sum, part: _Part, timing: Timing) -> str:
    return f"sum_over_time({_within(part, each.tile(part.tile) + part.matchers, timing)}{_steps(part, timing)})"


def _repeated(record: str, part: _Part, timing: Timing) -> str:
    """What is evaluated seldom, where it is: its last value of a day, longer than Prometheus is down for.

    A calendar month is not, since it must not outlive its midnight.
    """
    return timing.last(record, part.matchers, within=DAY) if isinstance(part.period, RollingPeriod) else ""


def _coverage(service: Service, timing: Timing) -> str:
    return "\nor\n".join(_part_coverage(part, service, timing) for part in _parts(service))


def _part_coverage(part: _Part, service: Service, timing: Timing) -> str:
    whole = _repeated(names.PERIOD_COVERAGE, part, timing) or _whole_coverage(part, timing)
    minutes = f"{_within(part, all_series(service) + part.matchers, timing)}{timing.steps(part.tile, MINUTE)}"
    return f"{whole}\nor\ncount_over_time({minutes}) * {timing.seconds(MINUTE)} / {_length(part, timing)}"


def _whole_coverage(part: _Part, timing: Timing) -> str:
    # Not `timestamp`, which reads all of the period again at each of its steps: minutes for 30 days of history.
    times = f"(0 * {names.all_tile(part.tile)}{part.matchers} + time())"
    first = f"min_over_time({_within(part, times, timing)}{_steps(part, timing)})"
    return f"clamp_max((time() - {first} + {timing.seconds(part.tile)}) / {_length(part, timing)}, 1)"


def _length(part: _Part, timing: Timing) -> str:
    """The period's length in seconds, a scalar."""
    match part.period:
        case RollingPeriod(length):
            return timing.seconds(length)
        case CalendarMonth(zone):
            return month_length_seconds(part.service, zone, timing)


def _within(part: _Part, series: str, timing: Timing) -> str:
    """A series, for a subquery: those of its steps that belong to the period's calendar month, if it has one."""
    if isinstance(part.period, RollingPeriod):
        return series
    gate = indent(in_this_month(part.service, part.period.zone, timing), "    ")
    return f"(\n    {series}\n    and on ()\n{gate}\n  )"


def _steps(part: _Part, timing: Timing) -> str:
    """All tiles of the period; of a month, as many as the longest has."""
    if isinstance(part.period, RollingPeriod):
        return timing.steps(part.period.length, part.tile)
    return f"[{timing.text(_LONGEST_MONTH)}:{timing.text(part.tile)}]"
