"""Which timestamps are taken: at most 34 days back and 24 hours ahead.

An id is known for longer than both together (`ledger.generations`, which start-up asks), so that what can still be sent
again is still known. That goes by the stamps of the journal, which never decrease, and so does the window: it is judged
at the clock or the last stamp, whichever is later. After a clock that was ahead more is refused, and never more taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sretool.billing.event import Event, Fault, timestamp

PAST = timedelta(days=34)
FUTURE = timedelta(hours=24)
_HOURS = FUTURE // timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The first and the last timestamp that are taken at an instant."""

    first: datetime
    last: datetime

    def holds(self, events: Sequence[Event]) -> bool:
        stamps = [event.timestamp for event in events]
        return not stamps or (self.first <= min(stamps) and max(stamps) <= self.last)

    def faults(self, events: Sequence[Event]) -> list[Fault]:
        return [fault for index, event in enumerate(events) for fault in self._faults(index, event.timestamp)]

    def faults_in(self, body: bytes) -> list[Fault]:
        """The same, of a batch that does not decode: of those of its timestamps that can be read."""
        try:
            batch = json.loads(body)
        except (ValueError, RecursionError):
            return []
        found: list[Fault] = []
        for index, event in enumerate(batch if isinstance(batch, list) else ()):
            text = event.get("timestamp") if isinstance(event, dict) else None
            instant = timestamp(text) if isinstance(text, str) else None
            if instant is not None:
                found += self._faults(index, instant)
        return found

    def _faults(self, index: int, instant: datetime) -> Iterator[Fault]:
        if instant < self.first:
            remedy = f"send usage within {PAST.days} days: since {_text(self.first)}"
            yield Fault(index, "timestamp", f"{_text(instant)} is too old", remedy)
        elif instant > self.last:
            remedy = (
                f"check the clock of the sender: usage is taken until {_text(self.last)}, {_HOURS} hours ahead of us"
            )
            yield Fault(index, "timestamp", f"{_text(instant)} is too far ahead", remedy)


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def window_at(now_us: int, *, skew_hours: float = 0.0) -> TimeWindow:
    """The window of a gateway whose clock is off by some hours."""
    now = _EPOCH + timedelta(microseconds=now_us)
    skewed = now + timedelta(hours=skew_hours)
    return TimeWindow(max(now, skewed) - PAST, min(now, skewed) + FUTURE)
