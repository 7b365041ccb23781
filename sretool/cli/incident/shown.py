"""One incident as a page for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date, datetime
from textwrap import wrap
from typing import Final, NamedTuple

from sretool.cli.columns import Style, is_colourful, styled
from sretool.cli.incident.listed import as_json
from sretool.incident.codec import encode
from sretool.incident.history import Incident
from sretool.incident.wording import about, author, happened, legible, span

_NAME_WIDTH: Final = 11
_TEXT_WIDTH_MIN: Final = 30


def shown(incident: Incident, output: str, *, now: datetime) -> str:
    if output == "json":
        return whole_json(incident)
    if output == "markdown":
        return "\n".join(_markdown(incident, now))
    return "\n".join(page(incident, now))


def whole_json(incident: Incident) -> str:
    """What a list has of it, and its events as they stand in the ledger."""
    whole = as_json(incident) | {"events": [encode(event) for event in incident.events]}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _width() -> int | None:
    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return shutil.get_terminal_size().columns if has_width else None


def page(incident: Incident, now: datetime, *, with_timeline: bool = True) -> Iterator[str]:
    """For the width of the terminal, or of COLUMNS."""
    width = _width()
    yield f"{_bold(incident.incident_id)}  {_bold(legible(incident.title))}"
    for name, words in about(incident, now):
        yield from _hung(f"  {name:<{_NAME_WIDTH}} ", words, width)
    if with_timeline:
        yield ""
        yield from _timeline_lines(incident, width)


def _timeline_lines(incident: Incident, width: int | None) -> Iterator[str]:
    day: date | None = None
    rows = list(_timeline(incident))
    offset_width, actor_width = max(len(row.offset) for row in rows), max(len(row.actor) for row in rows)
    for row in rows:
        if row.day != day:
            day = row.day
            yield f"  {day:%Y-%m-%d}, UTC"
        yield from _hung(f"  {row.time}  {row.offset:>{offset_width}}  {row.actor:<{actor_width}}  ", row.words, width)


class _Row(NamedTuple):
    """A line of the timeline; `offset` is the time since the opening."""

    day: date
    time: str
    offset: str
    actor: str
    words: str


def _timeline(incident: Incident) -> Iterator[_Row]:
    """By when it happened."""
    for event in sorted(incident.events, key=lambda one: one.occurred_at_utc):
        at = event.occurred_at_utc
        offset = span(at - incident.opened_at_utc)
        sign = "" if offset.startswith("-") else "+"
        yield _Row(at.date(), f"{at:%H:%M:%S}", f"{sign}{offset}", legible(author(event)), happened(event))


def _markdown(incident: Incident, now: datetime) -> Iterator[str]:
    yield f"# {incident.incident_id}: {legible(incident.title)}"
    yield ""
    yield from (f"- **{name}**: {legible(words)}" for name, words in about(incident, now))
    yield ""
    yield "| time (UTC) | since opening | who | what |"
    yield "| --- | --- | --- | --- |"
    for row in _timeline(incident):
        words = legible(row.words).replace("|", "\\|").replace("\n", "<br>")
        yield f"| {row.day:%Y-%m-%d} {row.time} | {row.offset} | {row.actor} | {words} |"


def _hung(lead: str, words: str, width: int | None) -> Iterator[str]:
    """Words beside a lead, in as many lines as it takes, each below the first."""
    room = None if width is None else max(width - len(lead), _TEXT_WIDTH_MIN)
    for line in legible(words).split("\n"):
        for part in wrap(line, room, break_long_words=False, break_on_hyphens=False) if room else [line]:
            yield lead + part
            lead = " " * len(lead)


def _bold(text: str) -> str:
    style: Style = "bold"
    return styled(text, style) if is_colourful() else text
