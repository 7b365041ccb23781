"""When people were paged: a square an hour of the week, the darker the more pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sretool.charts.canvas import Canvas
from sretool.charts.layout import WIDTHS
from sretool.charts.palette import ColourName
from sretool.charts.svg import Size, Svg

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS: Final = 24
_SIDE, _HEAD, _GAP = 34, 20, 2
_ROW: Final[dict[Size, int]] = {"wide": 26, "narrow": 20}
_FAINT, _STRONG = 0.06, 0.92  # Of no page, and of the most.


@dataclass(frozen=True, slots=True)
class PagesByHour:
    """How many pages there were by weekday, Monday first, and hour, 0 to 23, in a zone; None where it is not known."""

    title: str
    counts: tuple[tuple[int | None, ...], ...]
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if [len(row) for row in self.counts] != [_HOURS] * len(_DAYS):
            raise ValueError(f"a week has 7 days of 24 hours, not {[len(row) for row in self.counts]}")


def pages_by_hour(chart: PagesByHour, *, prefix: str, size: Size = "wide") -> Svg:
    """Days below each other where there is room for a day's hours, else beside each other.

    Raises canvas.Missing without matplotlib.
    """
    width = WIDTHS[size]
    across, down = (_HOURS, len(_DAYS)) if size == "wide" else (len(_DAYS), _HOURS)
    cell_width, cell_height = (width - _SIDE) / across, _ROW[size]
    most = max((count for row in chart.counts for count in row if count), default=0)
    with Canvas(width, _HEAD + down * cell_height + 4) as canvas:
        for day, row in enumerate(chart.counts):
            for hour, count in enumerate(row):
                column, below = (hour, day) if size == "wide" else (day, hour)
                x, y = round(_SIDE + column * cell_width, 2), float(_HEAD + below * cell_height)
                _draw_cell(canvas, x, y, (cell_width - _GAP, cell_height - _GAP), count, most=most)
        for number, words in enumerate(_DAYS if size == "narrow" else _hours()):
            x = round(_SIDE + (number + 0.5) * cell_width - _GAP / 2, 2)
            canvas.text(x, _HEAD - 7, words, colour="muted", size=11, anchor="middle")
        for number, words in enumerate(_DAYS if size == "wide" else _hours()):
            y = _HEAD + (number + 0.5) * cell_height + 3
            canvas.text(_SIDE - 6, y, words, colour="muted", size=11, anchor="end")
        return canvas.finished(prefix=prefix, title=chart.title, description=" ".join(_description(chart)))


def _hours() -> list[str]:
    """Every third is enough to count by."""
    return [f"{hour:02d}" if hour % 3 == 0 else "" for hour in range(_HOURS)]


def _draw_cell(canvas: Canvas, x: float, y: float, box: tuple[float, float], count: int | None, *, most: int) -> None:
    width, height = box
    middle, base = round(x + width / 2, 2), y + height / 2 + 4
    if count is None:
        canvas.text(middle, base, "?", colour="muted", size=11, anchor="middle")
        return
    opacity = _FAINT if not count else round(0.25 + (_STRONG - 0.25) * count / most, 3)
    canvas.box(x, y, width=width, height=height, colour="line" if count else "muted", opacity=opacity)
    if count:
        colour: ColourName = "paper" if opacity > 0.8 else "ink"  # Whichever has the greater contrast.
        canvas.text(middle, base, str(count), colour=colour, size=11, anchor="middle", bold=True)


def _description(chart: PagesByHour) -> Iterable[str]:
    counted = [(day, hour, count) for day, row in enumerate(chart.counts) for hour, count in enumerate(row)]
    total = sum(count or 0 for *_, count in counted)
    yield f"{total} pages by weekday and hour, in {chart.zone}."
    busiest = sorted((one for one in counted if one[2]), key=lambda one: (-(one[2] or 0), one[0], one[1]))[:3]
    if busiest:
        told = ", ".join(f"{_DAYS[day]} {hour:02d}:00 ({count})" for day, hour, count in busiest)
        yield f"Most on {told}."
    unknown = sum(count is None for *_, count in counted)
    if unknown:
        yield f"Of {unknown} hours nothing is known."
