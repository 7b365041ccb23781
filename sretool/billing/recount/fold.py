"""The documents that the journal calls for: a fold over its control records, in their order.

A cut calls for a document of every customer whose local month it closes; a void ends one, and may call for its
successor. What the documents say is another matter (bill.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sretool.billing.journal import Kind, Record
from sretool.billing.recount.bill import Due
from sretool.billing.recount.calendar import month_between, month_bounds, next_month
from sretool.billing.recount.rating import exact, minor
from sretool.billing.recount.store import Store

NAMESPACE = uuid5(NAMESPACE_URL, "https://sretool.dev/billing/invoice")
DUE_COLUMNS = (
    "id, tenant, customer, start_us, end_us, final, version, basis, recut, cut_no, control, catalog, as_of_us, voided"
)


class Fold:
    """Applies CATALOG, GRANT, CUT and VOID records to a store, inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, record: Record, body: Mapping[str, Any], *, cut_no: int) -> int:
        """Apply a record that says `body` and before which `cut_no` cuts stand; returns how many stand behind it."""
        match record.kind:
            case Kind.CATALOG:
                self._catalog(record, body["catalog"])
            case Kind.GRANT:
                self._grant(record, body)
            case Kind.CUT:
                self._cut(record, body, cut_no=cut_no)
                return cut_no + 1
            case Kind.VOID:
                self._void(record, body, cut_no=cut_no)
                return cut_no + 1 if body["recut"] else cut_no
            case _:
                raise AssertionError(f"{record.kind!r} makes no document")
        return cut_no

    def _catalog(self, record: Record, catalog: Mapping[str, Any]) -> None:
        self._store.many("INSERT INTO catalogs VALUES (?, ?)", [(record.position, json.dumps(catalog))])
        for currency in {who["currency"] for _, who in _customers(catalog)}:
            self._store.count(f"delta:{currency}", by=0)  # a counter is there before it first moves

    def _grant(self, record: Record, body: Mapping[str, Any]) -> None:
        amount_minor = minor(exact(body["amount"]), body["currency"])
        whose = (body["tenant"], body["customer"], body["currency"], amount_minor)
        when = (body["priority"], body["effective_us"], body["expires_us"])
        self._store.many(
            "INSERT OR IGNORE INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(body["id"], record.position, *whose, *when)],
        )

    def _cut(self, record: Record, body: Mapping[str, Any], *, cut_no: int) -> None:
        row = self._store.rows("SELECT position, body FROM catalogs ORDER BY position DESC LIMIT 1")
        if not row:
            return
        position, catalog = row[0][0], json.loads(row[0][1])
        called = self._ended if body["final"] else self._closed
        for tenant, customer in called(catalog, body):
            final = record.position if body["final"] else 0
            due = Due(
                id=_identity(tenant, customer, start_us=body["start_us"], final=final, version=1),
                tenant=tenant,
                customer=customer,
                start_us=body["start_us"],
                end_us=body["end_us"],
                final=final,
                version=1,
                basis=record.position,
                recut=False,
                cut_no=cut_no,
                control=record.position,
                catalog=position,
                as_of_us=body["as_of_us"],
            )
            self._call_for(due, record)

    def _closed(self, catalog: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Who is active in the local month with these bounds, and has no document for it."""
        start_us, end_us = body["start_us"], body["end_us"]
        issued = "SELECT tenant, customer FROM dues WHERE start_us = ? AND final = 0"
        known = set(self._store.rows(issued, start_us))
        for place, who in _customers(catalog):
            month = month_between(who["zone"], start_us, end_us)
            if month is not None and _is_active(who, month) and place not in known:
                yield place

    def _ended(self, catalog: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Whose last month, and its grace, is over, and who has a document."""
        known = set(self._store.rows("SELECT DISTINCT tenant, customer FROM dues WHERE final = 0"))
        for place, who in _customers(catalog):
            if who.get("to") is not None and place in known:
                last = date.fromisoformat(who["to"]).replace(day=1)
                if month_bounds(who["zone"], last)[1] + catalog["grace_us"] <= body["as_of_us"]:
                    yield place

    def _void(self, record: Record, body: Mapping[str, Any], *, cut_no: int) -> None:
        due = due_of(self._store, "id = ? AND voided IS NULL", body["invoice"])
        if not due:
            return
        old = due[0]
        self._store.many(
            "UPDATE dues SET voided = ?, voided_end = ? WHERE id = ?", [(record.position, record.end, old.id)]
        )
        if body["reissue"]:
            self._reissue(record, old, recut=body["recut"], cut_no=cut_no)

    def _reissue(self, record: Record, old: Due, *, recut: bool, cut_no: int) -> None:
        """The next version: with the same basis, or with the void as its basis."""
        version, place = old.version + 1, (old.tenant, old.customer)
        catalog = self._store.number("SELECT MAX(position) FROM catalogs")
        due = Due(
            id=_identity(*place, start_us=old.start_us, final=old.final, version=version),
            tenant=old.tenant,
            customer=old.customer,
            start_us=old.start_us,
            end_us=old.end_us,
            final=old.final,
            version=version,
            basis=record.position if recut else old.basis,
            recut=recut or old.recut,
            cut_no=cut_no if recut else old.cut_no,
            control=record.position,
            catalog=catalog if recut else old.catalog,
            as_of_us=old.as_of_us,
        )
        self._call_for(due, record)

    def _call_for(self, due: Due, record: Record) -> None:
        values = astuple(due)
        marks = ", ".join("?" * (len(values) + 1))
        self._store.many(
            f"INSERT INTO dues ({DUE_COLUMNS}, control_end) VALUES ({marks})",  # noqa: S608
            [(*values, record.end)],
        )


def due_of(store: Store, condition: str, *values: object, limit: int = -1) -> list[Due]:
    """The documents called for that satisfy a condition in SQL, in the order of their control records."""
    query = f"SELECT {DUE_COLUMNS} FROM dues WHERE {condition} ORDER BY control, id LIMIT ?"  # noqa: S608
    return [Due(*row) for row in store.rows(query, *values, limit)]


def _customers(catalog: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    for tenant, customers in sorted(catalog["customers"].items()):
        for name, who in sorted(customers.items()):
            yield (tenant, name), who


def _is_active(who: Mapping[str, Any], month: date) -> bool:
    return who["from"] < next_month(month).isoformat() and (who.get("to") is None or who["to"] >= month.isoformat())


def _identity(tenant: str, customer: str, *, start_us: int, final: int, version: int) -> str:
    period = f"final:{final}" if final else str(start_us)
    return str(uuid5(NAMESPACE, f"{tenant}|{customer}|{period}|{version}"))
