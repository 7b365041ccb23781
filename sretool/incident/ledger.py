"""The incident ledger: a directory of append-only files, one a writer, so that git never has two sides to merge in one.

An edge. What `append` returns is on the disk. A process that is killed at any byte leaves at most a torn last line,
which readers pass over and the next to write sets aside. Two that write at once wait for each other.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Final

from sretool import clock
from sretool.incident.codec import Undecodable
from sretool.incident.events import Action, Event, Happening, Origin
from sretool.incident.history import Incident, fold, in_order
from sretool.incident.identifiers import Random, incident_id, next_ulid
from sretool.incident.lines import Place, event_of, sealed
from sretool.incident.locking import Busy, locked
from sretool.incident.writer import WriterFile, writer_file

LOCK_SECONDS_MAX: Final = 10.0
_IGNORED: Final = "# What belongs to this clone alone.\n/.writer\n/.lock\n/.deliver.lock\n/*.torn\n"


_INCIDENT: Final = re.compile(rb'"incident_id":"(inc-[^"]+)"')


class Unwritable(Exception):
    """Nothing was recorded: the ledger takes no more, or somebody else holds it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be recorded. `occurred_at` is None for what happens just now; it is never after the recording."""

    incident_id: str
    happening: Happening
    tells: tuple[Action, ...] = ()
    occurred_at: datetime | None = None
    actor: str = ""
    origin: Origin = "cli"


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that no event could be made of, and why."""

    path: Path
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class Contents:
    """All events in order, each once, and what could not be read."""

    events: tuple[Event, ...]
    unread: tuple[Unread, ...]

    @property
    def incidents(self) -> tuple[Incident, ...]:
        return fold(self.events)


