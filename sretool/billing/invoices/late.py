"""Usage of closed periods that no document has billed: what `billing invoice run` or the next invoice will correct."""

from __future__ import annotations

from collections.abc import Mapping

from sretool.billing.catalog.values import Catalog
from sretool.billing.invoices.documents import AMOUNTS_END
from sretool.billing.invoices.due import NEVER_US, has_ended
from sretool.billing.invoices.gather import Closing, Gatherer
from sretool.billing.invoices.history import Basis
from sretool.billing.invoices.store import Standing, Store
from sretool.billing.invoices.usage import CustomerKey, UsageSource
from sretool.money import minor_units

_NOW = 2**62  # a position behind everything


def refresh_late(store: Store, usage: UsageSource) -> None:
    """Compute again what is owed and not billed, for every customer for whom it may be something."""
    position = store.catalog_position(_NOW)
    if position is None:
        return
    catalog = store.catalog(position)
    closing = Closing(Basis(_NOW, 0, position, 0), catalog, _NOW, minor_units)
    gatherer = Gatherer(store, usage)
    rows = []
    for key in sorted(unsettled(store.every_standing(), usage)):
        customer = catalog.customer(*key)
        if customer is None:
            continue
        history = store.history(key)
        account = gatherer.account(closing, customer, history, own=None, as_of_now=True)
        owed = sum(line.amount_minor for start_us in account.terms for line in account.owed(start_us))
        late = owed - sum(history.net(_NOW).values())
        if late:
            rows.append((*key, customer.currency, max(1 - AMOUNTS_END, min(late, AMOUNTS_END - 1))))
    with store.transaction():
        store.connection.execute("DELETE FROM late")
        store.connection.executemany("INSERT INTO late VALUES (?, ?, ?, ?)", rows)


def is_final_cut_needed(
    catalog: Catalog, standings: Mapping[CustomerKey, Standing], usage: UsageSource, *, as_of_us: int
) -> bool:
    """Whether a final cut could bill anything: to somebody who gets no further invoice, and is not settled."""
    customers = (catalog.customer(*key) for key in unsettled(standings, usage))
    return any(customer is not None and has_ended(customer, catalog, as_of_us) for customer in customers)


def unsettled(standings: Mapping[CustomerKey, Standing], usage: UsageSource) -> set[CustomerKey]:
    """Customers with usage of closed periods from after the cut at which they were settled, and those with voids."""
    closed = [standing.settled_cut_no for standing in standings.values() if standing.closed_until_us]
    if not closed:
        return set()
    least = min(closed)
    late = usage.late(before_us=NEVER_US, after_cut_no=least, cut_no=None)
    found = {key for key, standing in standings.items() if standing.is_unsettled and standing.closed_until_us}
    for key, (since_us, cut_no) in late.items():
        standing = standings.get(key)
        if standing and cut_no > standing.settled_cut_no and since_us < standing.closed_until_us:
            found.add(key)
    return found


def late_minor(store: Store) -> dict[str, int]:
    """What is late and unbilled, by currency, as it was computed last."""
    found: dict[str, int] = {}
    for currency, late in store.connection.execute("SELECT currency, amount_minor FROM late"):
        found[currency] = found.get(currency, 0) + late
    return found
