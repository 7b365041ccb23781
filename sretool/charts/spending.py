"""What spent a budget: the parts, each where the one before it ended, and the whole below them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sretool.charts.canvas import Canvas
from sretool.charts.layout import WIDTHS, Number, Scale, cut, length
from sretool.charts.palette import ColourName
from sretool.charts.svg import Size, Svg
from sretool.charts.ticks import percent

_ROW, _BAR, _FOOT, _SIDE = 36, 12, 22, 8
_COLOURS: Final[dict[str, ColourName]] = {"incident": "wrong", "unattributed": "muted"}


@dataclass(frozen=True, slots=True)
class Part:
    """`spent` is a ratio of the budget, 0 or more."""

    name: str
    spent: Number
    kind: Literal["incident", "unattributed"] = "incident"

    def __post_init__(self) -> None:
        if self.spent < 0:
            raise ValueError(f"a part cannot have spent {self.spent} of a budget")


@dataclass(frozen=True, slots=True)
class Spending:
    """The parts in the order in which they are shown; `whole` is what they sum to, as it is told elsewhere."""

    title: str
    parts: tuple[Part, ...]
    whole: Number

    def __post_init__(self) -> None:
        total = sum(float(part.spent) for part in self.parts)
        if abs(total - float(self.whole)) > 1e-6 * max(1.0, abs(float(self.whole))):
            raise ValueError(f"the parts sum to {total}, and the whole is {self.whole}")


def spending(chart: Spending, *, prefix: str, size: Size = "wide") -> Svg:
    """Raises canvas.Missing without matplotlib."""
    width = WIDTHS[size]
    across = Scale(0.0, max(1.0, float(chart.whole)), _SIDE, width - _SIDE)
    rows = len(chart.parts) + 1
    with Canvas(width, rows * _ROW + _FOOT) as canvas:
        for ratio in (0.0, 0.5, 1.0):
            canvas.line([(across(ratio), 4), (across(ratio), rows * _ROW)], "rule")
        before = 0.0
        for row, part in enumerate(chart.parts):
            after = before + float(part.spent)
            _draw_bar(canvas, row, across(before), across(after), part, colour=_COLOURS[part.kind])
            before = after
        whole = Part("all of it", chart.whole)
        _draw_bar(canvas, rows - 1, across(0), across(chart.whole), whole, colour="line")
        _draw_foot(canvas, across, rows)
        return canvas.finished(prefix=prefix, title=chart.title, description=" ".join(_description(chart)))


def _draw_bar(canvas: Canvas, row: int, first: float, last: float, part: Part, *, colour: ColourName) -> None:
    """The words above the bar: they need no room beside it, however narrow the page."""
    top = row * _ROW
    told = percent(part.spent)
    canvas.text(canvas.width - _SIDE, top + 14, told, colour=colour, anchor="end", bold=True)
    canvas.text(_SIDE, top + 14, cut(part.name, canvas.width - 2 * _SIDE - length(told) - 16))
    canvas.box(first, top + 19, width=max(1.0, last - first), height=_BAR, colour=colour)


def _draw_foot(canvas: Canvas, across: Scale, rows: int) -> None:
    y = rows * _ROW + 15
    canvas.text(across(0), y, "0%", colour="muted", size=11)
    is_whole = across(1.0) > canvas.width - _SIDE - 1
    words = "100% of the budget"
    anchor: Literal["end", "middle"] = "end" if is_whole else "middle"
    canvas.text(across(1.0), y, words, colour="muted", size=11, anchor=anchor)
    if across(1.0) - across(0.5) > length(words, size=11) + 24:
        canvas.text(across(0.5), y, "50%", colour="muted", size=11, anchor="middle")


def _description(chart: Spending) -> Iterable[str]:
    yield f"{percent(chart.whole)} of the budget was spent."
    for part in chart.parts:
        yield f"{part.name}: {percent(part.spent)}."