class Ledger:
    """What happened, as the files of a directory say. The directory is made by whoever writes first."""

    is_rehearsal = False

    def __init__(
        self, directory: Path, *, now: Callable[[], datetime] = clock.now, random: Random = os.urandom
    ) -> None:
        self.directory = directory
        self._now = now
        self._random = random

    def contents(self, *, mentioning: str = "") -> Contents:
        """What is there; or, of a big ledger much faster, only the lines that mention a text such as an incident's id.

        Raises OSError where a file cannot be read.
        """
        events: dict[str, Event] = {}
        unread = []
        for path in files_of(self.directory):
            for number, line in _whole_lines(path.read_bytes(), mentioning.encode()):
                try:
                    event = event_of(line)
                except Undecodable as error:
                    unread.append(Unread(path, number, str(error)))
                else:
                    events.setdefault(event.event_id, event)
        return Contents(tuple(in_order(events.values())), tuple(unread))

    def events(self) -> tuple[Event, ...]:
        return self.contents().events

    def incidents(self) -> tuple[Incident, ...]:
        return self.contents().incidents

    def incident(self, incident_id: str) -> Incident | None:
        """One of them, without folding the others."""
        found = self.contents(mentioning=incident_id).incidents
        return next((incident for incident in found if incident.incident_id == incident_id), None)

    def unresolved(self, mentioning: str) -> tuple[Incident, ...]:
        """Those of whose opening something is just this text and that are not resolved; the others are not decoded.

        What cannot be read is passed over: whoever asks is about to open one.
        """
        files = [content for path in files_of(self.directory) if (content := _bytes_of(path)) is not None]
        opened = _ids(files, b'"kind":"opened","what"', json.dumps(mentioning, ensure_ascii=False).encode())
        over = _ids(files, b'"kind":"resolved","what"', b"") if opened else set()
        found = fold(_events_of(files, opened - over))
        return tuple(one for one in found if one.status != "resolved")

    def free_id(self, opened_at: datetime) -> str:
        """An id for an incident, which nobody has used: two must never be taken for one."""
        while True:
            name = incident_id(opened_at, self._random)
            if not self._mentions(name):
                return name

    def _mentions(self, text: str) -> bool:
        try:
            paths = files_of(self.directory)
        except OSError:  # Whoever records what is to have this id will say what is wrong.
            return False
        return any(text.encode() in (_bytes_of(path) or b"") for path in paths)

    def append(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        """Record events, in this order, and return them once they are on the disk.

        A kill in the midst leaves the first of several, whole. Raises Unwritable; then none is recorded.
        """
        with self._writing():
            return self._record(drafts)

    def append_if(
        self,
        decide: Callable[[tuple[Incident, ...]], Sequence[Draft]],
        *,
        incidents: Callable[[], tuple[Incident, ...]] | None = None,
    ) -> tuple[Event, ...]:
        """Record what is decided by how all incidents stand, while nobody else can record anything.

        `incidents` tells how they stand then, of whoever follows the ledger and need not read all of it again.
        """
        with self._writing():
            return self._record(decide((incidents or self.incidents)()))

    def append_to(self, incident_id: str, decide: Callable[[Incident | None], Sequence[Draft]]) -> tuple[Event, ...]:
        """Record what is decided by how one incident stands, in the same way. The others are not folded."""
        with self._writing():
            return self._record(decide(self.incident(incident_id)))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            prepare(self.directory)
            with locked(self.directory / ".lock", seconds_max=LOCK_SECONDS_MAX):
                yield
        except Busy as error:
            raise Unwritable(str(error)) from error
        except OSError as error:
            raise Unwritable(f"{error.filename or self.directory}: {error.strerror}") from error

    def _record(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        if not drafts:
            return ()
        with writer_file(self.directory, self._random) as file:
            events, lines, end = self._events(drafts, file)
            file.append(lines, end)
        return events

    def _events(self, drafts: Iterable[Draft], file: WriterFile) -> tuple[tuple[Event, ...], bytes, Place]:
        """The events of drafts, and the lines that follow where the file ends."""
        place, recorded_at = file.end, max(self._now(), file.recorded_at)
        events, lines = [], []
        for draft in drafts:
            event = Event(
                event_id=next_ulid(recorded_at, place.event_id, self._random),
                incident_id=draft.incident_id,
                happening=draft.happening,
                occurred_at_utc=min(draft.occurred_at or recorded_at, recorded_at),
                recorded_at_utc=recorded_at,
                actor=draft.actor,
                origin=draft.origin,
                tells=draft.tells,
            )
            line, place = sealed(event, place)
            events.append(event)
            lines.append(line)
        return tuple(events), b"".join(lines), place


def files_of(directory: Path) -> list[Path]:
    """The files of all writers, by name. None where there is no such directory."""
    try:
        names = os.listdir(directory)  # noqa: PTH208 - faster, and this is what everybody waits for
    except FileNotFoundError:
        return []
    return [directory / name for name in sorted(names) if name.endswith(".jsonl") and not name.startswith(".")]


def prepare(directory: Path) -> None:
    """Make the directory, and tell git what in it is nobody else's business."""
    ignored = directory / ".gitignore"
    if not ignored.exists():
        directory.mkdir(parents=True, exist_ok=True)
        ignored.write_text(_IGNORED, encoding="utf-8")


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # A file that cannot be read is no reason to refuse an incident.
        return None


def _ids(files: Iterable[bytes], kind: bytes, text: bytes) -> set[bytes]:
    """Of the incidents of lines of a kind that mention a text, as they stand there: decoding would take seconds."""
    found = {_id(line) for content in files for line in _lines_with(content, text or kind) if kind in line}
    return found - {b""}


def _lines_with(content: bytes, text: bytes) -> Iterator[bytes]:
    """As `_whole_lines` has them; faster where they are few, for the others are not even counted."""
    at = content.find(text)
    while at >= 0 and (end := content.find(b"\n", at)) >= 0:
        yield content[content.rfind(b"\n", 0, at) + 1 : end]
        at = content.find(text, end)


def _id(line: bytes) -> bytes:
    found = _INCIDENT.search(line)
    return found[1] if found else b""


def _events_of(files: Sequence[bytes], incidents: Iterable[bytes]) -> Iterator[Event]:
    """What happened to a few incidents, as far as it can be decoded, and each event once."""
    known = set()
    for content, name in product(files, incidents):
        for line in _lines_with(content, name):
            try:
                event = event_of(line)
            except Undecodable:
                continue
            if event.incident_id.encode() == name and event.event_id not in known:
                known.add(event.event_id)
                yield event


def _whole_lines(content: bytes, mentioning: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line that has its newline, by number. What comes after the last one is torn, or still being written."""
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        if mentioning in line:
            yield number, line
