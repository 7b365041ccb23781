from datetime import UTC, date, datetime, timedelta

import pytest
from billing.recount.kit import us
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.recount.calendar import QUARTER_US, cell, cells_of, first_instant, month_between, month_bounds
from sretool.clock import zone, zone_names


@pytest.mark.parametrize(
    ("zone_name", "day", "instant"),
    [
        ("Europe/Berlin", date(2026, 1, 1), "2025-12-31T23:00Z"),
        ("Europe/Berlin", date(2026, 7, 1), "2026-06-30T22:00Z"),
        ("Asia/Kathmandu", date(2026, 2, 1), "2026-01-31T18:15Z"),
        ("Australia/Lord_Howe", date(2026, 2, 1), "2026-01-31T13:00Z"),
        ("Pacific/Kiritimati", date(2026, 2, 1), "2026-01-31T10:00Z"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z"),  # 00:00 jumps to 01:00
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-25T22:00Z"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00Z"),
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00Z"),  # 01:00 falls back to 00:00: the first midnight
    ],
)
def test_a_local_day_begins_when_the_wall_clock_first_shows_it(zone_name, day, instant):
    assert first_instant(zone_name, day) == us(instant)


def test_a_local_month_is_found_by_its_exact_bounds_only():
    start, end = us("2026-02-28T23:00Z"), us("2026-03-31T22:00Z")

    assert month_between("Europe/Berlin", start, end) == date(2026, 3, 1)
    assert month_between("Europe/Berlin", start, end + QUARTER_US) is None
    assert month_between("Europe/Lisbon", start, end) is None


@given(st.sampled_from(zone_names()), st.integers(2024, 2031), st.integers(1, 12), st.data())
def test_the_cells_of_a_month_hold_exactly_the_instants_whose_local_date_is_in_it(zone_name, year, month, data):
    start, end = month_bounds(zone_name, date(year, month, 1))
    instant = data.draw(
        st.one_of(
            st.integers(start - 3_000_000, start + 3_000_000),
            st.integers(end - 3_000_000, end + 3_000_000),
            st.integers(start - 40 * 86_400_000_000, end + 40 * 86_400_000_000),
        )
    )
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(zone(zone_name))

    inside, edges = cells_of(start, end)

    assert (cell(instant) == inside or cell(instant) in edges) == ((local.year, local.month) == (year, month))
