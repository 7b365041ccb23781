"""The only module that reads the time, and the one that knows time zones.

Zones come from the pinned tzdata package, never from the machine, so that the same specification gives the same
rules everywhere.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class UnknownZone(ValueError):
    """The name is not an IANA time zone of the pinned tzdata."""


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def now_us() -> int:
    """This instant, in whole microseconds since 1970 in UTC."""
    return time.time_ns() // 1000


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as Europe/Berlin. Raises UnknownZone."""
    from importlib import resources
    from zoneinfo import ZoneInfo

    parts = name.split("/")
    if not all(part and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        raise UnknownZone(f"{name!r} is not an IANA time zone such as Europe/Berlin")
    try:
        with resources.files("tzdata").joinpath("zoneinfo", *parts).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ValueError) as error:
        raise UnknownZone(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error


@cache
def zone_names() -> tuple[str, ...]:
    """Every name that `zone` knows."""
    from importlib import resources

    return tuple(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


@cache
def offsets(name: str, *, first_year: int, last_year: int) -> tuple[int, tuple[tuple[int, int], ...]]:
    """A zone's offset from UTC in seconds at the start of `first_year`, and its changes up to the end of `last_year`.

    A change is (Unix time, seconds that the offset grows by). Zones change at whole minutes since 1972.
    """
    local = zone(name)
    instant, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    start = before = _offset(local, instant)
    changes: list[tuple[int, int]] = []
    day = timedelta(days=1)
    while instant < end:
        after = _offset(local, instant + day)
        if after != before:
            changes.append((_change_between(local, instant, instant + day), after - before))
        before, instant = after, instant + day
    return start, tuple(changes)


def _offset(local: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(local).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def _change_between(local: ZoneInfo, low: datetime, high: datetime) -> int:
    """The first whole minute at which the offset is that of `high`."""
    target = _offset(local, high)
    minutes = int((high - low).total_seconds()) // 60
    first, last = 0, minutes
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(local, low + timedelta(minutes=middle)) == target:
            last = middle
        else:
            first = middle
    return int((low + timedelta(minutes=last)).timestamp())
