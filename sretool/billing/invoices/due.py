"""Which cuts are needed, which invoices are due, and which of them were on time.

Billing time is now, or further where `billing invoice run --as-of` has moved it: the one clock that can be moved. An
invoice is due `grace` after its period's end, or when its customer became known, and has `deadline` from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sretool.billing.catalog.months import first_day, months_later
from sretool.billing.catalog.values import Catalog, Customer
from sretool.billing.invoices.controls import Cut
from sretool.billing.invoices.store import Standing, Store
from sretool.billing.invoices.usage import CustomerKey
from sretool.billing.periods import BillingPeriod, billing_period, is_active, period_starting_at

NEVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Needed:
    """The cuts to append now, in order of their periods' ends; and the instant at which the next one is needed."""

    cuts: tuple[Cut, ...]
    next_us: int


def needed_cuts(catalog: Catalog, closed_until: Mapping[CustomerKey, int], as_of_us: int) -> Needed:
    """One cut for each pair of bounds of a period that is over, with its grace, and not closed for every customer.

    `closed_until` has the end of the last closed period of customers that have one. Pure.
    """
    bounds: set[tuple[int, int]] = set()
    next_us = NEVER_US
    for customer, closed_us in _alike(catalog, closed_until):
        for period in _periods_after(customer, closed_us):
            due_us = period.end_us + catalog.grace_us
            if due_us > as_of_us:
                next_us = min(next_us, due_us)
                break
            bounds.add((period.start_us, period.end_us))
    in_order = sorted(bounds, key=lambda pair: (pair[1], pair[0]))
    return Needed(tuple(Cut(start_us, end_us, as_of_us) for start_us, end_us in in_order), next_us)


def _alike(catalog: Catalog, closed_until: Mapping[CustomerKey, int]) -> list[tuple[Customer, int]]:
    """One customer of all who have the same zone and days and are closed until the same instant."""
    found: dict[object, tuple[Customer, int]] = {}
    for customer in catalog.every_customer():
        closed_us = closed_until.get((customer.tenant, customer.id), 0)
        last = None if customer.to_day is None else first_day(customer.to_day)
        found.setdefault((customer.zone, first_day(customer.from_day), last, closed_us), (customer, closed_us))
    return list(found.values())


def _periods_after(customer: Customer, closed_us: int) -> Iterator[BillingPeriod]:
    """The periods of a customer that start at or after an instant, the end of one of them or 0."""
    month = first_day(customer.from_day)
    if closed_us:
        month = max(month, period_starting_at(customer.zone, closed_us).month)
    while is_active(customer, month):
        yield billing_period(customer.zone, month)
        month = months_later(month, 1)


def has_ended(customer: Customer, catalog: Catalog, as_of_us: int) -> bool:
    """Whether the last period of a customer is over, with its grace."""
    if customer.to_day is None:
        return False
    last = billing_period(customer.zone, first_day(customer.to_day))
    return last.end_us + catalog.grace_us <= as_of_us


def deadline_us(catalog: Catalog, period: BillingPeriod, standing: Standing) -> int:
    """Until when, in billing time, the invoice of a period has to be final."""
    return max(period.end_us + catalog.grace_us, standing.known_us) + catalog.deadline_us


def overdue(
    catalog: Catalog, standings: Mapping[CustomerKey, Standing], *, as_of_us: int
) -> list[tuple[CustomerKey, BillingPeriod, int]]:
    """Invoices past their deadline that are not final: whose, of which period, and the deadline."""
    found = []
    for customer in catalog.every_customer():
        key = (customer.tenant, customer.id)
        standing = standings.get(key)
        if standing is None:
            continue
        for period in _periods_after(customer, standing.closed_until_us):
            until_us = deadline_us(catalog, period, standing)
            if until_us > as_of_us:
                break
            found.append((key, period, until_us))
    return found


def record_final(store: Store, rows: list[tuple[str, str, int, int, int | None]]) -> None:
    """Note when invoices became final: tenant, customer, start, deadline and the instant in billing time, if ever."""
    store.connection.executemany(
        "INSERT INTO due VALUES (?, ?, ?, ?, ?, NULL)"
        " ON CONFLICT DO UPDATE SET finalized_us = coalesce(finalized_us, excluded.finalized_us)",
        rows,
    )


def count_due(store: Store, missed: list[tuple[CustomerKey, BillingPeriod, int]], *, as_of_us: int) -> None:
    """Decide, once and for all, on every invoice whose deadline has passed. In a transaction of its own."""
    with store.transaction():
        store.connection.executemany(
            "INSERT OR IGNORE INTO due VALUES (?, ?, ?, ?, NULL, NULL)",
            ((*key, period.start_us, until_us) for key, period, until_us in missed),
        )
        for outcome, condition in (
            ("on_time", "finalized_us <= deadline_us"),
            ("missed", "coalesce(finalized_us > deadline_us, 1)"),
        ):
            changed = store.connection.execute(
                "UPDATE due SET outcome = ? WHERE outcome IS NULL AND deadline_us <= ? AND " + condition,  # noqa: S608
                (outcome, as_of_us),
            )
            store.add_total("due", outcome, changed.rowcount)
