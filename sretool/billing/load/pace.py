"""When batches are due. Instants and lengths are in seconds of one monotonic clock."""

from __future__ import annotations


class OpenPace:
    """A batch every interval, whatever became of those before: what is due waits, and its latency grows meanwhile."""

    def __init__(self, *, start: float, seconds: float, batches_per_second: float, patience: float) -> None:
        self._start = start
        self._interval = 1 / batches_per_second
        self._total = round(seconds * batches_per_second)
        self._patience = patience
        self._taken = 0
        self.dropped = 0  # due, and still waiting for a connection when patience was over

    @property
    def is_over(self) -> bool:
        return self._taken >= self._total

    def take(self, now: float) -> float | None:
        """The instant at which the next batch was due, or None while none is."""
        while self._taken < self._total:
            due = self._start + self._taken * self._interval
            if due > now:
                return None
            self._taken += 1
            if now - due <= self._patience:
                return due
            self.dropped += 1
        return None

    def wait(self, now: float) -> float:
        """How long until the next batch is due."""
        return max(0.0, self._start + self._taken * self._interval - now)

    def stop(self) -> None:
        self._total = self._taken


class ClosedPace:
    """The next batch when the one before is answered: measures what the service can do, not what a caller sees."""

    dropped = 0

    def __init__(self, *, start: float, seconds: float) -> None:
        self._end = start + seconds
        self.is_over = False

    def take(self, now: float) -> float | None:
        if now >= self._end:
            self.is_over = True
        return None if self.is_over else now

    def wait(self, now: float) -> float:
        return max(0.0, self._end - now)

    def stop(self) -> None:
        self.is_over = True


Pace = OpenPace | ClosedPace
