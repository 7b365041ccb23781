"""A postmortem as its page has it: the head, the times, the actions, each with its place.

`read_postmortem` never raises for what is in a page. `read_directory` and `read_actions` read files: an edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

from sretool.incident.postmortem import form
from sretool.incident.postmortem.markdown import Cell, Section, Table, sections
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields, as_mapping
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Place, Source, Spot

SUFFIX: Final = ".md"
SIZE_MAX: Final = 1024 * 1024  # Bytes of a page; nobody reads one that is longer.
_NO_POSTMORTEM: Final = "readme.md"
_HEAD: Final = re.compile(r"---[ \t]*\n(?:.*\n)*?(?=---[ \t]*(?:\n|\Z))")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
    r"(?![0-9:])"
)
_DONE: Final = re.compile(r"done[ :]+([0-9]{4}-[0-9]{2}-[0-9]{2})", re.IGNORECASE)
ActionStatus = Literal["open", "done", "dropped"]


@dataclass(frozen=True, slots=True)
class Head:
    """The front matter. `at` is where it stands, or would; `status` is one of those that there are, or None.

    `id` is the incident's.
    """

    at: Spot
    is_there: bool = False
    id: Scalar | None = None
    title: str = ""
    severity: Scalar | None = None
    status: Scalar | None = None
    owner: Scalar | None = None
    service: str = ""
    slos: tuple[Scalar, ...] = ()

    @property
    def incident_id(self) -> str:
        return "" if self.id is None else self.id.value


@dataclass(frozen=True, slots=True)
class ActionItem:
    """What is to be done. What its row does not say, or not so that it can be read, is empty or None.

    `closed_on` is the day on which it was done, `reason` why it was dropped.
    """

    incident_id: str
    text: str
    type: str
    owner: str
    due: date | None
    verification: str
    status: ActionStatus
    place: Place
    closed_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A row of the table of actions. A cell that is not there is empty, and stands where the row does."""

    at: Spot
    cells: Mapping[form.Column, Cell]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A row of the table of times."""

    name: Cell
    when: Cell


@dataclass(frozen=True, slots=True)
class Took:
    """A row of the table of durations: between which two times, and how long it says that it was."""

    since: Cell
    until: Cell
    length: Cell


@dataclass(frozen=True, slots=True)
class Postmortem:
    source: Source
    head: Head
    sections: tuple[Section, ...]

    def section(self, title: str) -> Section | None:
        return next((one for one in self.sections if one.title.casefold() == title.casefold()), None)

    @property
    def times(self) -> tuple[Stamp, ...]:
        return tuple(Stamp(*pair) for pair in self._rows(form.TIMES, "what", "when"))

    @property
    def durations(self) -> tuple[Took, ...]:
        return tuple(Took(*three) for three in self._rows(form.TIMES, "from", "to", "took"))

    @property
    def timeline(self) -> tuple[Cell, ...]:
        """The cells that say when."""
        return tuple(when for (when,) in self._rows(form.TIMELINE, "when"))

    @property
    def actions(self) -> tuple[Action, ...]:
        """The rows of the table that begins with a column of actions; what is still asked for is none."""
        return tuple(
            Action(row[0].at, dict(_cells(table, row)))
            for table in self._tables(form.ACTIONS)
            if table.column("action") is not None
            for row in table.rows
            if row and not form.is_placeholder(row[0].text)
        )

    @property
    def items(self) -> tuple[ActionItem, ...]:
        incident_id = self.head.incident_id or Path(self.source.path).stem
        return tuple(_item(action, incident_id) for action in self.actions)

    def _tables(self, title: str) -> tuple[Table, ...]:
        found = self.section(title)
        return () if found is None else found.tables

    def _rows(self, title: str, *columns: str) -> Iterator[tuple[Cell, ...]]:
        for table in self._tables(title):
            places = [place for column in columns if (place := table.column(column)) is not None]
            if len(places) == len(columns):
                for row in table.rows:
                    if max(places) < len(row):
                        yield tuple(row[place] for place in places)


def read_postmortem(content: str | bytes, path: str, notes: Notes) -> Postmortem | None:
    """A page as it can be read; None where it is no text at all, which the notes say."""
    text = _text(content, path, notes)
    if text is None:
        return None
    source = Source(path, text)
    found = _HEAD.match(text)
    head = Head(Spot(source, 0, 0)) if found is None else _head(text[: found.end()], path, notes)
    after = 0 if found is None else found[0].count("\n") + 1
    return Postmortem(source, head, sections(source, after_line=after, titles=form.SECTIONS))


def read_file(path: str | Path, notes: Notes) -> Postmortem | None:
    """As `read_postmortem`; a file that cannot be read is in the notes, too."""
    nowhere = Spot(Source(str(path), ""), 0, 0)
    try:
        with Path(path).open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as error:
        notes.report("YA018", nowhere, f"the file cannot be read: {error.strerror}", remedy="check its path")
        return None
    return read_postmortem(content, str(path), notes)


def files_of(directory: Path) -> list[Path]:
    """The pages below a directory, in order. A README is none, nor what lies hidden. Raises OSError."""
    if not directory.is_dir():
        raise NotADirectoryError(20, "there is no such directory", str(directory))
    found = (path.relative_to(directory) for path in directory.rglob(f"*{SUFFIX}"))
    return [directory / path for path in sorted(found) if _is_postmortem(path)]


def read_directory(directory: Path, notes: Notes) -> tuple[Postmortem, ...]:
    """All postmortems below a directory; none where there is no such directory. The notes say what cannot be read."""
    if not directory.is_dir():
        return ()
    found = (read_file(path, notes) for path in files_of(directory))
    return tuple(one for one in found if one is not None)


def read_actions(directory: Path) -> tuple[ActionItem, ...]:
    """The actions of all postmortems below a directory, in the order of their files."""
    return tuple(item for one in read_directory(directory, Notes()) for item in one.items)


def instant(text: str) -> datetime | None:
    """The time that a cell begins with; None where it has no zone, or is no time."""
    found = _INSTANT.match(text)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[0].upper())
    except ValueError:
        return None


def day(text: str) -> date | None:
    """A day as 2026-11-28; None for anything else."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _is_postmortem(path: Path) -> bool:
    return path.name.lower() != _NO_POSTMORTEM and not any(part.startswith(".") for part in path.parts)


