"""Incidents as a table for people, as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sretool.cli.columns import Cell, Column, Style, is_colourful, lines
from sretool.incident.history import Incident
from sretool.incident.wording import instant, legible, paging, span, status

_SEVERITIES: Final[Mapping[str, Style]] = {"sev1": "red", "sev2": "red", "sev3": "yellow", "sev4": ""}
_STATUSES: Final[Mapping[str, Style]] = {
    "open": "red",
    "acknowledged": "yellow",
    "still fires": "yellow",
    "resolved": "dim",
}
_COLUMNS: Final = (
    Column("incident"),
    Column("severity"),
    Column("status"),
    Column("opened", need=4),
    Column("lasts", right=True, need=6),
    Column("about", need=5),
    Column("page", need=7),
    Column("title"),
)
_BESIDE_TITLE: Final = 55  # What stands before it on 80 columns.
_TITLE_LENGTH_MIN: Final = 24


def shown(incidents: Sequence[Incident], output: str, *, now: datetime, nothing: str) -> str:
    """A table is as wide as the terminal, or as COLUMNS says; `nothing` stands in the place of an empty one."""
    if output == "json":
        return json.dumps([as_json(incident) for incident in incidents], indent=2, ensure_ascii=False)
    if not incidents:
        return nothing
    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    width = shutil.get_terminal_size().columns if has_width and output == "table" else None
    rows = [_row(incident, now, width) for incident in incidents]
    if output == "markdown":
        return "\n".join(_markdown(rows))
    return "\n".join(lines(_COLUMNS, rows, width=width, colourful=is_colourful()))


def as_json(incident: Incident) -> dict[str, Any]:
    """What a list has of it. Instants are RFC 3339, and None is what has not happened."""
    acknowledgement = incident.acknowledgement
    return {
        "id": incident.incident_id,
        "title": incident.title,
        "severity": incident.severity,
        "severity_reason": incident.severities[-1][2],
        "status": incident.status,
        "service": incident.service,
        "slo": incident.slo,
        "opened_at": _text(incident.opened_at_utc),
        "acknowledged_at": _text(incident.acknowledged_at_utc),
        "acknowledged_by": None if acknowledgement is None else acknowledgement[1].by,
        "resolved_at": _text(incident.resolved_at_utc),
        "resolution": None if incident.resolution is None else incident.resolution[1].resolution,
        "paging": paging(incident),
        "postmortem": incident.postmortem or None,
    }


def _row(incident: Incident, now: datetime, width: int | None) -> list[Cell]:
    """What is wrong is cut where it does not fit, before anything else is left out that tells whether to act."""
    title = legible(incident.title).replace("\n", " ")
    room = len(title) if width is None else max(width - _BESIDE_TITLE, _TITLE_LENGTH_MIN)
    end = incident.resolved_at_utc or now
    return [
        Cell(incident.incident_id, "bold" if incident.status == "open" else ""),
        Cell(incident.severity, _SEVERITIES[incident.severity]),
        Cell(status(incident), _STATUSES[status(incident)]),
        Cell(instant(incident.opened_at_utc)),
        Cell(span(end - incident.opened_at_utc)),
        Cell(legible(incident.slo or incident.service or "-")),
        Cell(legible(paging(incident)).partition(":")[0]),
        Cell(title if len(title) <= room else f"{title[: room - 1]}…"),
    ]


def _markdown(rows: Sequence[Sequence[Cell]]) -> list[str]:
    cells = [[cell.text.replace("|", "\\|") for cell in row] for row in rows]
    table = [[column.heading for column in _COLUMNS], ["---"] * len(_COLUMNS), *cells]
    return [f"| {' | '.join(row)} |" for row in table]


def _text(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%FT%TZ}"
