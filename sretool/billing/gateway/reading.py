"""What other processes have written, read only: the ledger's answers, and documents as the biller left them.

A connection lives for one question, in a thread; what is being written meanwhile is not seen.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from sretool.billing.directory import DataDirectory
from sretool.billing.gateway.answers import Refusal
from sretool.billing.ledger.reading import LedgerReader
from sretool.money import decimal_text

T = TypeVar("T")

_SUMMARY = (
    "id, customer, version, state, start_us, end_us, currency, total_minor, credit_note_minor, finalized_us, voided_us,"
    " json_extract(json, '$.period.name') AS period"
)


class Reading:
    """Questions to ledger.db and invoices.db. Before they are there, there is nothing in them."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory

    async def ledger(self, question: Callable[[LedgerReader], T]) -> T | None:
        """The answer to a question, None before there is a ledger."""
        return await _in_a_thread(lambda: self._ask_ledger(question))

    async def invoices(
        self, tenant: str, *, customer: str | None, after: tuple[int, str], limit: int
    ) -> list[dict[str, Any]]:
        """A tenant's documents, the latest first, from behind (finalized_us, id)."""
        condition = "tenant = ? AND (finalized_us < ? OR (finalized_us = ? AND id > ?))"
        parameters: list[Any] = [tenant, after[0], *after]
        if customer is not None:
            condition += " AND customer = ?"
            parameters.append(customer)
        sql = f"SELECT {_SUMMARY} FROM documents WHERE {condition} ORDER BY finalized_us DESC, id LIMIT ?"  # noqa: S608
        rows = await _in_a_thread(lambda: self._ask_invoices(sql, (*parameters, limit)))
        return [dict(row) | _decimals(row) for row in rows]

    async def invoice(self, tenant: str, invoice: str) -> dict[str, Any] | None:
        """A document of a tenant as it was finalized, with what became of it."""
        sql = "SELECT json, state, voided_us FROM documents WHERE tenant = ? AND id = ?"
        rows = await _in_a_thread(lambda: self._ask_invoices(sql, (tenant, invoice)))
        if not rows:
            return None
        said: dict[str, Any] = json.loads(rows[0]["json"])
        return said | {"state": rows[0]["state"], "voided_us": rows[0]["voided_us"]}

    def _ask_ledger(self, question: Callable[[LedgerReader], T]) -> T | None:
        if not self._directory.ledger.exists():
            return None
        with closing(LedgerReader.open(self._directory.ledger)) as reader:
            return question(reader)

    def _ask_invoices(self, sql: str, parameters: tuple[Any, ...]) -> list[sqlite3.Row]:
        path = self._directory.invoices
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, parameters).fetchall()


def _decimals(row: sqlite3.Row) -> dict[str, str]:
    """Amounts as people write them, beside the minor units."""
    currency = row["currency"]
    return {name: decimal_text(row[f"{name}_minor"], currency) for name in ("total", "credit_note")}


async def _in_a_thread(ask: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(ask)
    except sqlite3.OperationalError as error:  # It is being made, or locked for longer than we wait.
        raise Refusal(503, "what is asked for cannot be read just now", "try again in a second") from error
