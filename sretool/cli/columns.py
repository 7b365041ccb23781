"""Tables of many rows, aligned and coloured where the terminal shows it: a hundred times as fast as a rich table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Style = Literal["", "bold", "dim", "red", "green", "yellow", "magenta"]
_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33", "magenta": "35"}
_GAP = "  "
ALWAYS = 9  # The need of a column that is never left out.


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of one line and how it looks."""

    text: str
    style: Style = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and on which side its cells are aligned. The least `need` goes first where the terminal is narrow."""

    heading: str
    right: bool = False
    need: int = ALWAYS


def is_colourful() -> bool:
    """Whether standard output shows colour: a terminal, and nobody has set NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def lines(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int | None, colourful: bool
) -> Iterable[str]:
    """The table, heading first. With a width, columns that are needed least are left out until it fits."""
    widths = [
        max(len(column.heading), *(len(row[index].text) for row in rows)) if rows else len(column.heading)
        for index, column in enumerate(columns)
    ]
    shown = _fitting(columns, widths, width)
    heading = [Cell(column.heading, "dim") for column in columns]
    for row in (heading, *rows):
        cells = [_cell(row[index], columns[index], widths[index], colourful=colourful) for index in shown]
        yield _GAP.join(cells).rstrip()


def _fitting(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    """The most needed first; a column that is too wide gives way to lesser ones that fit."""
    shown: list[int] = []
    for index in sorted(range(len(columns)), key=lambda index: (-columns[index].need, index)):
        taken = sum(widths[i] + len(_GAP) for i in shown) + widths[index]
        if width is None or columns[index].need >= ALWAYS or taken <= width:
            shown.append(index)
    return sorted(shown)


def _cell(cell: Cell, column: Column, width: int, *, colourful: bool) -> str:
    text = cell.text.rjust(width) if column.right else cell.text.ljust(width)
    return styled(text, cell.style) if colourful and cell.style else text


def styled(text: str, style: Style) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"
