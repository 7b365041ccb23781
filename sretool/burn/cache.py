"""Days of UTC that are over, as they were counted: files that may be lost at any time, and are then made again.

A file holds a day of one server, whole and with a checksum; it is replaced, never changed. Of two processes that
write the same day the last one's file stays, which costs the other's work and nothing else. An edge.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
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


@dataclass(frozen=True)
class Day:
    """A day of one counter. A row is a group, its growth and, where the day was quiet, what `quiet` tells of it.

    Rows are read when they are asked for: of most days only the growth is.
    """

    rows: list[list[Any]]
    was_quiet: bool

    @property
    def grown(self) -> Mapping[Group, Decimal]:
        """By group."""
        return self._column(1)

    @cached_property
    def quiet(self) -> Quiet | None:
        return Quiet(self._column(2), self._column(3), self._column(4)) if self.was_quiet else None

    def _column(self, place: int) -> dict[Group, Decimal]:
        return {tuple(row[0]): Decimal(row[place]) for row in self.rows}


def busy_day(grown: Mapping[Group, Decimal]) -> Day:
    """A day in which something happened to the series."""
    return Day([[list(group), str(value)] for group, value in grown.items()], was_quiet=False)


def quiet_day(grown: Mapping[Group, Decimal], quiet: Quiet) -> Day:
    columns = (grown, quiet.first, quiet.last, quiet.series)
    return Day([[list(group), *(str(column[group]) for column in columns)] for group in grown], was_quiet=True)


class Days:
    """The days of one server in a directory. `trouble` says why they cannot be kept, if they cannot."""

    def __init__(self, directory: Path, server: str) -> None:
        """`server` is all that tells its data from others': the URL, and who asks where it serves several tenants."""
        self._directory = directory / "days" / _digest(f"{_FORMAT} {server}".encode())[:_NAME_CHARACTERS]
        self.trouble: str | None = None

    def read(self, start: int) -> dict[str, Day]:
        """What is known of the day that starts then, by key; of a file that is not whole, nothing."""
        return {key: Day(rows, was_quiet == 1) for key, (was_quiet, rows) in self._whole(start).items()}

    def keep(self, start: int, days: Mapping[str, Day]) -> None:
        """Add to what is known of the day that starts then. What cannot be kept is not an error, but a trouble."""
        path = self._path(start)
        whole = self._whole(start) | {key: [int(day.was_quiet), day.rows] for key, day in days.items()}
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
        return whole or {}

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


def key_of(text: str) -> str:
    """What a text is found by in a file."""
    return _digest(text.encode("utf-8", "surrogatepass"))[:_NAME_CHARACTERS]
