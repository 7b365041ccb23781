"""The picture of an incident: how fast the budget of its SLO burnt, with what happened when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sretool.charts.impact import Impact, Mark, MarkName, impact
from sretool.charts.layout import Point
from sretool.incident.postmortem import form
from sretool.incident.postmortem.times import Time

if TYPE_CHECKING:
    from sretool.incident.postmortem.impact import SloImpact

_MARKS: Final[dict[str, MarkName]] = {
    form.BEGAN: "began",
    form.DETECTED: "detected",
    form.PAGED: "paged",
    form.ACKNOWLEDGED: "acknowledged",
    form.ENDED: "ended",
    form.RESOLVED: "resolved",
}
_POINTS_MAX: Final = 400
_MARGIN: Final = 0.25  # Of the length of it all, before and after.


def plotted(one: SloImpact, times: Sequence[Time], *, title: str, prefix: str) -> str:
    """As SVG. Raises `sretool.charts.canvas.Missing` without matplotlib."""
    course = one.burnt.course
    known = [time.at.timestamp() for time in times if time.at is not None]
    first, last = min([one.began, *known]), max([one.ended or course.at(one.burnt.counted.end), *known])
    margin = max((last - first) * _MARGIN, course.step * 10)
    low, high = course.place(first - margin), course.place(last + margin)
    start, end = (_instant(course.at(place)) for place in (low, high))
    chart = Impact(
        title=title,
        start=start,
        end=end,
        points=tuple(_thinned([Point(_instant(course.at(low + n)), rate) for n, rate in _rates(one, low, high)])),
        marks=tuple(_marks(times, start, end)),
        threshold=1,
        threshold_name="spends the budget just in time",
        unit="x",
        axis=f"burn rate of {course.slo.full_name}",
    )
    return impact(chart, prefix=prefix).text


def _rates(one: SloImpact, low: int, high: int) -> Iterator[tuple[int, float | None]]:
    return enumerate(one.burnt.course.burns[low : high + 1])


def _thinned(points: Sequence[Point]) -> Iterator[Point]:
    """No more than can be seen: of several neighbours the highest, or the gap that all of them are."""
    some = -(-len(points) // _POINTS_MAX)
    for place in range(0, len(points), some):
        yield max(points[place : place + some], key=lambda point: -1.0 if point.value is None else float(point.value))


def _marks(times: Sequence[Time], start: datetime, end: datetime) -> Iterator[Mark]:
    for time in times:
        if time.at is not None and start <= time.at <= end:
            yield Mark(_MARKS[time.name], time.at)


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
