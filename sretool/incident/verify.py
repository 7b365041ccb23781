"""Whether the ledger is as it was written: each line by itself, each writer's chain, and the events as a whole.

What is found has a place. A note is no damage: nothing that was recorded is lost or changed by it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sretool.incident.codec import Malformed, Newer, decode
from sretool.incident.events import Event, Opened
from sretool.incident.ledger import LOCK_SECONDS_MAX, files_of
from sretool.incident.lines import FIRST, fields_of, is_whole
from sretool.incident.locking import locked_for_reading
from sretool.incident.writer import Writer, known_writer

_UNREPORTED: Final = (
    "it is torn: whoever wrote it was killed, and had reported nothing; the next to write sets it aside"
)
_TORN: Final = (
    "it is torn: whoever wrote it was killed, or its end was lost; this copy cannot know whether it was reported"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a line (0: with the file), or, as a note, what is to be known."""

    path: Path
    line: int
    words: str
    is_note: bool = False

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {'note: ' if self.is_note else ''}{self.words}"


@dataclass(frozen=True, slots=True)
class Verified:
    """All findings by place, and of how much."""

    findings: tuple[Finding, ...]
    events: int
    writers: int

    @property
    def is_nothing(self) -> bool:
        """There is no ledger, nor a trace of one."""
        return not (self.writers or self.findings)

    @property
    def is_sound(self) -> bool:
        return all(finding.is_note for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that holds an event."""

    path: Path
    number: int
    event: Event


def verify(directory: Path) -> Verified:
    """Check every byte. Raises OSError where a file cannot be read, and locking.Busy where somebody writes for long."""
    findings: list[Finding] = []
    lines: list[_Line] = []
    with locked_for_reading(directory / ".lock", seconds_max=LOCK_SECONDS_MAX):
        paths, writer = files_of(directory), known_writer(directory)
        for path in paths:
            content = path.read_bytes()
            known = writer.size if writer is not None and path.stem == writer.writer else None
            for found in _checked(path, content, known):
                if isinstance(found, _Line):
                    lines.append(found)
                else:
                    findings.append(found)
        explained = {finding.path for finding in findings}
        findings += [
            *(one for one in _shortened(directory, writer) if one.path not in explained),
            *_set_aside(directory),
        ]
    once = {line.event.event_id: line for line in reversed(lines)}
    findings += [*_repeated(lines, once), *_opened_wrongly(line for line in lines if line is once[line.event.event_id])]
    return Verified(tuple(sorted(findings, key=lambda one: (one.path, one.line))), len(once), len(paths))


def _checked(path: Path, content: bytes, reported: int | None) -> Iterator[_Line | Finding]:
    """The events of a file, and what is wrong with each line or with what it follows.

    So many of its bytes were `reported` as written, where that is known: of what this copy writes itself.
    """
    *lines, torn = content.split(b"\n")
    before: Mapping[str, Any] | None = {"seq": 0, "hash": FIRST}
    for number, line in enumerate(lines, start=1):
        try:
            fields = fields_of(line)
        except Malformed as error:
            is_last = number == len(lines) and not torn
            yield Finding(
                path, number, f"{error}; {_torn(len(content), len(line) + 1, reported)}" if is_last else str(error)
            )
            before = None
            continue
        if not is_whole(line):
            yield Finding(path, number, "it was changed after it was written: its hash is not of what it says")
        if before is not None and (words := _misplaced(fields, before)):
            yield Finding(path, number, words)
        before = fields
        yield from _event(path, number, fields)
    if torn:
        yield Finding(path, len(lines) + 1, _torn(len(content), len(torn), reported))


def _torn(size: int, length: int, reported: int | None) -> str:
    """What is known of what stands at the end of a file of so many bytes, and is no line."""
    if reported is None:
        return _TORN
    if size - length < reported:
        return f"it is torn, and was reported as recorded: {reported} bytes were written and {size} are there"
    return _UNREPORTED


def _event(path: Path, number: int, fields: Mapping[str, Any]) -> Iterator[_Line | Finding]:
    try:
        yield _Line(path, number, decode(fields))
    except Newer as error:
        yield Finding(path, number, str(error), is_note=True)
    except Malformed as error:
        yield Finding(path, number, str(error))


def _misplaced(fields: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """Why a line cannot follow the one before it, or nothing. What it says of itself may be of any type."""
    seq, expected = fields.get("seq"), _number(before.get("seq")) + 1
    if seq != expected:
        missing = _number(seq) - expected
        if missing > 0:
            return f"before it {'a line is' if missing == 1 else f'{missing} lines are'} missing: it is number {seq}"
        return f"it is number {seq} and should be number {expected}: it was moved, or stands here twice"
    if fields.get("prev") != before.get("hash"):
        return "the line before it is not the one that it was written after"
    if str(fields.get("event_id")) <= str(before.get("event_id", "")):
        return f"its event_id {fields.get('event_id')} does not come after that of the line before it"
    if str(fields.get("recorded_at_utc")) < str(before.get("recorded_at_utc", "")):
        return "it says that it was recorded earlier than the line before it"
    return ""


def _number(seq: object) -> int:
    return seq if isinstance(seq, int) else 0


def _shortened(directory: Path, writer: Writer | None) -> Iterator[Finding]:
    if writer is None:
        return
    path = directory / f"{writer.writer}.jsonl"
    size = path.stat().st_size if path.exists() else 0
    if size < writer.size:
        words = f"its end is missing: {writer.size} bytes were written and {size} are there"
        yield Finding(path, 0, f"{words}; git checkout of another branch does that, too")


def _set_aside(directory: Path) -> Iterator[Finding]:
    if not directory.exists():
        return
    for name in sorted(os.listdir(directory)):  # noqa: PTH208 - as the ledger lists its files
        if name.endswith(".torn"):
            words = "a line that was torn by a kill is kept here; nothing is lost, and the file may be removed"
            yield Finding(directory / name, 0, words, is_note=True)


def _repeated(lines: Iterable[_Line], once: Mapping[str, _Line]) -> Iterator[Finding]:
    for line in lines:
        first = once[line.event.event_id]
        if first is line:
            continue
        place = f"{first.path.name}:{first.number}"
        if first.event == line.event:
            yield Finding(line.path, line.number, f"the same event stands at {place}; it counts once", is_note=True)
        else:
            yield Finding(line.path, line.number, f"another event with the same event_id stands at {place}")


def _opened_wrongly(lines: Iterable[_Line]) -> Iterator[Finding]:
    """Of each incident without an opening, or with more than one, the place where that shows."""
    by_incident: dict[str, list[_Line]] = {}
    for line in lines:
        by_incident.setdefault(line.event.incident_id, []).append(line)
    for name, of_incident in by_incident.items():
        openings = [line for line in of_incident if isinstance(line.event.happening, Opened)]
        if not openings:
            first = of_incident[0]
            yield Finding(first.path, first.number, f"{name} was opened nowhere: is a writer's file missing?")
        for line in openings[1:]:
            yield Finding(line.path, line.number, f"{name} is opened once more")
