"""What spent a budget: the parts, each where the one before it ended, and the whole below them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from sretool.charts.canvas import Canvas
from sretool.charts.layout import WIDTHS, Number, Scale, cut, length
from sretool.charts.palette import ColourName
from sretool.charts.svg import Size, Svg
from sretool.charts.ticks import share

_ROUNDING: Final = Decimal("1e-6")  # Whoever hands in floats cannot sum more exactly.
_ROW, _BAR, _FOOT = 36, 12, 22
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
        total = sum(Decimal(str(part.spent)) for part in self.parts)
        if abs(total - Decimal(str(self.whole))) > _ROUNDING * max(1, total):
            raise ValueError(f"the parts sum to {total}, and the whole is {self.whole}")


def spending(chart: Spending, *, prefix: str, size: Size = "wide") -> Svg:
    """Raises canvas.Missing without matplotlib."""
    width = WIDTHS[size]
    across = Scale(0.0, max(1.0, float(chart.whole)), 0, width)
    rows = len(chart.parts) + 1
    with Canvas(width, rows * _ROW + _FOOT) as canvas:
        before = 0.0
        for row, part in enumerate(chart.parts):
            _draw_bar(canvas, row, across, part, before=before, colour=_COLOURS[part.kind])
            before += float(part.spent)
        _draw_bar(canvas, rows - 1, across, Part("all of it", chart.whole), before=0.0, colour="line")
        _draw_foot(canvas, across, rows)
        return canvas.finished(prefix=prefix, title=chart.title, description=" ".join(_description(chart)))


def _draw_bar(canvas: Canvas, row: int, across: Scale, part: Part, *, before: float, colour: ColourName) -> None:
    """On a track that is the whole budget. The words above it need no room beside it, however narrow the page."""
    top = row * _ROW
    told = share(part.spent)
    after = before + float(part.spent)
    canvas.text(canvas.width, top + 14, told, colour=colour, anchor="end", bold=True)
    canvas.text(0, top + 14, cut(part.name, canvas.width - length(told) - 16))
    canvas.box(0, top + 20, width=across(1.0), height=_BAR, colour="rule", opacity=0.5)
    canvas.box(across(before), top + 20, width=max(1.0, across(after) - across(before)), height=_BAR, colour=colour)
    if across.high > 1:
        canvas.line([(across(1.0), top + 18), (across(1.0), top + 22 + _BAR)], "ink")


def _draw_foot(canvas: Canvas, across: Scale, rows: int) -> None:
    """Where the whole budget ends, with 0% and 50% where there is room for them."""
    y = rows * _ROW + 15
    words = "100% of the budget"
    room = length(words, size=11)
    right = min(canvas.width, max(room, across(1.0) + room / 2))
    canvas.text(right, y, words, colour="muted", size=11, anchor="end")
    if right - room > across(0.5) + 24:
        canvas.text(across(0.5), y, "50%", colour="muted", size=11, anchor="middle")
    if right - room > 24:
        canvas.text(0, y, "0%", colour="muted", size=11)


def _description(chart: Spending) -> Iterable[str]:
    yield f"{share(chart.whole)} of the budget was spent."
    for part in chart.parts:
        yield f"{part.name}: {share(part.spent)}."
