"""The recount as a process: it follows the journal, compares what has ended, and publishes what it found.

It is far below everything else in priority, gives way to an applier that is behind, and nothing waits for it. After a
kill it goes on where its last transaction ended.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

from sretool.billing.directory import DataDirectory
from sretool.billing.faults import Faults
from sretool.billing.journal import JournalReader
from sretool.billing.recount import theirs
from sretool.billing.recount.advance import Recount
from sretool.billing.recount.compare import compare_documents, compare_hours
from sretool.billing.recount.giving_way import GivingWay
from sretool.billing.recount.shelf import Shelf
from sretool.billing.recount.store import Store

PROCESS = "recount"
PUBLISH_SECONDS = 1.0
IDLE_SECONDS = 0.25


def run(directory: DataDirectory, stop: Event, *, are_faults_enabled: bool = False) -> None:
    """Recount until `stop` is set. Raises NotThere when recount.db belongs to another journal."""
    store, reader = Store(directory.recount), JournalReader(directory.journal)
    try:
        worker = Worker(directory, store, reader, are_faults_enabled=are_faults_enabled)
        while not stop.is_set():
            if not worker.step():
                stop.wait(IDLE_SECONDS)
    finally:
        store.close()
        reader.close()


class Worker:
    """Does a piece of what is to be done at a time."""

    def __init__(
        self,
        directory: DataDirectory,
        store: Store,
        reader: JournalReader,
        *,
        are_faults_enabled: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._store = store
        self._recount = Recount(store, reader)
        self._shelf = Shelf(store)
        self._faults = Faults(directory.faults, are_enabled=are_faults_enabled)
        self._monotonic = monotonic
        self._giving_way = GivingWay(directory, monotonic=monotonic)
        self._next_publication = float("-inf")

    def step(self) -> bool:
        """Recount a piece of the journal, compare what can be compared, publish; False when nothing was left to do."""
        self._faults.active()  # arms the fail point of a fault `crash`
        advanced = not self._giving_way.is_due() and self._recount.advance()
        compared = self._compare_hours()
        judged = self._judge_documents()
        self._publish_now_and_then()
        return advanced or compared or judged

    def publish(self) -> None:
        """What /metrics shows of the recount; all cumulative, from recount.db."""
        self._directory.write_status(PROCESS, status(self._store))

    def _compare_hours(self) -> bool:
        if not self._store.rows("SELECT 1 FROM closings LIMIT 1"):
            return False
        with theirs.ledger_view(self._directory.ledger) as ledger:
            return ledger is not None and compare_hours(self._store, ledger)

    def _judge_documents(self) -> bool:
        with theirs.invoices_view(self._directory.invoices) as invoices:
            return invoices is not None and compare_documents(self._store, invoices, self._shelf)

    def _publish_now_and_then(self) -> None:
        if self._monotonic() >= self._next_publication:
            self._next_publication = self._monotonic() + PUBLISH_SECONDS
            self.publish()


def status(store: Store) -> dict[str, Any]:
    """Metric families by name, and where the recount stands."""
    counters = store.counters()
    deltas = {name.removeprefix("delta:"): value for name, value in counters.items() if name.startswith("delta:")}
    return {
        "billing_hour_digest_mismatch_total": {"": counters.get("hour_mismatch", 0)},
        "billing_invoice_recheck_total": {name: counters.get(name, 0) for name in ("match", "mismatch")},
        "billing_invoice_recheck_delta_minor_units_total": deltas,
        "recounted_position": store.position,
        "unreadable_batches": counters.get("unreadable", 0),
        "unreadable_decisions": counters.get("unreadable_decisions", 0),
        "findings": [list(row) for row in store.rows("SELECT * FROM findings ORDER BY number DESC LIMIT 20")],
    }


def recounted_position(path: Path) -> int:
    """Where the recount that writes `path` stands, 0 if there is none: nothing behind it may be dropped."""
    with theirs.view(path, tables={"progress"}) as recount:
        return 0 if recount is None else _position(recount)


def _position(recount: sqlite3.Connection) -> int:
    return int(recount.execute("SELECT position FROM progress").fetchone()[0])
