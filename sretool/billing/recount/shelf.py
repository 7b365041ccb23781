"""Everything that bears upon one customer's documents, gathered from the recount and from what was issued."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from sretool.billing.recount import theirs
from sretool.billing.recount.bill import Books, Grant
from sretool.billing.recount.fold import due_of
from sretool.billing.recount.store import Store
from sretool.billing.recount.terms import Catalog
from sretool.billing.recount.usage import Cell, Seen, Usage

_CATALOGS_BYTES_MAX = 16 << 20  # of JSON text


class Shelf:
    """Books by customer. Catalogues, which many customers share, are kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._catalogs: dict[int, tuple[int, Catalog]] = {}

    def books(self, tenant: str, customer: str, invoices: sqlite3.Connection) -> Books:
        """What there is about a customer, with what the service has billed him."""
        dues = due_of(self._store, "tenant = ? AND customer = ?", tenant, customer)
        ids = [due.id for due in dues]
        return Books(
            dues=dues,
            usage=self._usage(tenant, customer),
            catalog=self._catalog,
            grants=self._grants(tenant, customer),
            billed=theirs.lines(invoices, ids),
            drawn=theirs.drawdowns(invoices, ids),
        )

    def _usage(self, tenant: str, customer: str) -> Usage:
        cells: dict[str, list[Cell]] = {}
        query = (
            "SELECT meter, cell, cut_no, events, amount, us, id FROM cells"
            " WHERE tenant = ? AND customer = ? ORDER BY meter, cell, cut_no"
        )
        for meter, number, cut_no, events, amount, us, identity in self._store.rows(query, tenant, customer):
            cells.setdefault(meter, []).append(Cell(number, cut_no, events, int(amount), (us, identity)))
        values: dict[str, list[Seen]] = {}
        query = "SELECT meter, quarter, cut_no, value FROM distinct_values WHERE tenant = ? AND customer = ?"
        for meter, *seen in self._store.rows(query, tenant, customer):
            values.setdefault(meter, []).append(Seen(*seen))
        return Usage(cells, values)

    def _grants(self, tenant: str, customer: str) -> list[Grant]:
        query = (
            "SELECT id, position, currency, amount_minor, priority, effective_us, expires_us FROM grants"
            " WHERE tenant = ? AND customer = ?"
        )
        return [Grant(*row) for row in self._store.rows(query, tenant, customer)]

    def _catalog(self, position: int) -> Catalog:
        kept = self._catalogs.pop(position, None)
        if kept is None:
            text = self._store.rows("SELECT body FROM catalogs WHERE position = ?", position)[0][0]
            kept = len(text), json.loads(text)
            _drop_oldest(self._catalogs, (size for size, _ in self._catalogs.values()), room=len(text))
        self._catalogs[position] = kept  # last in the dict: used last
        return kept[1]


def _drop_oldest(catalogs: dict[int, tuple[int, Catalog]], sizes: Iterable[int], *, room: int) -> None:
    total = sum(sizes) + room
    while catalogs and total > _CATALOGS_BYTES_MAX:
        total -= catalogs.pop(next(iter(catalogs)))[0]
