"""Billing periods: local calendar months of a customer's zone, as UTC instants that are computed once.

Instants are whole microseconds since 1970. A period is [start_us, end_us): the first instant of the month's first local
day, up to that of the next month. Nobody asks later which day it is somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from sretool import clock
from sretool.billing.catalog.months import first_day, last_day, month_name, months_later
from sretool.billing.catalog.values import Commit, Customer

QUARTER_US = 900_000_000  # rollups are kept by UTC quarter-hours, so that every bound has to be one's edge
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """`month` is its first local day."""

    month: date
    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if not self.start_us < self.end_us:
            raise ValueError(f"a period has to end after it starts: {self.start_us} to {self.end_us}")
        if self.start_us % QUARTER_US or self.end_us % QUARTER_US:
            raise ValueError(f"a period begins and ends at a quarter-hour: {self.start_us} to {self.end_us}")

    @property
    def name(self) -> str:
        """2026-01."""
        return month_name(self.month)


@lru_cache(maxsize=100_000)
def billing_period(zone: str, month: date) -> BillingPeriod:
    """The period of a calendar month, given by any of its days, in an IANA zone. Raises clock.UnknownZone."""
    begins = first_day(month)
    return BillingPeriod(begins, first_instant_us(zone, begins), first_instant_us(zone, months_later(begins, 1)))


def period_starting_at(zone: str, start_us: int) -> BillingPeriod:
    """The period that starts at an instant. Raises ValueError where none does."""
    local = (_EPOCH + timedelta(microseconds=start_us)).astimezone(clock.zone(zone))
    period = billing_period(zone, local.date())
    if period.start_us != start_us:
        raise ValueError(f"no billing period of {zone} starts at {start_us}")
    return period


def first_instant_us(zone: str, day: date) -> int:
    """When a local day begins.

    A midnight that does not exist is the first instant after the gap; of one that occurs twice it is the first.
    """
    local = clock.zone(zone)
    midnight = datetime.combine(day, time.min, tzinfo=local)
    instant = midnight.astimezone(UTC)
    if instant.astimezone(local).replace(tzinfo=None) != midnight.replace(tzinfo=None):
        instant = _end_of_gap(local, before=midnight.replace(fold=1).astimezone(UTC), after=instant)
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _end_of_gap(local: ZoneInfo, *, before: datetime, after: datetime) -> datetime:
    """The instant at which the offset changes, between one before the change and one at or after it."""
    offset = after.astimezone(local).utcoffset()
    low, high = 0, (after - before) // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(local).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + high * _SECOND


def is_active(customer: Customer, month: date) -> bool:
    """Whether the subscription holds on any day of a month."""
    ended = customer.to_day is not None and customer.to_day < first_day(month)
    return customer.from_day <= last_day(month) and not ended


def active_share(customer: Customer, month: date) -> Fraction:
    """The subscription's local days in a month / the month's days, by which fixed fees and minimums are prorated."""
    begins, ends = first_day(month), last_day(month)
    first = max(begins, customer.from_day)
    last = ends if customer.to_day is None else min(ends, customer.to_day)
    return Fraction(max(0, (last - first).days + 1), (ends - begins).days + 1)


def periods_until(customer: Customer, until_us: int) -> Iterator[BillingPeriod]:
    """The periods in which a customer is active and that have ended at an instant, in order."""
    month = first_day(customer.from_day)
    while is_active(customer, month):
        period = billing_period(customer.zone, month)
        if period.end_us > until_us:
            return
        yield period
        month = months_later(month, 1)


def commit_months(commit: Commit) -> tuple[date, date]:
    """The first and the last month of a commit, each by its first day."""
    return commit.first_day, months_later(commit.first_day, commit.periods - 1)
