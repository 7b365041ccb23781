"""The stretch around an incident in which an SLO burnt, by its own series. An edge: it asks a server.

What burns, and what of the time that is counted was the time when it happened, `sretool.burn.backtest.losses` says: it
is the same for an incident as for a backtest. Of quiet less than five minutes ends nothing. But what burnt next to
nothing before the incident, and stopped, is no part of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.expressions import expressions
from sretool.burn.backtest.firing import Stretch, stretches
from sretool.burn.backtest.history import Recorded
from sretool.burn.backtest.losses import burning, happened
from sretool.burn.figures import Group
from sretool.burn.status import SourceChoice
from sretool.model.duration import DAY, HOUR, Duration
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.indicators import identity
from sretool.rules.timing import FAST, TILE, Timing

# What began long before anybody saw it is looked for further back, in steps.
_LOOK_BACK: Final = (HOUR * 6, DAY, DAY * 3)
_AFTER: Final = HOUR  # An alert of a long window may fire when the burn is over; a resolution may be early, or late.
_LONGEST: Final = DAY * 35  # An incident that nobody resolved is looked at for so long.
_STEPS_MAX: Final = 10_000  # Of one question; Prometheus allows 11,000.
_JOINED_PLACES: Final = int(TILE.seconds / FAST.seconds) - 1
_LEAST_OF_WORST: Final = 0.1  # With little traffic each error burns for as long as a window looks back.


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that anybody can ask again: at one instant, where `step_seconds` is None, else at every step."""

    expr: str
    start: float
    end: float
    step_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How one group of an SLO went: bad and all events a second from `start` on, every `step` seconds."""

    slo: Slo
    group: Group
    start: float
    step: float
    recorded: Recorded
    asked: tuple[Asked, ...]

    def at(self, place: float) -> float:
        """The Unix time of a place."""
        return self.start + place * self.step

    def place(self, at: float) -> int:
        """The last place that is not after a Unix time."""
        return min(max(0, math.floor((at - self.start) / self.step)), len(self.recorded.all) - 1)

    @property
    def is_known(self) -> bool:
        return bool(np.isfinite(self.recorded.all).any())

    @property
    def burns(self) -> list[float | None]:
        """Burn rates, None where nothing is known."""
        budget = float(self.slo.objective.budget)
        ratios = np.divide(
            self.recorded.bad,
            self.recorded.all,
            out=np.full(len(self.recorded.all), np.nan),
            where=self.recorded.all > 0,
        )
        return [float(ratio) / budget if math.isfinite(ratio) else None for ratio in ratios]

    def events(self, found: Stretch) -> tuple[float, float]:
        """Bad and all events of a stretch, by these rates."""
        within = slice(found.first, found.end)
        bad, every = (float(np.nansum(side[within])) * self.step for side in (self.recorded.bad, self.recorded.all))
        return bad, every


@dataclass(frozen=True, slots=True)
class Burnt:
    """`counted` is where it burnt in the series, `happened` when that was; `pauses` how often it stopped in between.

    `lesser` is how many burns just before are no part of it, since they took next to nothing. `is_over`: it has stopped
    before the series end. `is_whole`: it began within them.
    """

    course: Course
    counted: Stretch
    happened: Stretch
    pauses: int
    lesser: int
    is_over: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Around:
    """When an incident was seen and when it was over, or now, in Unix seconds; `now` has no series after it.

    `source` is what figures are taken from, as in a status; with `recorded` nothing is counted.
    """

    seen: float
    over: float
    now: float
    timing: Timing
    source: SourceChoice = "auto"

    def seconds(self, length: Duration) -> float:
        return float(self.timing.scaled(length).seconds)


def courses(server: Prometheus, slo: Slo, around: Around, *, look_back: Duration) -> tuple[Course, ...]:
    """How an SLO went, by group: as recorded, or, where no rules are, by their expressions. Raises NoAnswer."""
    start = around.seen - around.seconds(look_back)
    end = min(around.now, around.over + around.seconds(_AFTER), around.seen + around.seconds(_LONGEST))
    step = around.seconds(FAST)
    start = start // step * step
    own = expressions(slo, around.timing)
    for bad, every in ((names.BAD + identity(slo), names.ALL + identity(slo)), (own.bad, own.all)):
        asked = tuple(Asked(expr, start, end, step) for expr in (bad, every))
        sides = [_series(server, one, slo) for one in asked]
        if sides[1]:
            nothing = np.full(_length(asked[0]), np.nan)
            return tuple(
                Course(slo, group, start, step, Recorded(sides[0].get(group, nothing), values), asked)
                for group, values in sorted(sides[1].items())
            )
    return ()


def burnt(server: Prometheus, slo: Slo, around: Around) -> tuple[tuple[Course, ...], tuple[Burnt, ...]]:
    """The groups of an SLO, and where those that burnt around an incident did so. Raises NoAnswer."""
    found: tuple[Course, ...] = ()
    parts: tuple[Burnt, ...] = ()
    for look_back in _LOOK_BACK:
        found = courses(server, slo, around, look_back=look_back)
        parts = tuple(part for course in found if (part := _burnt(course, around)) is not None)
        if all(part.is_whole for part in parts):
            break
    return found, parts


def _burnt(course: Course, around: Around) -> Burnt | None:
    """From the first stretch that touches the incident to the last, without the lesser burns that come first."""
    first = course.place(around.seen - around.seconds(_AFTER))
    last = course.place(around.over)
    found = stretches(burning(course.slo, course.recorded), joined_over=_JOINED_PLACES)
    touching = [one for one in found if one.end > first and one.first <= last]
    if not touching:
        return None
    whole = Stretch(touching[0].first, touching[-1].end)
    runs = _runs(course, whole)
    lesser = _lesser(course, runs, seen=course.place(around.seen))
    counted = Stretch(runs[lesser].first, whole.end)
    is_over = counted.end < len(course.recorded.all)
    return Burnt(
        course,
        counted,
        happened(counted) if is_over else counted,
        pauses=sum(one.end > counted.first for one in touching) - 1,
        lesser=lesser,
        is_over=is_over,
        is_whole=counted.first > 0,
    )


def _runs(course: Course, whole: Stretch) -> list[Stretch]:
    """The parts of a stretch between which it is known not to have burnt, however shortly."""
    within = slice(whole.first, whole.end)
    burns = burning(course.slo, course.recorded)[within]
    for place in np.flatnonzero(~np.isfinite(course.recorded.all[within])):
        burns[place] = burns[place - 1]  # Of what was not seen nobody knows that it stopped.
    found = stretches(burns, joined_over=0)
    return [Stretch(one.first + whole.first, one.end + whole.first) for one in found]


def _lesser(course: Course, runs: Sequence[Stretch], *, seen: int) -> int:
    """How many of the first runs have far fewer bad events than the worst; never the last that had begun when seen."""
    bad = [course.events(one)[0] for one in runs]
    large = next(number for number, events in enumerate(bad) if events >= max(bad) * _LEAST_OF_WORST)
    begun = sum(one.first <= seen for one in runs)
    return min(large, max(0, begun - 1))


def _series(server: Prometheus, asked: Asked, slo: Slo) -> Mapping[Group, Floats]:
    assert asked.step_seconds is not None, "a range is asked for"
    found: dict[Group, Floats] = {}
    length = _length(asked)
    for first in range(0, length, _STEPS_MAX):
        start, end = (
            asked.start + place * asked.step_seconds for place in (first, min(first + _STEPS_MAX, length) - 1)
        )
        for series in server.query_range(asked.expr, start=start, end=end, step=asked.step_seconds).series:
            group = tuple(series.labels.get(label, "") for label in slo.group_by)
            values = found.setdefault(group, np.full(length, np.nan))
            for at, value in series.points:
                values[round((at - asked.start) / asked.step_seconds)] = float(value)
    return found


def _length(asked: Asked) -> int:
    assert asked.step_seconds is not None, "a range is asked for"
    return math.floor((asked.end - asked.start) / asked.step_seconds + 1e-6) + 1
