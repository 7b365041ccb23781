"""Known ways to make the service fail: what they are, which are on, and the places where a process can be made to die.

Faults are off unless `serve` was started with `--enable-faults`, which it hands on to every process that it starts: one
without that permission looks neither at the file nor at the environment. The active faults stand in the data
directory's faults.json, which every process reads again at most five times a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

REFRESH_SECONDS = 0.2
PERMISSION = "--enable-faults"
_FAIL_POINT = "SRETOOL_FAIL_POINT"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault that can be set. `parameter` is what its number means, "point" a fail point, None where it takes none."""

    description: str
    parameter: str | None = None
    default: str = ""
    maximum: float = 1.0


FAULTS: Mapping[str, FaultKind] = {
    "ack-dropped": FaultKind(
        "The connection is closed after a batch became durable, before its answer.", "ratio of batches", "0.05"
    ),
    "applier-stalled": FaultKind("The applier applies nothing; the journal goes on growing."),
    "clock-skew": FaultKind(
        "The gateway's clock is ahead, or behind if below 0: it refuses usage that is in time.", "hours", "-26", 10_000
    ),
    "crash": FaultKind(
        "The process that reaches a fail point dies there, once; the fault then clears itself.", "point"
    ),
    "disk-full": FaultKind("The journal's disk refuses every write, as a full one does."),
    "duplicate-storm": FaultKind("Every accepted batch is appended again.", "copies a batch", "3", 100),
    "error-ratio": FaultKind("Batches are answered with 503 and are not stored.", "ratio of batches", "0.05"),
    "late-flood": FaultKind(
        "Events 33 days old are appended for customers of the catalogue.", "events a second", "100", 10_000
    ),
    "latency": FaultKind("Every batch waits before it is answered.", "milliseconds", "500", 60_000),
    "poison-events": FaultKind(
        "Well-formed events that no meter can use are appended.", "events a second", "10", 10_000
    ),
    "rounding-bug": FaultKind("Usage lines come out one minor unit too high."),
    "slow-disk": FaultKind("Every sync of the journal takes longer.", "milliseconds", "100", 60_000),
}

# Where a process can be made to die, by process. `fail_point("...")` stands at each of them in the code.
FAIL_POINTS: Mapping[str, str] = {
    "journal.before_write": "A group of batches is gathered, nothing of it is written.",
    "journal.after_write": "A group is written and not synced.",
    "journal.after_sync": "A group is durable and not published.",
    "journal.before_publish": "A group is durable, the writer knows and readers do not.",
    "journal.after_publish": "A group is published and nobody has been told.",
    "journal.roll.after_create": "The next segment has a name and no header.",
    "recovery.before_truncate": "A start has found a torn tail.",
    "recovery.after_truncate": "A start has cut a torn tail off and not synced.",
    "gateway.before_ack": "A batch is durable and its sender has not been told.",
    "applier.before_commit": "Effects of a bulk stand in an open transaction.",
    "applier.after_commit": "A bulk is committed; what follows it, such as the filter's run, is not done.",
    "biller.before_cut": "A period has to be closed and its cut is not in the journal.",
    "biller.after_cut": "The cut is in the journal and none of its invoices is made.",
    "biller.before_commit": "Invoices stand in an open transaction.",
    "biller.after_commit": "Some invoices of a cut are finalized, others are not.",
    "recount.before_commit": "What was recounted stands in an open transaction.",
    "recount.after_commit": "What was recounted is committed and not published.",
}


class UnknownFault(ValueError):
    """No such fault, or a parameter that it cannot have. The text has the remedy."""


