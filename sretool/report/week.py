"""Which week a report is about: an ISO week, from Monday 00:00 UTC, or as much of it as there has been."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sretool.burn.spans import Span
from sretool.model.period import WEEK_SECONDS
from sretool.rules.timing import TILE

_NAME: Final = re.compile(r"([0-9]{4})-?W([0-9]{2})")
_FIRST_MONDAY: Final = 4 * 86_400
_LAST_MONDAY: Final = 253_401_868_800  # 9999-12-27.


class NoSuchWeek(ValueError):
    """The text names no week, or none that a report can be about; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Week:
    """From `start` up to the instant that the report is as of, in Unix seconds. A demonstration's is shorter."""

    name: str
    span: Span
    is_whole: bool

    @property
    def start(self) -> int:
        return self.span.start

    @property
    def end(self) -> int:
        return self.span.end

    @property
    def start_utc(self) -> datetime:
        return datetime.fromtimestamp(self.start, UTC)

    @property
    def as_of_utc(self) -> datetime:
        return datetime.fromtimestamp(self.end, UTC)


def week_so_far(at: float, *, scale: int = 1, now: float = math.inf) -> Week:
    """The week that an instant lies in. A Monday's midnight belongs to the week that it ends.

    With a scale, as rules are generated for demonstrations, it is that part of a week before the instant, from a whole
    tile on: what is said of an hour ago is not to depend on the second of asking. Raises NoSuchWeek for what is before
    1970 or after 9999, and for what is later than now.
    """
    end = math.floor(at)
    if now < end < _LAST_MONDAY:
        raise NoSuchWeek(f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ} is yet to come")
    if not _FIRST_MONDAY < end < _LAST_MONDAY:
        raise NoSuchWeek(f"{end} is in no week from 1970 to 9999")
    if scale > 1:
        start = (end - max(1, WEEK_SECONDS // scale)) // _tiles_seconds(scale) * _tiles_seconds(scale)
        return Week(_name(end), Span(start, end), is_whole=True)
    monday = _monday(end - 1)
    return Week(_name(end - 1), Span(monday, end), is_whole=end - monday == WEEK_SECONDS)


def week_named(text: str, *, now: float) -> Week:
    """The ISO week of a name such as 2026-W48; of the one that is not over, as much as there has been.

    Raises NoSuchWeek.
    """
    named = _NAME.fullmatch(text)
    try:
        first = date.fromisocalendar(int(named[1]), int(named[2]), 1) if named else None
    except ValueError:
        first = None
    if first is None:
        raise NoSuchWeek(f"{text} is no week: write such as 2026-W48")
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    if start >= math.floor(now):
        raise NoSuchWeek(f"{text} has not begun yet")
    if start < _FIRST_MONDAY:
        raise NoSuchWeek(f"{text} is in no week from 1970 to 9999")
    return week_so_far(min(start + WEEK_SECONDS, math.floor(now)))


def _tiles_seconds(scale: int) -> int:
    """The least number of whole seconds that whole tiles of such rules take."""
    tile = int(TILE.seconds)
    return tile // math.gcd(tile, scale)


def _monday(second: int) -> int:
    day = datetime.fromtimestamp(second, UTC).date()
    monday = day - timedelta(days=day.weekday())
    return int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())


def _name(second: int) -> str:
    year, number, _ = datetime.fromtimestamp(second, UTC).isocalendar()
    return f"{year}-W{number:02}"