def _text(content: str | bytes, path: str, notes: Notes) -> str | None:
    nowhere = Spot(Source(path, ""), 0, 0)
    if len(content) > SIZE_MAX:
        message = f"the page is larger than {SIZE_MAX // 1024 // 1024} MiB"
        notes.report("YA007", nowhere, message, remedy="put what is long beside it, and link to that")
        return None
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8 text"
        notes.report("YA006", nowhere, message, remedy="save the page as UTF-8, or check that it is one")
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _head(text: str, path: str, notes: Notes) -> Head:
    """Of a text that begins as the page does, so that its places are those of the page."""
    loaded = load(text, path)
    notes.diagnostics.extend(loaded.diagnostics)
    at = Spot(loaded.source, 0, len(text))
    mapping = as_mapping(loaded.documents[0], notes, what="the head of a postmortem") if loaded.documents else None
    if mapping is None:
        return Head(at, is_there=True)
    with Fields(mapping, notes, known=form.KEYS) as fields:
        return Head(
            at,
            is_there=True,
            id=fields.scalar("id", required=True),
            title=fields.text("title", required=True) or "",
            severity=fields.scalar("severity", required=True),
            status=fields.scalar("status") if fields.choice("status", form.STATUSES, required=True) else None,
            owner=fields.scalar("owner", required=True),
            service=fields.text("service") or "",
            slos=tuple(fields.scalars("slos")),
        )


def _cells(table: Table, row: tuple[Cell, ...]) -> Iterator[tuple[form.Column, Cell]]:
    for column in form.COLUMNS:
        place = table.column(column)
        is_there = place is not None and place < len(row)
        yield column, row[place] if is_there and place is not None else Cell("", row[0].at)


def _item(action: Action, incident_id: str) -> ActionItem:
    text = {column: cell.text for column, cell in action.cells.items()}
    status, closed_on, reason = _status(text["status"])
    return ActionItem(
        incident_id=incident_id,
        text=text["action"],
        type=text["type"],
        owner=text["owner"],
        due=day(text["due"]),
        verification=text["verified by"],
        status=status,
        place=action.at.place,
        closed_on=closed_on,
        reason=reason,
    )


def _status(text: str) -> tuple[ActionStatus, date | None, str]:
    """What is neither done nor dropped is open."""
    done = _DONE.match(text)
    if done or text.casefold() == "done":
        return "done", day(done[1]) if done else None, ""
    if text.casefold().startswith("dropped"):
        return "dropped", None, text[len("dropped") :].lstrip(" :")
    return "open", None, ""
