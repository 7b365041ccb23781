"""What a client sent and what it heard of it: the half of an audit that the service has no hand in.

A manifest is a text file. Its first line is JSON and names the run; then a line a happening, in order:

    s <batch> <tenant> <count>   about to be sent: written before the first byte of the batch leaves
    a <batch> <position>         acknowledged, with the place in the journal that was promised
    r <batch> <status>           refused: the service said that nothing was stored

A batch that was sent more often than it was refused, and never acknowledged, is *indeterminate*: it may be in the
journal or not. That is so of a time-out, of a 503 and of a client that was killed before it wrote down the answer,
so that the manifest of a client killed at any point is a true one.

The ids of a batch follow from its number, so that a hundred events cost one line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

FORMAT = "sretool-manifest/v1"
SUFFIX = ".manifest"
_INDEX_DIGITS = 2  # A batch holds at most a hundred events.
_BATCH_DIGITS = 8
TAIL = _BATCH_DIGITS + _INDEX_DIGITS


class NotAManifest(Exception):
    """The file is not what its name says."""


def batch_digits(batch: int) -> str:
    """A batch's number as it stands in the ids of its events."""
    return f"{batch:0{_BATCH_DIGITS}x}"


def transaction_id(run: str, batch: int, index: int) -> str:
    """The id of an event: ordered by time within a run, and between runs if their names are."""
    return f"{run}-{batch_digits(batch)}{index:0{_INDEX_DIGITS}d}"


def place_of(transaction_id: str) -> tuple[str, int, int] | None:
    """Run, batch and index of an id, or None where no manifest can have named it."""
    run, dash, tail = transaction_id.rpartition("-")
    if not dash or len(tail) != TAIL:
        return None
    try:
        return run, int(tail[:_BATCH_DIGITS], 16), int(tail[_BATCH_DIGITS:])
    except ValueError:
        return None


def run_name(prefix: str, *, now_us: int, salt: int) -> str:
    """A run's name: unlike any other's, and ordered by time so that new ids lie beside each other in an index."""
    return f"{prefix}-{now_us // 1000:011x}{salt & 0xFFFF:04x}"


class ManifestWriter:
    """Writes a manifest. What `publish` has written survives the end of this process, however it ends."""

    def __init__(self, path: Path, run: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lines: list[str] = [json.dumps({"format": FORMAT, "run": run})]
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self.publish()

    def sent(self, batch: int, tenant: str, count: int) -> None:
        """To be followed by `publish` before the batch leaves."""
        self._lines.append(f"s {batch:x} {tenant} {count}")

    def acknowledged(self, batch: int, position: int) -> None:
        self._lines.append(f"a {batch:x} {position}")

    def refused(self, batch: int, status: int) -> None:
        self._lines.append(f"r {batch:x} {status}")

    def publish(self) -> None:
        """Hand everything so far to the operating system."""
        if not self._lines:
            return
        text = "\n".join(self._lines) + "\n"
        self._lines.clear()
        left = memoryview(text.encode())
        while left:
            left = left[os.write(self._file, left) :]

    def close(self) -> None:
        """Publish and sync."""
        if self._file < 0:
            return
        self.publish()
        os.fsync(self._file)
        os.close(self._file)
        self._file = -1

    def __enter__(self) -> ManifestWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(slots=True)
class SentBatch:
    """What is known of a batch."""

    tenant: str
    count: int
    sends: int = 0
    refusals: int = 0
    position: int = -1  # where it was acknowledged to stand

    @property
    def is_acknowledged(self) -> bool:
        return self.position >= 0

    @property
    def is_refused(self) -> bool:
        return not self.is_acknowledged and self.refusals >= self.sends

    @property
    def is_indeterminate(self) -> bool:
        return not self.is_acknowledged and self.refusals < self.sends


@dataclass(frozen=True, slots=True)
class Manifest:
    """One run of a client: its batches by number."""

    run: str
    batches: dict[int, SentBatch] = field(default_factory=dict)

    def events(self, state: str) -> int:
        """How many events are `acknowledged`, `refused` or `indeterminate`."""
        return sum(batch.count for batch in self.batches.values() if getattr(batch, f"is_{state}"))


def read_manifest(path: Path) -> Manifest:
    """What the file says up to its last whole line. Raises NotAManifest."""
    with path.open("rb") as file:
        manifest = Manifest(_run_of(file.readline(), path))
        for number, line in enumerate(file, start=2):
            if not line.endswith(b"\n"):
                break  # The client was killed while it wrote, or is about to write the rest.
            try:
                _take(manifest.batches, line.decode("ascii").split())
            except (ValueError, KeyError, IndexError) as error:
                raise NotAManifest(f"{path}:{number}: not a line of a manifest: move the file away") from error
    return manifest


def read_manifests(directory: Path) -> Iterator[Manifest]:
    """Every manifest of a directory, by name. Raises NotAManifest."""
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        if path.stat().st_size:  # Else it has been made this instant.
            yield read_manifest(path)


def _run_of(line: bytes, path: Path) -> str:
    try:
        head = json.loads(line)
        if head["format"] == FORMAT and isinstance(head["run"], str):
            return str(head["run"])
    except (ValueError, KeyError, TypeError):
        pass
    raise NotAManifest(f"{path}: not a manifest of this version ({FORMAT}): move the file away")


def _take(batches: dict[int, SentBatch], words: list[str]) -> None:
    batch = int(words[1], 16)
    match words[0]:
        case "s":
            batches.setdefault(batch, SentBatch(words[2], int(words[3]))).sends += 1
        case "a":
            batches[batch].position = int(words[2])
        case "r":
            batches[batch].refusals += 1
        case unknown:
            raise ValueError(unknown)