class Faults:
    """Which faults are on, as faults.json says; none in a process that has no permission to fail."""

    def __init__(self, path: Path, *, are_enabled: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.are_enabled = are_enabled
        self._path = path
        self._monotonic = monotonic
        self._next_look = float("-inf")
        self._signature: tuple[int, int] | None = None
        self._active: dict[str, str] = {}

    def active(self) -> Mapping[str, str]:
        """The faults that are on, each with its parameter, as of at most 200 ms ago."""
        if not self.are_enabled:
            return self._active
        now = self._monotonic()
        if now >= self._next_look:
            self._next_look = now + REFRESH_SECONDS
            self._look()
        return self._active

    def is_on(self, name: str) -> bool:
        return name in self.active()

    def number(self, name: str) -> float:
        """The parameter of a fault, 0 while it is off."""
        return float(self.active().get(name, 0))

    def set(self, name: str, parameter: str = "") -> None:
        """Put a fault on. Raises UnknownFault."""
        self._write({**_read(self._path), name: checked_parameter(name, parameter)})

    def clear(self, name: str | None = None) -> None:
        """Take a fault off, or all of them. Raises UnknownFault."""
        if name is not None:
            _kind(name)
        self._write({other: value for other, value in _read(self._path).items() if name not in (None, other)})

    def _write(self, active: Mapping[str, str]) -> None:
        write_faults(self._path, active)
        self._next_look = float("-inf")

    def _look(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            signature = None
        else:
            signature = (status.st_mtime_ns, status.st_ino)
        if signature == self._signature:
            return
        was_armed = "crash" in self._active
        self._signature = signature
        self._active = _read(self._path)
        if was_armed:
            disarm()
        if "crash" in self._active:
            arm(self._active["crash"], before_death=lambda: self.clear("crash"))


def checked_parameter(name: str, parameter: str) -> str:
    """The parameter as it is stored: the default where none is given. Raises UnknownFault."""
    kind = _kind(name)
    if kind.parameter is None:
        if parameter:
            raise UnknownFault(f"fault {name} takes no parameter, not {parameter!r}")
        return ""
    if kind.parameter == "point":
        _parse_point(parameter)
        return parameter
    value = parameter or kind.default
    try:
        number = float(value)
    except ValueError:
        number = 0
    size = abs(number) if kind.parameter == "hours" else number
    if not 0 < size <= kind.maximum:
        raise UnknownFault(f"{value!r} of fault {name} is not {kind.parameter} above 0 and at most {kind.maximum:g}")
    return value


def write_faults(path: Path, active: Mapping[str, str]) -> None:
    """Publish the active faults at once, never half of them."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(dict(active), sort_keys=True), encoding="utf-8")
    fresh.replace(path)


def _kind(name: str) -> FaultKind:
    if name not in FAULTS:
        raise UnknownFault(f"no fault {name!r}: there are {', '.join(FAULTS)}")
    return FAULTS[name]


def _read(path: Path) -> dict[str, str]:
    try:
        written = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: str(value) for name, value in written.items() if name in FAULTS}


# --- fail points

_visits_left: dict[str, int] = {}
_before_death: Callable[[], None] = lambda: None  # noqa: E731


def fail_point(name: str) -> None:
    """Die here, as by kill -9, when this point is armed. When none is, it costs a look at an empty dict."""
    if _visits_left:
        _visit(name)


def arm(point: str, *, before_death: Callable[[], None] = lambda: None) -> None:
    """Die at the nth visit of a fail point, written "name" or "name:nth". Raises UnknownFault."""
    global _before_death  # noqa: PLW0603
    name, visits = _parse_point(point)
    _before_death = before_death
    _visits_left[name] = visits


def arm_from_environment() -> None:
    """Arm the fail point that SRETOOL_FAIL_POINT names: for a process that has the permission. Raises UnknownFault."""
    if _FAIL_POINT in os.environ:
        arm(os.environ[_FAIL_POINT])


def disarm() -> None:
    """Forget what was armed."""
    _visits_left.clear()


def _parse_point(point: str) -> tuple[str, int]:
    name, _, nth = point.partition(":")
    if name not in FAIL_POINTS:
        raise UnknownFault(f"no fail point {name!r}: there are {', '.join(FAIL_POINTS)}")
    if nth and not (nth.isdecimal() and int(nth) > 0):
        raise UnknownFault(f"{point!r} is not a fail point or a fail point with its visit, such as {name}:3")
    return name, int(nth or 1)


def _visit(name: str) -> None:
    if name not in _visits_left:
        return
    _visits_left[name] -= 1
    if _visits_left[name] <= 0:
        with contextlib.suppress(OSError):
            _before_death()
        os._exit(137)
