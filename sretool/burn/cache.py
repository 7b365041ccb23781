"""Days of UTC that are over, as they were counted: files that may be lost at any time, and are then made again.

A file holds a day of one server, whole and with a checksum; it is replaced, never changed. Of two processes that
write the same day the last one's file stays, which costs the other's work and nothing else. An edge.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from sretool.burn.figures import Group

_FORMAT: Final = "1"  # Changes when what is counted, or how it is written, does.
_NAME_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True)
class Quiet:
    """Of a day in which no series of a counter came, went or was reset: the sums of its series at both midnights, and
    how many they are, by group."""

    first: Mapping[Group, Decimal]
    last: Mapping[Group, Decimal]
    series: Mapping[Group, Decimal]


@dataclass(frozen=True, slots=True)
class Day:
    """How much a counter grew, by group."""

    grown: Mapping[Group, Decimal]
    quiet: Quiet | None = None


class Days:
    """The days of one server in a directory. `trouble` says why they cannot be kept, if they cannot."""

    def __init__(self, directory: Path, server: str) -> None:
        """`server` is all that tells its data from others': the URL, and who asks where it serves several tenants."""
        self._directory = directory / "days" / _digest(f"{_FORMAT} {server}".encode())[:_NAME_CHARACTERS]
        self.trouble: str | None = None

    def read(self, start: int, wanted: Iterable[str]) -> dict[str, Day]:
        """What is known of the day that starts then, by what was counted; of a file that is not whole, nothing."""
        written = self._whole(start)
        found: dict[str, Day] = {}
        for text in wanted:
            if (row := written.get(_key(text))) is not None:
                with suppress(ValueError, LookupError, TypeError, InvalidOperation):
                    found[text] = _day(row)
        return found

    def keep(self, start: int, days: Mapping[str, Day]) -> None:
        """Add to what is known of the day that starts then. What cannot be kept is not an error, but a trouble."""
        path = self._path(start)
        whole = self._whole(start) | {_key(text): _written(day) for text, day in days.items()}
        body = json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, f"{_digest(body)}\n".encode() + body)
        except OSError as error:
            reason = error.strerror or str(error)
            self.trouble = f"{self._directory} cannot keep what was counted ({reason}): it is counted anew each time"

    def _whole(self, start: int) -> dict[str, Any]:
        try:
            checksum, _, body = self._path(start).read_bytes().partition(b"\n")
            whole = json.loads(body) if checksum.decode("ascii", "replace") == _digest(body) else None
        except (OSError, ValueError, RecursionError):
            return {}
        return whole if isinstance(whole, dict) else {}

    def _path(self, start: int) -> Path:
        return self._directory / f"{start}.json"


def default_directory(environment: Mapping[str, str]) -> Path:
    """$XDG_CACHE_HOME/sretool, or ~/.cache/sretool."""
    chosen = environment.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".cache") / "sretool"


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(text: str) -> str:
    return _digest(text.encode("utf-8", "surrogatepass"))[:_NAME_CHARACTERS]


def _written(day: Day) -> list[Any]:
    """[whether it was quiet, rows of group and growth, and of a quiet day also both levels and the series]."""
    if day.quiet is None:
        return [0, [[list(group), str(grown)] for group, grown in day.grown.items()]]
    quiet = day.quiet
    return [
        1,
        [
            [list(group), str(grown), str(quiet.first[group]), str(quiet.last[group]), str(quiet.series[group])]
            for group, grown in day.grown.items()
        ],
    ]


def _day(written: list[Any]) -> Day:
    was_quiet, rows = written
    grown = {tuple(row[0]): Decimal(row[1]) for row in rows}
    if not was_quiet:
        return Day(grown)
    first, last, series = ({tuple(row[0]): Decimal(row[place]) for row in rows} for place in (2, 3, 4))
    return Day(grown, Quiet(first, last, series))
