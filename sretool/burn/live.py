"""An SLO's period told hour by hour: which hours spent the budget, and where recorded series and counters disagree.

Hours are the clock's; those at both ends of the period are told as far as they are in it. An edge: it holds a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import pairwise

from sretool.burn.counted import period_of
from sretool.burn.counters import counted, counters, growth
from sretool.burn.evaluate import Standing
from sretool.burn.figures import Group, NoData, PeriodFigures
from sretool.burn.recorded import Recording, read_recording
from sretool.burn.spans import Span
from sretool.burn.status import Asked, status
from sretool.model.duration import HOUR
from sretool.model.slo import Slo
from sretool.prometheus.answers import Labels
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.indicators import identity
from sretool.rules.periods import tile
from sretool.rules.timing import Timing

_Events = dict[Span, tuple[Decimal | None, Decimal | None]]  # Bad and all.
_UNKNOWN = (None, None)
_ZERO = Decimal(0)
_CAUSES_SHOWN = 5
_WORTH_NAMING = Decimal("0.001")  # Of the budget: less is what a late scrape makes.


@dataclass(frozen=True, slots=True)
class Hour:
    """From a Unix time on, at most an hour of the rules' time: events by counters and as recorded, None if unknown."""

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
    asking = _Asking(server, one.slo, one.group, asked.timing, period_of(one.slo, asked.at, asked.timing), length)
    by_counters, by_records = asking.counted(), asking.recorded()
    hours = tuple(
        Hour(span.start, *by_counters.get(span, _UNKNOWN), *by_records.get(span, _UNKNOWN)) for span in asking.hours
    )
    recorded = recording.figures(one.slo, asked.timing).get(one.group)
    return Live(one, hours, length, NoData("nothing is recorded of it") if recorded is None else recorded.period)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A server, of what it is asked, and the period, which is told in whole hours but for its ends."""

    server: Prometheus
    slo: Slo
    group: Group
    timing: Timing
    period: Span
    length: int

    @property
    def borders(self) -> range:
        """The whole hours within the period."""
        first = -(-self.period.start // self.length) * self.length
        return range(first, self.period.end + 1, self.length)

    @property
    def hours(self) -> list[Span]:
        """In order, without a gap: the first and the last may be shorter."""
        points = sorted({self.period.start, *self.borders, self.period.end})
        return [Span(start, end) for start, end in pairwise(points)]

    def counted(self) -> _Events:
        which = counters(self.slo)
        if which is None:
            return {}
        every, part = (self._figures(partial(growth, one)) for one in counted(which))
        found: _Events = {}
        for span, events in every.items():
            some = part.get(span)
            if which.reads == "bad":
                found[span] = (some or _ZERO, events)
            else:
                unknown = some is None and which.reads == "within" and bool(events)
                found[span] = (None if unknown else max(events - (some or _ZERO), _ZERO), events)
        return found

    def recorded(self) -> _Events:
        """By the counts of half hours, or quarters, that periods are made of."""
        each = tile(self.slo.period)

        def summed(name: str, *, seconds: int, ago_ms: int = 0) -> str:
            # A millisecond less: the count at the start is of the time before it.
            steps = f"[{seconds * 1000 - 1}ms:{self.timing.text(each)}]"
            offset = f" offset {ago_ms}ms" if ago_ms else ""
            return f"sum_over_time({name}{identity(self.slo)}{steps}{offset})"

        bad, every = (self._figures(partial(summed, name(each))) for name in (names.bad_tile, names.all_tile))
        return {span: (bad.get(span), every.get(span)) for span in {*bad, *every}}

    def _figures(self, expression: Callable[..., str]) -> dict[Span, Decimal]:
        """Of whole hours in one query; of a shorter one at either end in one of its own, as of the one instant."""
        found: dict[Span, Decimal] = {}
        if len(self.borders) > 1:
            ends = self.borders[1:]
            hourly = self.server.query_range(
                expression(seconds=self.length), start=ends[0], end=ends[-1], step=self.length
            )
            for series in hourly.series:
                if self._is_ours(series.labels):
                    points = ((round(at), value) for at, value in series.points if value.is_finite())
                    found |= {Span(at - self.length, at): value for at, value in points}
        for span in {self.hours[0], self.hours[-1]} - found.keys():
            ago_ms = (self.period.end - span.end) * 1000
            answer = self.server.query(expression(seconds=span.seconds, ago_ms=ago_ms), at=self.period.end)
            for sample in answer.samples:
                if self._is_ours(sample.labels) and sample.value.is_finite():
                    found[span] = sample.value
        return found

    def _is_ours(self, labels: Labels) -> bool:
        return tuple(labels.get(label, "") for label in self.slo.group_by) == self.group


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
