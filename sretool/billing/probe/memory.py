"""What a probe has to know after a restart: what it has audited, what it has not yet, and how much it sent when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

QUARTER_US = 900_000_000
_QUARTERS_KEPT = 8


@dataclass(slots=True)
class Acknowledged:
    """A batch that was acknowledged and whose events have not all been found yet."""

    run: str
    number: int
    count: int
    acknowledged_us: int
    found: list[int] = field(default_factory=list)  # indices
    absent: int = 0  # how often in a row the service said that there is no such event
    is_seen: bool = False  # observed as visible, or given up


@dataclass(slots=True)
class Memory:
    """Counters are cumulative over all lives of the probe."""

    audited: int = 0
    missing: int = 0
    doubled: int = 0
    first_quarter: int = 0  # before it, how much was sent is not known
    sent: dict[int, int] = field(default_factory=dict)  # different events by quarter-hour
    reported: dict[int, int] = field(default_factory=dict)  # of those counted twice
    waiting: list[Acknowledged] = field(default_factory=list)

    def send(self, now_us: int, events: int) -> None:
        """To be saved before they are sent."""
        quarter = now_us // QUARTER_US
        self.sent[quarter] = self.sent.get(quarter, 0) + events
        for old in [known for known in self.sent if known <= quarter - _QUARTERS_KEPT]:
            del self.sent[old]
            self.reported.pop(old, None)

    def quarters(self) -> Iterable[int]:
        """Those of which it is known how much was sent."""
        return [quarter for quarter in self.sent if quarter >= self.first_quarter]

    def hold_against(self, quarter: int, counted: int) -> int:
        """How many more events than before are found to be counted twice in a quarter-hour."""
        excess = counted - self.sent.get(quarter, 0) - self.reported.get(quarter, 0)
        if excess <= 0:
            return 0
        self.reported[quarter] = self.reported.get(quarter, 0) + excess
        self.doubled += excess
        return excess


def read_memory(path: Path, *, now_us: int) -> Memory:
    """What the last life left; where there is none, quarter-hours count from the next one on."""
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        return _memory(said)
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        path.replace(path.with_suffix(".broken"))
    return Memory(first_quarter=now_us // QUARTER_US + 1)


def write_memory(path: Path, memory: Memory) -> None:
    """All of it or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(asdict(memory)), encoding="utf-8")
    fresh.replace(path)


def _memory(said: dict[str, Any]) -> Memory:
    return Memory(
        audited=int(said["audited"]),
        missing=int(said["missing"]),
        doubled=int(said["doubled"]),
        first_quarter=int(said["first_quarter"]),
        sent=dict(_by_quarter(said["sent"])),
        reported=dict(_by_quarter(said["reported"])),
        waiting=[Acknowledged(**row) for row in said["waiting"]],
    )


def _by_quarter(said: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for quarter, events in said.items():
        yield int(quarter), int(events)
