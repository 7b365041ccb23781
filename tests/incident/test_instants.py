"""Times of day, as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sretool.incident.instants import last_at

NOW = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("03:00", datetime(2026, 3, 1, 3, 0, tzinfo=UTC)),
        ("3:00", datetime(2026, 3, 1, 3, 0, tzinfo=UTC)),
        ("03:04:05", NOW),
        ("03:04:06", datetime(2026, 2, 28, 3, 4, 6, tzinfo=UTC)),
        ("23:59", datetime(2026, 2, 28, 23, 59, tzinfo=UTC)),
        ("00:00", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_time_of_day_is_the_last_such_time_in_utc(text: str, meant: datetime):
    assert last_at(text, NOW) == meant
    assert last_at(text, NOW.astimezone(timezone(timedelta(hours=9)))) == meant


@pytest.mark.parametrize(
    "text", ["24:00", "03:60", "3", "03:00Z", "", "-1:00", "2026-03-01T03:00:00Z", "\u0660\u0663:\u0660\u0660"]
)
def test_what_is_no_time_of_day(text: str):
    assert last_at(text, NOW) is None
