"""Prints a status: as a table, as Markdown, or as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sretool.burn.status import Status
from sretool.cli.columns import Cell, Column, is_colourful, lines
from sretool.cli.slo import standings

_INVARIANT_COLUMNS = (Column(""), Column("invariant"), Column(""))


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
    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    width = shutil.get_terminal_size().columns if has_width else None
    colourful = is_colourful()
    yield f"at {_instant(status)}"
    if status.standings:
        rows = standings.rows(status.standings, status.history)
        yield from lines(standings.COLUMNS, rows, width=width, colourful=colourful)
    if status.invariants:
        yield ""
        rows = [standings.invariant_row(one) for one in status.invariants]
        yield from lines(_INVARIANT_COLUMNS, rows, width=width, colourful=colourful)
    doubts = standings.doubts(status)
    if doubts:
        yield ""
        yield from (f"note: {doubt}" for doubt in doubts)


def plain_lines(status: Status) -> dict[str, str]:
    """A line a name, for logs: what it is now, without what moves at every look."""
    found = {
        standings.name(one): f"{one.verdict} {standings.name(one)} {standings.firing_words(one)}".rstrip()
        for one in status.standings
    }
    found |= {one.full_name: f"{one.state} {one.full_name}" for one in status.invariants}
    return found | {doubt: f"note: {doubt}" for doubt in status.notes}


def markdown_lines(status: Status) -> Iterable[str]:
    """GitHub's flavour, for a pull request or a job's summary."""
    yield f"SLOs at {_instant(status)}"
    if status.standings:
        rows = standings.rows(status.standings, status.history)
        yield from _markdown_table([column.heading for column in standings.COLUMNS], rows)
    if status.invariants:
        rows = [standings.invariant_row(one) for one in status.invariants]
        yield from _markdown_table(["", "invariant", ""], rows)
    doubts = standings.doubts(status)
    if doubts:
        yield ""
        yield from (f"- {doubt}" for doubt in doubts)


def _markdown_table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    yield ""
    yield _markdown_row(headings)
    yield _markdown_row(["---"] * len(headings))
    for row in rows:
        yield _markdown_row([cell.text for cell in row])


def _markdown_row(texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"


def _instant(status: Status) -> str:
    return datetime.fromtimestamp(status.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
