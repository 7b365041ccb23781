"""What a customer's plan and commits make of his usage: the lines owed for one period.

The catalogue is the plain JSON of a journal record; nothing here knows what was billed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from sretool.billing.recount.calendar import days_of, local_day, month_bounds, next_month
from sretool.billing.recount.rating import exact, minor, price
from sretool.billing.recount.usage import Usage

Catalog = Mapping[str, Any]
MINIMUM = "minimum"


class Account(NamedTuple):
    """Whose usage, as of which cut."""

    tenant: str
    customer: str
    usage: Usage
    cut_no: int


class Period(NamedTuple):
    """A local month and the catalogue that holds for it."""

    start_us: int
    end_us: int
    catalog: Catalog


class Owed(NamedTuple):
    """A line of a period in minor units; one of usage says how much of which meter."""

    kind: str
    line: str
    amount_minor: int
    meter: str = ""
    quantity: Fraction = Fraction(0)


class Commit(NamedTuple):
    """A commitment, with the starts of the months that it covers."""

    id: str
    prepaid: bool
    amount_minor: int
    starts: tuple[int, ...]


def customer(catalog: Catalog, tenant: str, name: str) -> Mapping[str, Any]:
    """A customer of the catalogue. Raises KeyError."""
    found: Mapping[str, Any] = catalog["customers"][tenant][name]
    return found


def owed(account: Account, period: Period, at: Callable[[int], Period | None]) -> list[Owed]:
    """All lines of a period. `at` gives closed periods by their start: a postpaid commit sums those that it covers."""
    lines = _plan_lines(account, period)
    for commit in commits(customer(period.catalog, account.tenant, account.customer)):
        name = f"commit:{commit.id}"
        if commit.prepaid and commit.starts[0] == period.start_us:
            lines.append(Owed("commit", name, commit.amount_minor))
        elif not commit.prepaid and commit.starts[-1] == period.start_us:
            months = [at(start) for start in commit.starts]
            used = sum(_used(account, month) for month in months if month is not None)
            lines.append(Owed("commit", name, max(0, commit.amount_minor - used)))
    return lines


def fixed_lines(catalog: Catalog, tenant: str, name: str, start_us: int) -> frozenset[str]:
    """The lines of a period that are no usage."""
    plan = plan_in_force(catalog, tenant, name, start_us) or {"lines": []}
    return frozenset(line["id"] for line in plan["lines"] if "fixed" in line)


def commits(who: Mapping[str, Any]) -> Iterator[Commit]:
    """A customer's commits, in the catalogue's order."""
    for commit in who.get("commits", ()):
        first = date.fromisoformat(f"{commit['from']}-01")
        yield Commit(
            commit["id"],
            commit["kind"] == "prepaid",
            minor(exact(commit["amount"]), who["currency"]),
            tuple(month_bounds(who["zone"], next_month(first, count=n))[0] for n in range(commit["periods"])),
        )


def _used(account: Account, period: Period) -> int:
    """What a postpaid commit counts of a period."""
    return sum(line.amount_minor for line in _plan_lines(account, period) if line.kind in {"usage", MINIMUM})


def _plan_lines(account: Account, period: Period) -> list[Owed]:
    """The lines of the plan, and its minimum; none where no version of the plan is in force."""
    plan = plan_in_force(period.catalog, account.tenant, account.customer, period.start_us)
    if plan is None:
        return []
    who = customer(period.catalog, account.tenant, account.customer)
    share, currency = _active_share(who, period.start_us), who["currency"]
    lines = [_line(account, period, line, share=share, currency=currency) for line in plan["lines"]]
    if plan.get("minimum") is not None:
        least = minor(exact(plan["minimum"]) * share, currency)
        used = sum(line.amount_minor for line in lines if line.kind == "usage")
        lines.append(Owed(MINIMUM, MINIMUM, max(0, least - used)))
    return lines


def _line(account: Account, period: Period, line: Mapping[str, Any], *, share: Fraction, currency: str) -> Owed:
    if "fixed" in line:
        return Owed("fixed", line["id"], minor(exact(line["fixed"]) * share, currency))
    quantity = account.usage.quantity(
        line["meter"],
        period.catalog["meters"][line["meter"]]["aggregation"],
        start_us=period.start_us,
        end_us=period.end_us,
        cut_no=account.cut_no,
    )
    return Owed("usage", line["id"], minor(price(line, quantity), currency), line["meter"], quantity)


def plan_in_force(catalog: Catalog, tenant: str, name: str, start_us: int) -> Mapping[str, Any] | None:
    """The version in force on the first day of the period, of those in the customer's currency."""
    who = customer(catalog, tenant, name)
    first_day = _month(who["zone"], start_us).isoformat()
    versions = [
        version
        for version in catalog["plans"][who["plan"]]
        if version["currency"] == who["currency"] and version["from"] <= first_day
    ]
    return max(versions, key=lambda version: str(version["from"]), default=None)


def _active_share(who: Mapping[str, Any], start_us: int) -> Fraction:
    """The part of a month's days on which the subscription ran."""
    month = _month(who["zone"], start_us)
    last = next_month(month) - timedelta(days=1)
    begun = max(month, date.fromisoformat(who["from"]))
    ended = last if who.get("to") is None else min(last, date.fromisoformat(who["to"]))
    return Fraction(max(0, (ended - begun).days + 1), days_of(month))


def _month(zone_name: str, start_us: int) -> date:
    return local_day(zone_name, start_us).replace(day=1)
