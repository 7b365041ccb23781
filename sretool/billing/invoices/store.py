"""invoices.db: documents, what they drew, credits, and how far the fold has come. Every change is in a transaction."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sretool.billing.catalog.plain import catalog_as_json, catalog_from_json
from sretool.billing.catalog.values import Catalog
from sretool.billing.invoices.controls import Control, Grant
from sretool.billing.invoices.documents import AMOUNTS_END, Document, Line, document_as_json
from sretool.billing.invoices.history import Basis, BilledLine, History, Issued
from sretool.billing.invoices.schema import open_store
from sretool.billing.invoices.usage import CustomerKey

_CATALOGS_KEPT = 4  # parsed, of those that documents refer to
_KEY = "(tenant, customer) >= (?, ?) AND (tenant, customer) <= (?, ?)"
_ISSUED = """
SELECT id, start_us, end_us, final_position, version, basis_position, cut_no, catalog_position, as_of_us,
basis_is_recut, control_position, voided_position, total_minor FROM documents WHERE tenant = ? AND customer = ?
ORDER BY control_position, id
"""
_INSERT_DOCUMENT = """
INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, 'finalized', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)
"""
_ADD_TOTAL = "INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a customer's billing has come; see the table `customers`."""

    known_us: int
    closed_until_us: int = 0
    settled_cut_no: int = -1
    is_unsettled: bool = False


