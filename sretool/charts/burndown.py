"""How budgets went: what was left of each over a stretch of time, a small picture an SLO, all on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sretool.charts.canvas import Canvas
from sretool.charts.layout import (
    SIZE,
    WIDTHS,
    Number,
    Point,
    Scale,
    cut,
    gaps,
    length,
    stretches,
    thinned,
    time_scale,
    within,
)
from sretool.charts.palette import ColourName
from sretool.charts.svg import Size, Svg
from sretool.charts.ticks import day, instants, minute, percent, share

_COLUMNS: Final[dict[Size, int]] = {"wide": 2, "narrow": 1}
_BELOW: Final = -0.2  # Room for the words below the line at 0.
_FLOOR: Final = -0.5  # What is overspent by more stands at the bottom; its number is told.
_LEFT, _GAP, _PLOT, _HEAD, _FOOT, _ROW_GAP = 38, 26, 84, 22, 20, 14


@dataclass(frozen=True, slots=True)
class Line:
    """The ratio of its budget that an SLO had left, at instants within the chart's stretch.

    `told` is what is left at the end as it is told elsewhere, where that is counted and the line is recorded.
    """

    name: str
    points: tuple[Point, ...]
    told: Number | None = None

    @property
    def last(self) -> Point | None:
        """The last that is known."""
        known = [point for point in self.points if point.value is not None]
        return max(known, key=lambda point: point.at, default=None)

    @property
    def left(self) -> Number | None:
        """At the end, for whoever reads it."""
        if self.told is not None:
            return self.told
        return None if self.last is None else self.last.value


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A dozen lines is what people read. `freeze_below` is the policy's, a ratio of the budget."""

    title: str
    start: datetime
    end: datetime
    lines: tuple[Line, ...]
    freeze_below: Number = 0

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a chart of budgets needs an SLO")


def burn_down(chart: BurnDown, *, prefix: str, size: Size = "wide") -> Svg:
    """Raises canvas.Missing without matplotlib."""
    chart = replace(
        chart, lines=tuple(replace(line, points=within(line.points, chart.start, chart.end)) for line in chart.lines)
    )
    columns = min(_COLUMNS[size], len(chart.lines))
    rows = -(-len(chart.lines) // columns)
    width = WIDTHS[size]
    panel_width = (width - _LEFT - _GAP * (columns - 1) - 8) / columns
    named = _named(chart)
    with Canvas(width, rows * (_HEAD + _PLOT + _ROW_GAP) + _FOOT) as canvas:
        for number, line in enumerate(chart.lines):
            left = _LEFT + number % columns * (panel_width + _GAP)
            panel = _Panel(left, left + panel_width, _HEAD + number // columns * (_HEAD + _PLOT + _ROW_GAP))
            _draw_frame(canvas, chart, panel, is_named=number == named, has_numbers=number % columns == 0)
            _draw_line(canvas, chart, panel, line)
            if number + columns >= len(chart.lines):
                _draw_instants(canvas, chart, panel)
        return canvas.finished(prefix=prefix, title=chart.title, description=" ".join(_description(chart)))


def _named(chart: BurnDown) -> int:
    """Where the threshold is told: once, and where no line goes through the words, if there is such a place."""
    free = (
        number
        for number, line in enumerate(chart.lines)
        if all(point.value is None or point.value >= chart.freeze_below for point in line.points)
    )
    return next(free, 0)


@dataclass(frozen=True, slots=True)
class _Panel:
    left: float
    right: float
    top: float

    @property
    def bottom(self) -> float:
        return self.top + _PLOT


def _draw_frame(canvas: Canvas, chart: BurnDown, panel: _Panel, *, is_named: bool, has_numbers: bool) -> None:
    left_of = _budget_scale(chart, panel)
    for ratio in (0.0, 0.5, 1.0):
        canvas.line([(panel.left, left_of(ratio)), (panel.right, left_of(ratio))], "rule")
        if has_numbers:
            canvas.text(panel.left - 6, left_of(ratio) + 4, percent(ratio), colour="muted", size=11, anchor="end")
    threshold = left_of(chart.freeze_below)
    canvas.box(
        panel.left,
        threshold,
        width=panel.right - panel.left,
        height=panel.bottom - threshold,
        colour="wrong",
        opacity=0.08,
    )
    canvas.line([(panel.left, threshold), (panel.right, threshold)], "wrong", dashed=True)
    if is_named:
        canvas.text(
            panel.left + 4, threshold + SIZE, f"freeze below {percent(chart.freeze_below)}", colour="wrong", size=11
        )


def _draw_line(canvas: Canvas, chart: BurnDown, panel: _Panel, line: Line) -> None:
    across = time_scale(chart.start, chart.end, left=panel.left, right=panel.right)
    left_of = _budget_scale(chart, panel)
    for stretch in stretches(line.points):
        places = thinned((across(point.at.timestamp()), left_of(point.value or 0)) for point in stretch)
        if len(places) > 1:
            canvas.area([(places[0][0], left_of(0)), *places, (places[-1][0], left_of(0))], "line", opacity=0.1)
        canvas.line(places, "line", width=1.8)
    last = line.last
    told = "no data" if line.left is None else f"{share(line.left)} left"
    is_wrong = line.left is None or line.left < chart.freeze_below
    colour: ColourName = "wrong" if is_wrong else "line"
    if last is not None:
        canvas.dot(across(last.at.timestamp()), left_of(last.value or 0), colour, radius=3)
    canvas.text(panel.right, panel.top - 8, told, colour=colour, anchor="end", bold=True)
    room = panel.right - panel.left - length(told) - 14
    canvas.text(panel.left, panel.top - 8, cut(line.name, room))


def _draw_instants(canvas: Canvas, chart: BurnDown, panel: _Panel) -> None:
    across = time_scale(chart.start, chart.end, left=panel.left, right=panel.right)
    for at, called in instants(chart.start, chart.end, most=6):
        x = across(at.timestamp())
        canvas.line([(x, panel.bottom), (x, panel.bottom + 4)], "rule")
        if x + length(called, size=11) / 2 <= panel.right + 8:
            canvas.text(x, panel.bottom + 5 + SIZE, called, colour="muted", size=11, anchor="middle")


def _budget_scale(chart: BurnDown, panel: _Panel) -> Scale:
    """The same for all panels: a little below 0 where nothing is overspent."""
    values = [float(point.value) for line in chart.lines for point in line.points if point.value is not None]
    return Scale(max(_FLOOR, min([_BELOW, *values])), 1.0, panel.bottom, panel.top)


def _description(chart: BurnDown) -> Iterable[str]:
    yield (
        f"The budget that was left from {minute(chart.start)} to {minute(chart.end)} UTC; "
        f"below {percent(chart.freeze_below)} the policy demands a freeze."
    )
    for line in chart.lines:
        known = [point for point in line.points if point.value is not None]
        if line.last is None or line.left is None:
            yield f"{line.name}: no data."
            continue
        least = min(known, key=lambda point: (point.value or 0, point.at))
        yield (
            f"{line.name}: {share(line.left)} left at the end, at least {share(least.value or 0)} "
            f"(on {day(least.at)}){_told_gaps(line.points)}."
        )


def _told_gaps(points: Sequence[Point]) -> str:
    found = gaps(points)
    told = ", ".join(minute(first) if first == last else f"{minute(first)} to {minute(last)}" for first, last in found)
    return f"; no data {told}" if found else ""
