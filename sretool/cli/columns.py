"""Tables of many rows, aligned and coloured where the terminal shows it: a hundred times as fast as a rich table."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

Style = Literal["", "bold", "dim", "red", "green", "yellow", "magenta"]
_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33", "magenta": "35"}
_GAP = "  "
_INDENT = "    "
_LEAST = 28  # Characters of a last column: sentences in a narrower one are no longer read.
# Of a selector, which holds no blank: a line of PromQL may end after any of its commas that is not in quotes.
_UP_TO_A_COMMA = re.compile(r'(?:"(?:[^"\\]|\\.)*+"?|[^",])++,?|,')
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
    widths = _natural(columns, rows)
    shown = _fitting(columns, widths, width)
    heading = [Cell(column.heading, "dim") for column in columns]
    for row in (heading, *rows):
        cells = [_cell(row[index], columns[index], widths[index], colourful=colourful) for index in shown]
        yield _GAP.join(cells).rstrip()


def whole(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int | None, colourful: bool
) -> Iterable[str]:
    """The table with every column: cells are broken between words where the terminal is narrow.

    A wide last column stands below its row, and so does any where nothing else helps; a first cell that is longer than
    its column stands above it. A word is broken only where it is wider than the terminal, after its commas.
    """
    widths = _natural(columns, rows)
    if width is None or _taken(widths) <= width:
        yield from lines(columns, rows, width=None, colourful=colourful)
        return
    heading = [Cell(column.heading, "dim") for column in columns]
    widths = _shrunk([heading, *rows], widths, width)
    last, spare = _natural(columns, rows)[-1], max(0, widths[0] - len(columns[0].heading))
    over = _taken(widths) - width
    is_below = (over > spare and bool(rows)) or (last >= _LEAST and (widths[-1] < _LEAST or over > 0))
    if is_below:
        widths = _shrunk([row[:-1] for row in (heading, *rows)], _natural(columns, rows)[:-1], width)
    widths[0] = max(len(columns[0].heading), widths[0] - max(0, _taken(widths) - width))
    for row in (heading, *rows):
        first, *others = row[: len(widths)]
        if len(first.text) > widths[0] and " " not in first.text:
            yield styled(first.text, first.style) if colourful and first.style else first.text
            first = Cell("")
        yield from _broken([first, *others], columns, widths, colourful=colourful)
        if is_below:
            yield from _below(row[-1], width, colourful=colourful)


def turned(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> tuple[list[Column], list[list[Cell]]]:
    """The table on its side: a column for each row, whose first cell is its heading."""
    headings = [Column(columns[0].heading), *(Column(row[0].text, right=True) for row in rows)]
    return headings, [
        [Cell(column.heading, "dim"), *(row[place] for row in rows)] for place, column in enumerate(columns) if place
    ]


def natural_width(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> int:
    """How wide the table is where nothing has to give way."""
    return _taken(_natural(columns, rows))


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
    return [max(len(column.heading), *(len(row[i].text) for row in rows), 0) for i, column in enumerate(columns)]


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _shrunk(rows: Sequence[Sequence[Cell]], widths: Sequence[int], width: int) -> list[int]:
    """Widths of columns, of which the widest gives way first, down to its longest word."""
    found = list(widths)
    least = [max(len(word) for row in rows for word in (row[i].text.split() or [""])) for i in range(len(found))]
    while _taken(found) > width:
        wide = [i for i in range(len(found)) if found[i] > least[i]]
        if not wide:
            break
        found[max(wide, key=lambda i: found[i])] -= 1
    return found


def _broken(row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], *, colourful: bool) -> Iterable[str]:
    """A row on as many lines as its longest cell takes."""
    pieces = [_wrapped(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    for texts in zip_longest(*pieces, fillvalue=""):
        cells = [
            _cell(Cell(text, cell.style), column, width, colourful=colourful)
            for text, cell, column, width in zip(texts, row, columns, widths, strict=False)
        ]
        yield _GAP.join(cells).rstrip()


def _below(cell: Cell, width: int, *, colourful: bool) -> Iterable[str]:
    for text in _wrapped(cell.text, width - len(_INDENT)):
        if text:
            yield _INDENT + (styled(text, cell.style) if colourful and cell.style else text)


def _wrapped(text: str, width: int) -> list[str]:
    found = [""]
    for word in text.split():
        gap = " " if found[-1] else ""
        for piece in [word] if len(word) <= width else _UP_TO_A_COMMA.findall(word):
            if found[-1] and len(found[-1] + gap + piece) > width:
                found.append(piece)
            else:
                found[-1] += gap + piece
            gap = ""
    return found


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