class Store:
    """One writer; open it once."""

    def __init__(self, path: Path) -> None:
        self.connection = open_store(path)
        self._catalogs: dict[int, Catalog] = {}

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    # --- how far the fold has come

    def progress(self, name: str) -> int:
        """0 where nothing is said."""
        row = self.connection.execute("SELECT value FROM progress WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def set_progress(self, name: str, value: int) -> None:
        self.connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (name, value))

    def add_total(self, name: str, label: str, value: int) -> None:
        self.connection.execute(_ADD_TOTAL, (name, label, min(value, AMOUNTS_END - 1)))

    def totals(self, name: str) -> dict[str, int]:
        """Cumulative values by label."""
        rows = self.connection.execute("SELECT label, value FROM totals WHERE name = ?", (name,))
        return dict(rows)

    # --- catalogues

    def add_catalog(self, control: Control, catalog: Catalog) -> None:
        said = json.dumps(catalog_as_json(catalog), sort_keys=True)
        self.connection.execute("INSERT OR IGNORE INTO catalogs VALUES (?, ?)", (control.position, said))
        self.connection.executemany(
            "INSERT OR IGNORE INTO customers (tenant, customer, known_us) VALUES (?, ?, ?)",
            ((customer.tenant, customer.id, control.ingest_us) for customer in catalog.every_customer()),
        )
        self._catalogs[control.position] = catalog

    def catalog_position(self, before: int) -> int | None:
        """Where the catalogue stands that is in force at a position; None before the first one."""
        row = self.connection.execute("SELECT MAX(position) FROM catalogs WHERE position < ?", (before,)).fetchone()
        return None if row[0] is None else int(row[0])

    def catalog(self, position: int) -> Catalog:
        if position not in self._catalogs:
            while len(self._catalogs) >= _CATALOGS_KEPT:
                self._catalogs.pop(next(iter(self._catalogs)))
            row = self.connection.execute("SELECT json FROM catalogs WHERE position = ?", (position,)).fetchone()
            self._catalogs[position] = catalog_from_json(json.loads(row[0]))
        return self._catalogs[position]

    # --- customers

    def standings(self, first: CustomerKey, last: CustomerKey) -> dict[CustomerKey, Standing]:
        """Of all customers from `first` to `last`."""
        rows = self.connection.execute(f"SELECT * FROM customers WHERE {_KEY}", (*first, *last))  # noqa: S608
        return {
            (tenant, customer): Standing(known, closed, settled, bool(unsettled))
            for tenant, customer, known, closed, settled, unsettled in rows
        }

    def every_standing(self) -> dict[CustomerKey, Standing]:
        return self.standings(("", ""), ("\U0010ffff", ""))

    def set_standings(self, standings: Mapping[CustomerKey, Standing]) -> None:
        self.connection.executemany(
            "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?)",
            (
                (*key, said.known_us, said.closed_until_us, said.settled_cut_no, int(said.is_unsettled))
                for key, said in standings.items()
            ),
        )

    def unsettle(self, key: CustomerKey) -> None:
        self.connection.execute("UPDATE customers SET unsettled = 1 WHERE tenant = ? AND customer = ?", key)

    def settled_least(self) -> int | None:
        """The earliest cut as of which a customer with a closed period was settled; None where there is no such."""
        row = self.connection.execute("SELECT MIN(settled_cut_no) FROM customers WHERE closed_until_us > 0").fetchone()
        return None if row[0] is None else int(row[0])

    # --- credits

    def add_grant(self, position: int, grant: Grant) -> None:
        """Of two with one id the first counts."""
        self.connection.execute(
            "INSERT OR IGNORE INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(grant.id, position, grant.tenant, grant.customer, grant.currency, grant.amount_minor),
                *(grant.priority, grant.effective_us, grant.expires_us, grant.reason),
            ),
        )

    def grants(self, first: CustomerKey, last: CustomerKey, *, before: int) -> dict[CustomerKey, tuple[Grant, ...]]:
        """Those that stand before a position."""
        sql = f"SELECT * FROM grants WHERE {_KEY} AND position < ?"  # noqa: S608
        found: dict[CustomerKey, tuple[Grant, ...]] = {}
        for grant_id, _, *rest in self.connection.execute(sql, (*first, *last, before)):
            grant = Grant(grant_id, *rest)
            key = (grant.tenant, grant.customer)
            found[key] = (*found.get(key, ()), grant)
        return found

    # --- documents

    def has_document(self, start_us: int) -> set[CustomerKey]:
        """Who has a document for the period that starts then."""
        sql = "SELECT tenant, customer FROM documents WHERE start_us = ? AND final_position = 0 AND version = 1"
        return set(self.connection.execute(sql, (start_us,)))

    def has_final_document(self, final_position: int) -> set[CustomerKey]:
        sql = "SELECT tenant, customer FROM documents WHERE final_position = ?"
        return set(self.connection.execute(sql, (final_position,)))

    def history(self, key: CustomerKey) -> History:
        """All documents of a customer, in order."""
        return History(tuple(self._issued(row) for row in self.connection.execute(_ISSUED, key).fetchall()))

    def _issued(self, row: tuple[Any, ...]) -> Issued:
        document, start, end, final, version, basis, cut_no, catalog, as_of, recut, control, voided, total = row
        lines = self.connection.execute(
            "SELECT kind, period_start_us, line, amount_minor FROM lines WHERE document = ? ORDER BY number",
            (document,),
        )
        drawn = self.connection.execute("SELECT source, amount_minor FROM drawdowns WHERE document = ?", (document,))
        return Issued(
            *(document, start, end, final, version, Basis(basis, cut_no, catalog, as_of, bool(recut)), control),
            *(voided, total, tuple(BilledLine(*line) for line in lines), dict(drawn.fetchall())),
        )

    def document_key(self, document: str) -> tuple[CustomerKey, str] | None:
        """Whose a document is, and its state."""
        sql = "SELECT tenant, customer, state FROM documents WHERE id = ?"
        row = self.connection.execute(sql, (document,)).fetchone()
        return None if row is None else ((row[0], row[1]), row[2])

    def void(self, document: str, control: Control) -> None:
        """What it drew is returned by its state: draw-downs of voided documents count no more."""
        sql = "UPDATE documents SET state = 'voided', voided_position = ?, voided_us = ? WHERE id = ?"
        self.connection.execute(sql, (control.position, control.ingest_us, document))
        currency, total = self.connection.execute(
            "SELECT currency, total_minor FROM documents WHERE id = ?", (document,)
        ).fetchone()
        self.add_total("voided", currency, total)

    def add_documents(self, drafts: Sequence[Document], control: Control) -> list[Document]:
        """Finalize them, and return them: from here on they can only be voided.

        One with an amount of more than 64 bits is not issued: of a customer with absurd usage or prices nobody else's
        billing may depend.
        """
        documents = [draft for draft in drafts if draft.is_issuable]
        for draft in drafts:
            if not draft.is_issuable:
                self.add_total("unissuable", "", 1)
                whose = f"{draft.slot.tenant}/{draft.slot.customer}"
                print(
                    f"biller: invoice {draft.id} of {whose} has an amount beyond 64 bits: not issued", file=sys.stderr
                )
        self.connection.executemany(_INSERT_DOCUMENT, (_document_row(document, control) for document in documents))
        self.connection.executemany(
            "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)",
            (
                (document.id, number, line.kind, _start_us(line), line.line, line.amount_minor)
                for document in documents
                for number, line in enumerate(document.lines)
            ),
        )
        self.connection.executemany(
            "INSERT INTO drawdowns VALUES (?, ?, ?)",
            ((document.id, source, amount) for document in documents for source, amount in document.drawn),
        )
        billed: dict[str, int] = {}
        for document in documents:
            billed[document.slot.currency] = billed.get(document.slot.currency, 0) + document.total_minor
        for currency, amount in billed.items():
            self.add_total("billed", currency, amount)
        self.add_total("finalized", "", len(documents))
        return documents


def _start_us(line: Line) -> int:
    return 0 if line.period is None else line.period.start_us


def _document_row(document: Document, control: Control) -> tuple[Any, ...]:
    slot, basis = document.slot, document.basis
    said = document_as_json(document, finalized_us=control.ingest_us, control_position=control.position)
    return (
        *(document.id, slot.tenant, slot.customer, slot.start_us, slot.end_us, slot.final_position, document.version),
        *(slot.currency, document.total_minor, document.credit_note_minor),
        *(basis.cut_no, basis.position, int(basis.is_recut), basis.as_of_us, basis.catalog_position),
        *(control.position, control.ingest_us),
        *(json.dumps(said, sort_keys=True), document.digest),
    )
