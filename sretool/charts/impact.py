"""What an incident did: a ratio, or a burn rate, around it, with what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sretool.charts.canvas import Canvas
from sretool.charts.layout import (
    SIZE,
    WIDTHS,
    Number,
    Point,
    Scale,
    gaps,
    labels,
    length,
    stretches,
    thinned,
    time_scale,
    within,
)
from sretool.charts.svg import Size, Svg
from sretool.charts.ticks import figure, instants, minute, numbers, percent

MarkName = Literal["began", "detected", "paged", "acknowledged", "resolved", "ended"]
MARKS: Final[tuple[MarkName, ...]] = ("began", "detected", "paged", "acknowledged", "resolved", "ended")
_PLOT, _ROW, _FOOT, _HEAD, _RIGHT = 190, 17, 24, 22, 12


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened. One that is outside of the stretch is told in the description, and not drawn."""

    name: MarkName
    at: datetime


@dataclass(frozen=True, slots=True)
class Impact:
    """`points` are error ratios, or burn rates where the unit is `x`; `axis` says which, and `threshold_name` what a
    value above the threshold, of the same unit, means.
    """

    title: str
    start: datetime
    end: datetime
    points: tuple[Point, ...]
    marks: tuple[Mark, ...] = ()
    threshold: Number | None = None
    threshold_name: str = "threshold"
    unit: Literal["ratio", "x"] = "ratio"
    axis: str = "error ratio"


def impact(chart: Impact, *, prefix: str, size: Size = "wide") -> Svg:
    """Raises canvas.Missing without matplotlib."""
    chart = replace(chart, points=within(chart.points, chart.start, chart.end))
    width = WIDTHS[size]
    high = numbers(_highest(chart), most=4)
    left = max(length(_told(chart, number), size=11) for number in high) + 10
    across = time_scale(chart.start, chart.end, left=left, right=width - _RIGHT)
    marks = [mark for mark in _in_order(chart) if chart.start <= mark.at <= chart.end]
    placed = labels([(across(mark.at.timestamp()), _label(chart, mark)) for mark in marks], right=width)
    top = _HEAD + _ROW * (1 + max((label.row for label in placed), default=-1))
    up = Scale(0.0, high[-1], top + _PLOT, top)
    with Canvas(width, top + _PLOT + _FOOT) as canvas:
        canvas.text(0, 12, chart.axis, colour="muted", size=11)
        _draw_axes(canvas, chart, across, up, high)
        _draw_span(canvas, marks, across, up)
        for label in placed:
            y = top - 5 - _ROW * label.row
            canvas.line([(label.x, y - 10), (label.x, up(0))], "muted")
            canvas.text(
                label.x + (-5 if label.is_left else 5), y, label.text, anchor="end" if label.is_left else "start"
            )
        _draw_points(canvas, chart, across, up)
        _draw_threshold(canvas, chart, across, up)
        return canvas.finished(prefix=prefix, title=chart.title, description=" ".join(_description(chart)))


def _highest(chart: Impact) -> float:
    values = [float(point.value) for point in chart.points if point.value is not None]
    return max([*values, float(chart.threshold or 0) * 1.2]) or 1.0


def _told(chart: Impact, number: Number) -> str:
    return percent(number) if chart.unit == "ratio" else f"{figure(number)}x"


def _in_order(chart: Impact) -> list[Mark]:
    return sorted(chart.marks, key=lambda mark: (mark.at, MARKS.index(mark.name)))


def _label(chart: Impact, mark: Mark) -> str:
    """With the day where there are several, and seconds where minutes are long."""
    stretch = chart.end - chart.start
    if stretch > timedelta(days=1):
        return f"{mark.name} {minute(mark.at)}"
    at = mark.at.astimezone(UTC)
    return f"{mark.name} {at:%H:%M:%S}" if stretch <= timedelta(minutes=20) else f"{mark.name} {at:%H:%M}"


def _draw_axes(canvas: Canvas, chart: Impact, across: Scale, up: Scale, high: list[float]) -> None:
    for number in high:
        canvas.line([(across.first, up(number)), (across.last, up(number))], "rule")
        canvas.text(across.first - 6, up(number) + 4, _told(chart, number), colour="muted", size=11, anchor="end")
    for at, called in instants(chart.start, chart.end, most=9 if canvas.width > 400 else 5):
        x = across(at.timestamp())
        canvas.line([(x, up(0)), (x, up(0) + 4)], "rule")
        half = length(called, size=11) / 2
        canvas.text(min(x, canvas.width - half), up(0) + 5 + SIZE, called, colour="muted", size=11, anchor="middle")


def _draw_span(canvas: Canvas, marks: list[Mark], across: Scale, up: Scale) -> None:
    """From where it began to where it ended, where both are known."""
    at = {mark.name: across(mark.at.timestamp()) for mark in marks}
    if "began" in at and "ended" in at:
        width = at["ended"] - at["began"]
        canvas.box(at["began"], up.last, width=width, height=up.first - up.last, colour="wrong", opacity=0.08)


def _draw_points(canvas: Canvas, chart: Impact, across: Scale, up: Scale) -> None:
    for stretch in stretches(chart.points):
        places = thinned((across(point.at.timestamp()), up(point.value or 0)) for point in stretch)
        if len(places) > 1:
            canvas.area([(places[0][0], up(0)), *places, (places[-1][0], up(0))], "line", opacity=0.12)
        canvas.line(places, "line", width=1.8)


def _draw_threshold(canvas: Canvas, chart: Impact, across: Scale, up: Scale) -> None:
    if chart.threshold is None:
        return
    y = up(chart.threshold)
    canvas.line([(across.first, y), (across.last, y)], "wrong", dashed=True)
    words = f"{chart.threshold_name} {_told(chart, chart.threshold)}"
    marked = [across(mark.at.timestamp()) for mark in chart.marks]
    room = length(words, size=11)
    at_the_end = [x for x in marked if x > across.last - room]
    if at_the_end and not [x for x in marked if x < across.first + room]:
        canvas.text(across.first + 4, y - 5, words, colour="wrong", size=11)
    else:
        canvas.text(across.last, y - 5, words, colour="wrong", size=11, anchor="end")


def _description(chart: Impact) -> Iterable[str]:
    known = [point for point in chart.points if point.value is not None]
    stretch = f"from {minute(chart.start)} to {minute(chart.end)} UTC"
    if known:
        most = max(known, key=lambda point: (point.value or 0, -point.at.timestamp()))
        yield f"The {chart.axis} {stretch}; at most {_told(chart, most.value or 0)}, at {minute(most.at)}."
    else:
        yield f"The {chart.axis} {stretch}: no data."
    if chart.threshold is not None:
        yield f"{chart.threshold_name.capitalize()}: {_told(chart, chart.threshold)}."
    for mark in _in_order(chart):
        yield f"{mark.name.capitalize()} {minute(mark.at)}."
    for first, last in gaps(chart.points) if known else ():
        yield f"No data {minute(first)} to {minute(last)}."
