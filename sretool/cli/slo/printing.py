"""Prints a status: as a table, as Markdown, or as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from textwrap import wrap
from typing import Final

from sretool.burn.status import Status
from sretool.cli.columns import Cell, Column, is_colourful, lines
from sretool.cli.slo import standings

_NOTE: Final = "note: "


def print_status(status: Status, output: str) -> None:
    """On standard output; a table is as wide as the terminal, or as COLUMNS says."""
    if output == "json":
        print(json.dumps(standings.as_json(status), indent=2, ensure_ascii=False))
    elif output == "markdown":
        print("\n".join(markdown_lines(status)))
    else:
        print("\n".join(table_lines(status)))


def table_lines(status: Status) -> Iterable[str]:
    """The whole screen: SLOs, invariants, and what makes figures doubtful."""
    yield f"at {instant(status.at)}"
    for columns, rows in _tables(status):
        yield ""
        yield from lines(columns, rows, width=width(), colourful=is_colourful())
    doubts = standings.doubts(status)
    if doubts:
        yield ""
    for doubt in doubts:
        yield from wrapped(f"{_NOTE}{doubt}", width())


def width() -> int | None:
    """The terminal's, or what COLUMNS says; None where lines may be of any length."""
    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return shutil.get_terminal_size().columns if has_width else None


def wrapped(text: str, width: int | None) -> list[str]:
    """Names stay whole: whoever copies one needs all of it."""
    if width is None:
        return [text]
    return wrap(text, width, subsequent_indent=" " * len(_NOTE), break_long_words=False, break_on_hyphens=False)


def _tables(status: Status) -> Iterable[tuple[Sequence[Column], Sequence[Sequence[Cell]]]]:
    """That of the SLOs and that of the invariants, if any; nothing is worse than an invariant that is violated."""
    found: list[tuple[Sequence[Column], list[list[Cell]]]] = []
    if status.standings:
        columns, rows = standings.COLUMNS, standings.rows(status.standings, status.history)
        known = [number for number, column in enumerate(columns) if column is not standings.TREND or status.history]
        found.append(([columns[number] for number in known], [[row[number] for number in known] for row in rows]))
    if status.invariants:
        found.append((standings.INVARIANT_COLUMNS, [standings.invariant_row(one) for one in status.invariants]))
    return reversed(found) if any(one.state == "violated" for one in status.invariants) else found


def plain_lines(status: Status) -> dict[str, str]:
    """A line a name, for logs: what it is now, without what moves at every look."""
    found = {one.full_name: standings.plain_line(one) for one in status.standings}
    found |= {one.full_name: f"{one.state} {one.full_name}" for one in status.invariants}
    return found | {words: f"note: {words}" for words in standings.lasting_notes(status)}


def markdown_lines(status: Status) -> Iterable[str]:
    """GitHub's flavour, for a pull request or a job's summary."""
    yield f"SLOs at {instant(status.at)}"
    for columns, rows in _tables(status):
        yield from markdown_table([column.heading for column in columns], rows)
    doubts = standings.doubts(status)
    if doubts:
        yield ""
        yield from (f"- {doubt}" for doubt in doubts)


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    yield ""
    yield _markdown_row(headings)
    yield _markdown_row(["---"] * len(headings))
    for row in rows:
        yield _markdown_row([cell.text for cell in row])


def _markdown_row(texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"


def instant(at: float) -> str:
    """Of Unix seconds, as people read it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
