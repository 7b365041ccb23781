"""Billing periods against instants that were read off the zones' histories, not computed by the code under test."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool import clock
from sretool.billing.catalog.values import Customer
from sretool.billing.periods import (
    BillingPeriod,
    active_share,
    billing_period,
    first_instant_us,
    is_active,
    period_starting_at,
    periods_until,
)

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Pacific/Chatham", "Pacific/Apia", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Asuncion"),
    *("America/St_Johns", "Africa/Casablanca", "Asia/Tehran", "Antarctica/Troll"),
)


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


def customer(*, begins: date, ends: date | None = None, zone: str = "UTC") -> Customer:
    return Customer("acme", "c", zone, "EUR", "standard", begins, ends)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", date(2026, 1, 1), "2026-01-01T00:00Z"),
        ("Europe/Berlin", date(2026, 1, 1), "2025-12-31T23:00Z"),
        ("Europe/Berlin", date(2026, 7, 1), "2026-06-30T22:00Z"),
        ("America/New_York", date(2026, 1, 1), "2026-01-01T05:00Z"),
        ("Asia/Kolkata", date(2026, 1, 1), "2025-12-31T18:30Z"),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15Z"),
        ("Pacific/Chatham", date(2026, 1, 1), "2025-12-31T10:15Z"),
        ("Pacific/Chatham", date(2026, 7, 1), "2026-06-30T11:15Z"),
    ],
)
def test_a_local_day_begins_at_midnight_of_its_zone(zone: str, day: date, begins: str):
    assert first_instant_us(zone, day) == instant(begins)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z"),
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-25T22:00Z"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00Z"),
        ("America/Asuncion", date(2017, 10, 1), "2017-10-01T04:00Z"),  # the first of a month
        ("Asia/Damascus", date(2011, 4, 1), "2011-03-31T22:00Z"),  # the first of a month
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00Z"),  # the day that Samoa left out: it is the 31st
    ],
)
def test_a_midnight_that_does_not_exist_is_the_first_instant_after_the_gap(zone: str, day: date, begins: str):
    assert first_instant_us(zone, day) == instant(begins)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00Z"),
        ("America/Havana", date(2015, 11, 1), "2015-11-01T04:00Z"),  # the first of a month
        ("Atlantic/Azores", date(2026, 10, 25), "2026-10-25T00:00Z"),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30Z"),  # from 00:01 back to 23:01 of the day before
    ],
)
def test_of_a_midnight_that_occurs_twice_it_is_the_first(zone: str, day: date, begins: str):
    assert first_instant_us(zone, day) == instant(begins)


def test_a_gap_from_before_to_after_midnight_ends_the_day_before():
    """Toronto went from 23:30 to 00:30, so that the day began half an hour after a midnight that did not exist."""
    assert first_instant_us("America/Toronto", date(1919, 3, 31)) == instant("1919-03-31T04:30Z")


def test_a_period_in_utc_would_take_an_hour_of_the_next_year():
    berlin, utc = billing_period("Europe/Berlin", date(2025, 12, 1)), billing_period("UTC", date(2025, 12, 1))

    assert (berlin.start_us, berlin.end_us) == (instant("2025-11-30T23:00Z"), instant("2025-12-31T23:00Z"))
    assert utc.end_us - berlin.end_us == 3600 * 1_000_000
    assert berlin.name == "2025-12"


def test_a_month_with_a_change_of_the_clocks_is_an_hour_shorter_or_longer():
    hours = [
        (period.end_us - period.start_us) / 3_600_000_000
        for period in (billing_period("Europe/Berlin", date(2026, month, 1)) for month in (3, 10))
    ]

    assert hours == [31 * 24 - 1, 31 * 24 + 1]


@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_periods_follow_each_other_without_gap_or_overlap(zone: str, day: date):
    period = billing_period(zone, day)
    following = billing_period(zone, day.replace(day=1) + timedelta(days=32))

    assert period.end_us == following.start_us
    assert period_starting_at(zone, period.start_us) == period


@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_no_instant_before_the_beginning_of_a_day_is_of_that_day(zone: str, day: date):
    begins = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first_instant_us(zone, day))
    local = clock.zone(zone)

    assert begins.astimezone(local).date() >= day
    assert (begins - timedelta(seconds=1)).astimezone(local).date() < day


def test_no_period_starts_in_the_middle_of_one():
    with pytest.raises(ValueError, match="no billing period of Europe/Berlin starts at"):
        period_starting_at("Europe/Berlin", instant("2026-01-01T00:00Z"))


def test_a_period_that_is_none_cannot_be_said():
    with pytest.raises(ValueError, match="has to end after it starts"):
        BillingPeriod(date(2026, 1, 1), 900_000_000, 900_000_000)
    with pytest.raises(ValueError, match="begins and ends at a quarter-hour"):
        BillingPeriod(date(2026, 1, 1), 0, 1_000_000)


@pytest.mark.parametrize(
    ("begins", "ends", "share"),
    [
        (date(2025, 1, 1), None, "1"),
        (date(2026, 4, 16), None, "15/30"),
        (date(2026, 4, 30), None, "1/30"),
        (date(2025, 1, 1), date(2026, 4, 10), "10/30"),
        (date(2026, 4, 11), date(2026, 4, 11), "1/30"),
        (date(2026, 5, 1), None, "0"),
        (date(2025, 1, 1), date(2026, 3, 31), "0"),
    ],
)
def test_fees_are_prorated_by_local_days(begins: date, ends: date | None, share: str):
    subscription = customer(begins=begins, ends=ends)

    assert active_share(subscription, date(2026, 4, 1)) == Fraction(share)
    assert is_active(subscription, date(2026, 4, 1)) == (share != "0")


@given(st.integers(1, 28))
def test_splitting_a_period_between_two_subscriptions_preserves_its_days(day: int):
    split = date(2026, 2, day)
    first = customer(begins=date(2026, 1, 1), ends=split)
    second = customer(begins=split + timedelta(days=1))

    assert sum(active_share(each, split) for each in (first, second)) == 1


def test_the_periods_of_a_customer_end_with_his_subscription():
    subscription = customer(begins=date(2026, 1, 31), ends=date(2026, 3, 1))

    found = list(periods_until(subscription, instant("2026-12-01T00:00Z")))

    assert [period.name for period in found] == ["2026-01", "2026-02", "2026-03"]
    assert list(periods_until(subscription, instant("2026-01-31T23:59Z"))) == []
