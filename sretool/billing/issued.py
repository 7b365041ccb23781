"""What stands in invoices.db, for commands: read only, while the biller writes or while nobody does."""

# ruff: noqa: S608  SQL is put together of constants here; every value is a parameter.

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sretool.billing.catalog.plain import catalog_from_json
from sretool.billing.catalog.values import Catalog
from sretool.billing.invoices.controls import Grant
from sretool.billing.invoices.store import Standing
from sretool.billing.invoices.usage import CustomerKey
from sretool.money import decimal_text

_COLUMNS = (
    "id, tenant, customer, start_us, end_us, version, state, currency, total_minor, credit_note_minor, finalized_us,"
    " json_extract(json, '$.period.name') AS period"
)


class UnknownInvoice(LookupError):
    """No document, or more than one, has that id or beginning of an id."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which documents; None for all."""

    tenant: str | None = None
    customer: str | None = None
    period: str | None = None  # 2026-07
    state: str | None = None


@dataclass(frozen=True, slots=True)
class BillingState:
    """What has been closed, under which catalogue."""

    catalog: Catalog | None = None
    closed_until_us: Mapping[tuple[str, str], int] = field(default_factory=dict)


def followed(path: Path) -> int:
    """The position up to which decisions have been followed."""
    with _open(path) as connection:
        row = connection and connection.execute("SELECT value FROM progress WHERE name = 'position'").fetchone()
        return int(row[0]) if row else 0


def billing_state(path: Path) -> BillingState:
    with _open(path) as connection:
        if connection is None:
            return BillingState()
        row = connection.execute("SELECT json FROM catalogs ORDER BY position DESC LIMIT 1").fetchone()
        closed = connection.execute("SELECT tenant, customer, closed_until_us FROM customers").fetchall()
    catalog = catalog_from_json(json.loads(row[0])) if row else None
    return BillingState(catalog, {(tenant, customer): until for tenant, customer, until in closed})


def standings(path: Path) -> dict[CustomerKey, Standing]:
    """How far everybody's billing has come."""
    with _open(path) as connection:
        rows = [] if connection is None else connection.execute("SELECT * FROM customers").fetchall()
    return {
        (tenant, customer): Standing(known_us, closed_us, cut_no, bool(is_unsettled))
        for tenant, customer, known_us, closed_us, cut_no, is_unsettled in rows
    }


def standing_grant(path: Path, grant_id: str) -> Grant | None:
    """The credit that has an id: the first one, which no later one replaces."""
    sql = f"SELECT {', '.join(field.name for field in fields(Grant))} FROM grants WHERE id = ?"
    with _open(path) as connection:
        row = connection and connection.execute(sql, (grant_id,)).fetchone()
    return Grant(*row) if row else None


def listed(path: Path, selection: Selection, *, limit: int) -> list[dict[str, Any]]:
    """Documents by tenant, customer, period and version."""
    wanted = {
        "tenant = ?": selection.tenant,
        "customer = ?": selection.customer,
        "period = ?": selection.period,
        "state = ?": selection.state,
    }
    conditions = {condition: value for condition, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return _rows(
        path,
        f"SELECT {_COLUMNS} FROM documents {where} ORDER BY tenant, customer, start_us, version LIMIT ?",
        (*conditions.values(), limit),
    )


def issued_by(path: Path, positions: Sequence[int]) -> list[dict[str, Any]]:
    """Documents that these decisions made."""
    return [
        row
        for position in positions
        for row in _rows(path, f"SELECT {_COLUMNS} FROM documents WHERE control_position = ? ORDER BY id", (position,))
    ]


def document(path: Path, invoice: str) -> dict[str, Any]:
    """A document whole, by its id or a beginning of it that no other has. Raises UnknownInvoice."""
    rows: list[sqlite3.Row] = []
    with _open(path) as connection:
        if connection is not None and invoice:
            sql = "SELECT json, state, voided_us FROM documents WHERE id >= ? AND id < ? LIMIT 2"
            rows = connection.execute(sql, (invoice, invoice + "\U0010ffff")).fetchall()
    if not rows:
        raise UnknownInvoice(f"there is no invoice {invoice}: sretool billing invoice list shows all")
    if len(rows) > 1:
        raise UnknownInvoice(f"several invoices begin with {invoice}: say more of the id")
    said: dict[str, Any] = json.loads(rows[0]["json"])
    return said | {"state": rows[0]["state"], "voided_us": rows[0]["voided_us"]}


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection | None]:
    """None while there is nothing to read."""
    if not path.exists():
        yield None
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        is_made = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'progress'").fetchone()[0]
        yield connection if is_made else None


def _rows(path: Path, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    with _open(path) as connection:
        rows = [] if connection is None else connection.execute(sql, parameters).fetchall()
    return [
        dict(row)
        | {
            "total": decimal_text(row["total_minor"], row["currency"]),
            "credit_note": decimal_text(row["credit_note_minor"], row["currency"]),
        }
        for row in rows
    ]
