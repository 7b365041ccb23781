"""The clock that records are stamped by, which may be wrong when a process starts and may not jump while it runs.

Stamps never decrease, and by them an id is forgotten. One record that is stamped weeks ahead puts everything after it
there, and forgets what can still be sent again. How much time has really passed is known without the clock: by another
one that nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sretool import clock
from sretool.billing.journal.errors import ClockJumped

SLACK_US = 3_600_000_000
LOOK_US = 2_000_000  # So long what was decided by a look at the clock may take to its record.
_HOUR_US = 3_600_000_000
# What also counts the time that a machine sleeps: Linux has a name of its own for it.
_UNSET = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def passed_us() -> int:
    """Microseconds since some instant, on a clock that nobody sets."""
    return time.clock_gettime_ns(_UNSET) // 1000


class SteadyClock:
    """Believes a clock when it is first asked, and from then on only while it agrees with the time that has passed.

    It may be set back at any time: stamps then stay where they are.
    """

    def __init__(self, now_us: Callable[[], int] = clock.now_us, passed_us: Callable[[], int] = passed_us) -> None:
        self._now_us, self._passed_us = now_us, passed_us
        self._began_us: int | None = None  # the clock less the time passed, when it was first asked
        self._look: tuple[int, int] | None = None  # what the last look said, and when that was

    def look(self) -> int:
        """The instant to judge timestamps by. When the clock has jumped ahead, what it would say if it had not."""
        now, passed, steady = self._read()
        self._look = (steady if now - steady > SLACK_US else now, passed)
        return self._look[0]

    def stamp(self) -> int:
        """The instant of a record that is written now. Raises ClockJumped."""
        now, passed, steady = self._read()
        if now - steady > SLACK_US:
            raise ClockJumped(_jumped(now - steady))
        if self._look is not None and passed - self._look[1] <= LOOK_US and abs(now - self._look[0]) > SLACK_US:
            raise ClockJumped("the clock was set while a batch was being taken; send it again")
        return now

    def fault(self) -> str | None:
        """Why nothing can be stamped at the moment."""
        if self._began_us is None:
            return None  # Asking is no reason to believe it from here on.
        now, _, steady = self._read()
        return _jumped(now - steady) if now - steady > SLACK_US else None

    def _read(self) -> tuple[int, int, int]:
        """The clock, the time passed, and what the clock would say had nobody set it."""
        now, passed = self._now_us(), self._passed_us()
        if self._began_us is None:
            self._began_us = now - passed
        return now, passed, self._began_us + passed


def _jumped(ahead_us: int) -> str:
    return (
        f"the clock jumped {ahead_us / _HOUR_US:.1f} hours ahead while the service ran, and usage stamped by it could "
        "be counted twice"
    )
