"""An SLO's period told hour by hour: which hours spent the budget, and where recorded series and counters disagree.

Hours are the clock's; the one that has not ended is told as far as it is. An edge: it holds a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sretool.burn.counted import period_of
from sretool.burn.counters import counted, counters, growth
from sretool.burn.evaluate import Standing
from sretool.burn.figures import Group, NoData, PeriodFigures
from sretool.burn.recorded import Recording, read_recording
from sretool.burn.status import Asked, status
from sretool.model.duration import HOUR
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.indicators import identity
from sretool.rules.periods import tile
from sretool.rules.timing import Timing

_Events = dict[int, tuple[Decimal | None, Decimal | None]]  # Bad and all of the hour that ends then.
_UNKNOWN = (None, None)
_ZERO = Decimal(0)
_CAUSES_SHOWN = 5
_WORTH_NAMING = Decimal("0.001")  # Of the budget: less is what a late scrape makes.


@dataclass(frozen=True, slots=True)
class Hour:
    """From a Unix time on, for an hour of the rules' time: events by counters and as recorded, None where unknown."""

    start: int
    bad: Decimal | None = None
    every: Decimal | None = None
    recorded_bad: Decimal | None = None
    recorded_every: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A standing with the hours of its period, and what recorded series say of the same period."""

    standing: Standing
    hours: tuple[Hour, ...]
    hour_seconds: int
    recorded: PeriodFigures | NoData

    def spent(self, hour: Hour) -> Decimal:
        """The share of the whole period's budget that an hour took."""
        bad = hour.bad if hour.bad is not None else hour.recorded_bad
        return (bad or _ZERO) / self.allowed if self.allowed else _ZERO

    @property
    def allowed(self) -> Decimal:
        """Bad events that a whole period of the traffic seen so far may have."""
        period = self.standing.figures.period
        if isinstance(period, NoData) or not period.coverage:
            return _ZERO
        return self.standing.slo.objective.budget * period.every / period.coverage


def explain_live(server: Prometheus, asked: Asked) -> tuple[Live, ...]:
    """The hours of each group of the one SLO that is asked about, worst first. Raises NoAnswer."""
    found = status(server, asked, whole_services=())
    recording = read_recording(server, asked.services, at=asked.at)
    return tuple(_live(server, one, recording, asked) for one in found.standings)


def _live(server: Prometheus, one: Standing, recording: Recording, asked: Asked) -> Live:
    length = max(1, int(asked.timing.scaled(HOUR).seconds))
    first = period_of(one.slo, asked.at, asked.timing).start // length * length
    last = -(-int(asked.at) // length) * length
    asking = _Asking(server, one.slo, one.group, range(first + length, last + 1, length))
    by_counters, by_records = asking.counted(), asking.recorded(asked.timing)
    hours = tuple(
        Hour(end - length, *by_counters.get(end, _UNKNOWN), *by_records.get(end, _UNKNOWN)) for end in asking.ends
    )
    recorded = recording.figures(one.slo, asked.timing).get(one.group)
    return Live(one, hours, length, NoData("nothing is recorded of it") if recorded is None else recorded.period)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A server, of what it is asked, and when the hours end."""

    server: Prometheus
    slo: Slo
    group: Group
    ends: range

    def counted(self) -> _Events:
        which = counters(self.slo)
        if which is None:
            return {}
        every, part = (self._points(growth(one, seconds=self.ends.step)) for one in counted(which))
        found: _Events = {}
        for end, events in every.items():
            some = part.get(end)
            if which.reads == "bad":
                found[end] = (some or _ZERO, events)
            else:
                unknown = some is None and which.reads == "within" and bool(events)
                found[end] = (None if unknown else max(events - (some or _ZERO), _ZERO), events)
        return found

    def recorded(self, timing: Timing) -> _Events:
        """By the counts of half hours, or quarters, that periods are made of."""
        each = tile(self.slo.period)
        steps = f"[{timing.reach(HOUR)}:{timing.text(each)}]"
        bad, every = (
            self._points(f"sum_over_time({name(each)}{identity(self.slo)}{steps})")
            for name in (names.bad_tile, names.all_tile)
        )
        return {end: (bad.get(end), every.get(end)) for end in {*bad, *every}}

    def _points(self, expr: str) -> dict[int, Decimal]:
        answer = self.server.query_range(expr, start=self.ends[0], end=self.ends[-1], step=self.ends.step)
        return {
            round(at): value
            for series in answer.series
            if tuple(series.labels.get(label, "") for label in self.slo.group_by) == self.group
            for at, value in series.points
            if value.is_finite()
        }


def differences(live: Live) -> Iterable[str]:
    """Why recorded series and counters say something else of the period, the largest cause first."""
    counted_period = live.standing.figures.period
    if isinstance(counted_period, NoData) or isinstance(live.recorded, NoData) or counted_period.source != "counted":
        return
    if live.recorded.coverage < counted_period.coverage - Decimal("0.005"):
        yield (
            f"the rules have recorded {live.recorded.coverage * 100:.1f}% of the period, counters know "
            f"{counted_period.coverage * 100:.1f}%: sretool slo backfill gives rules their history"
        )
    apart = [_apart(hour) for hour in live.hours]
    for index in sorted(range(len(apart)), key=lambda index: abs(apart[index]), reverse=True)[:_CAUSES_SHOWN]:
        more = apart[index]
        if live.allowed and abs(more) / live.allowed >= _WORTH_NAMING:
            which = "more" if more > 0 else "fewer"
            cause = _cause(live.hours, index, apart)
            yield f"{hour_text(live.hours[index])}: counters have {abs(more):,.0f} bad events {which}; {cause}"


def _apart(hour: Hour) -> Decimal:
    return (hour.bad or _ZERO) - (hour.recorded_bad or _ZERO)


def _cause(hours: Sequence[Hour], index: int, apart: Sequence[Decimal]) -> str:
    hour, more = hours[index], apart[index]
    if index == len(hours) - 1:
        return "it is not over, and half hours are recorded at their end"
    if hour.recorded_every is None:
        return "nothing was recorded then: the rules did not run"
    if hour.bad is None:
        return "the counters have no data of then any more"
    around = apart[max(0, index - 1) : index + 2]
    if abs(sum(around, _ZERO)) * 2 < abs(more):
        return "recorded in the hour beside it, since rates look five minutes back"
    if more > 0:
        return "series came, went or were reset, or scrapes were lost: rates miss what a series had at its first scrape"
    return "more was recorded than its counters have: a rate is stretched to the ends of its window"


def hour_text(hour: Hour) -> str:
    return datetime.fromtimestamp(hour.start, UTC).strftime("%Y-%m-%d %H:%M UTC")


def by_spending(live: Live) -> list[tuple[Hour, Decimal]]:
    """The hours that spent anything, the costliest first."""
    spent = [(hour, live.spent(hour)) for hour in live.hours]
    return sorted((pair for pair in spent if pair[1] > 0), key=lambda pair: (-pair[1], pair[0].start))
