"""How long an id is known: by whole UTC ingest days, never by a clock.

An id is known on an ingest day if that is at most DEDUPE_DAYS after the day on which it first came. So a generation of
ids is forgotten whole, and what is known does not depend on when somebody looks.
"""

from __future__ import annotations

from sretool.billing.ledger.protocol import DAY_US

DEDUPE_DAYS = 36


class UnsafeWindows(ValueError):
    """An id could be forgotten while its event is still accepted."""


def ingest_day(ingest_us: int) -> int:
    return ingest_us // DAY_US


def is_known(first_day: int, day: int, *, dedupe_days: int = DEDUPE_DAYS) -> bool:
    """Whether an id that first came on one ingest day is known on another."""
    return day - first_day <= dedupe_days


def check_windows(*, past_days: int, future_hours: int, dedupe_days: int = DEDUPE_DAYS) -> None:
    """Refuse windows in which a replay could be counted twice. Raises UnsafeWindows.

    An event can come first `future_hours` before its timestamp and last `past_days` after it. One more day is for the
    time between the gateway's look at its clock and the writer's stamp.
    """
    needed = past_days + -(-future_hours // 24) + 1
    if dedupe_days < needed:
        raise UnsafeWindows(
            f"ids are known for {dedupe_days} days, but events from {past_days} days back to {future_hours} hours ahead"
            f" can be sent again for {needed}: an event could be counted twice"
        )
