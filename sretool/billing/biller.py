"""The process that bills: closes periods when they are over, follows the journal's decisions and says what is due.

    python -m sretool.billing.biller --directory .sretool/billing

It appends cuts through the admin API of the service it belongs to; `billing invoice run` on a service that is not
running gives it a journal of its own to append to.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sretool import clock
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import PERMISSION, Faults, arm_from_environment
from sretool.billing.invoices.appending import append_cut
from sretool.billing.invoices.controls import Cut, JournalControls
from sretool.billing.invoices.due import NEVER_US, count_due, needed_cuts, overdue
from sretool.billing.invoices.late import late_minor, refresh_late
from sretool.billing.invoices.run import InvoiceRun
from sretool.billing.invoices.store import Store
from sretool.billing.invoices.usage import LedgerUsage
from sretool.billing.journal import JournalReader, Kind
from sretool.billing.ledger import LedgerReader
from sretool.billing.metrics import Figures

POLL_SECONDS = 0.25
STATUS_SECONDS = 1.0
LATE_SECONDS = 10.0  # between looks for late usage; more where a look takes long
LATE_SHARE = 0.05  # of the time, at most, goes into them
FAMILIES = (
    "billing_invoices_due_total",
    "billing_invoices_finalized_total",
    "billing_invoices_overdue",
    "billing_billed_amount_minor_units_total",
    "billing_voided_amount_minor_units_total",
    "billing_late_unbilled_amount_minor_units",
)

Append = Callable[[Kind, Mapping[str, Any]], int]


class NotAppended(RuntimeError):
    """A decision could not be appended, or it is not known whether it was."""


class Biller:
    """Bills from a data directory whose ledger is there. `append` puts a decision into the journal; returns its end."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        append: Append,
        now_us: Callable[[], int] = clock.now_us,
        is_fault_active: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._ledger = LedgerReader.open(directory.ledger)
        self._usage = LedgerUsage(self._ledger)
        self._append = append
        self._now_us = now_us
        self._journal = JournalReader(directory.journal)
        self.store = Store(directory.invoices)
        self._run = InvoiceRun(
            self.store,
            self._usage,
            JournalControls(self._journal),
            now_us=now_us,
            is_fault_active=is_fault_active,
        )
        self._wait_for = self._journal.durable_end()  # a cut of an earlier life may stand before it
        self._look_at_us = 0
        self._overdue = 0

    def close(self) -> None:
        self.store.close()
        self._ledger.close()

    def billing_time_us(self) -> int:
        """Now, or as far as a cut has moved it."""
        return max(self._now_us(), self.store.progress("as_of_us"))

    def applied(self) -> int:
        """How far the ledger has come."""
        return self._ledger.applied()

    def advance(self) -> int:
        """Follow every decision that the ledger has passed; how many there were."""
        done = self._run.advance(self.applied())
        if done:
            self._look_at_us = 0
        return done

    def is_up_to_date(self) -> bool:
        """Whether everything was followed that this biller knows of: what it found, and what it appended."""
        return self.applied() >= self._wait_for

    def append_cuts(self, as_of_us: int) -> list[Cut]:
        """Append every cut that is needed as of an instant of billing time. Raises NotAppended."""
        position = self.store.catalog_position(NEVER_US)
        if position is None:
            return []
        closed_until = {key: standing.closed_until_us for key, standing in self.store.every_standing().items()}
        needed = needed_cuts(self.store.catalog(position), closed_until, as_of_us)
        for cut in needed.cuts:
            self._append_cut(cut)
        self._look_at_us = needed.next_us
        return list(needed.cuts)

    def append_final_cut(self, as_of_us: int) -> None:
        """Append the cut that bills what is late and has no next invoice. Raises NotAppended."""
        self._append_cut(Cut(0, 0, as_of_us, final=True))

    def _append_cut(self, cut: Cut) -> None:
        try:
            self._wait_for = max(self._wait_for, append_cut(self._append, cut))
        except NotAppended:
            self._wait_for = max(self._wait_for, self._journal.durable_end())  # it may be there all the same
            raise

    def step(self) -> bool:
        """Advance, then append what is needed now; whether anything happened. Raises NotAppended."""
        done = self.advance()
        now_us = self.billing_time_us()
        if not self.is_up_to_date() or now_us < self._look_at_us:
            return bool(done)
        return bool(self.append_cuts(now_us)) or bool(done)

    # --- what is seen from outside

    def judge(self) -> None:
        """Decide on the invoices whose deadline has passed, and see which of them are still not final."""
        position = self.store.catalog_position(NEVER_US)
        if position is None:
            return
        as_of_us = self.billing_time_us()
        missing = []
        if not (self.is_up_to_date() and self._look_at_us > as_of_us):
            missing = overdue(self.store.catalog(position), self.store.every_standing(), as_of_us=as_of_us)
        count_due(self.store, missing, as_of_us=as_of_us)
        self._overdue = len(missing)

    def refresh_late(self) -> None:
        """Look for usage of closed periods that nothing has billed."""
        refresh_late(self.store, self._usage)

    def status(self) -> dict[str, Any]:
        """What the status file says."""
        passed_over = ("unreadable_decisions", "unissuable")
        counted = {name: self.store.totals(name).get("", 0) for name in passed_over}
        return {"metrics": self.figures().published(), **counted}

    def figures(self) -> Figures:
        """The cumulative values of the store, as /metrics shows them."""
        figures = Figures(FAMILIES)
        for outcome, value in self.store.totals("due").items():
            figures.set("billing_invoices_due_total", value, outcome)
        for value in self.store.totals("finalized").values():
            figures.set("billing_invoices_finalized_total", value)
        figures.set("billing_invoices_overdue", self._overdue)
        position = self.store.catalog_position(NEVER_US)
        catalog = None if position is None else self.store.catalog(position)
        plans = () if catalog is None else catalog.plans.values()
        currencies = {version.currency: 0 for plan in plans for version in plan}
        for name, values in (
            ("billing_billed_amount_minor_units_total", self.store.totals("billed")),
            ("billing_voided_amount_minor_units_total", self.store.totals("voided")),
            ("billing_late_unbilled_amount_minor_units", late_minor(self.store)),
        ):
            for currency, value in (currencies | values).items():
                figures.set(name, value, currency)
        return figures


def admin_append(directory: DataDirectory) -> Append:
    """Appends through the admin API of the running service."""

    def append(kind: Kind, body: Mapping[str, Any]) -> int:
        admin = directory.admin()
        if admin is None:
            raise NotAppended("no service is running")
        request = urllib.request.Request(  # noqa: S310
            f"{admin.url}/admin/v1/journal",
            data=json.dumps({"kind": kind.name, "tenant": "", "body": body}).encode(),
            headers={"Authorization": f"Bearer {admin.token}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(json.load(answer)["end"])
        except (OSError, ValueError, KeyError) as error:
            raise NotAppended(f"a {kind.name} could not be appended: {error}") from error

    return append


def follow(directory: DataDirectory, stop: threading.Event, *, are_faults_enabled: bool = False) -> None:
    """Bill until told to stop."""
    faults = Faults(directory.faults, are_enabled=are_faults_enabled)
    while not _is_ledger_there(directory.ledger):
        if stop.wait(POLL_SECONDS):
            return
    biller = Biller(directory, append=admin_append(directory), is_fault_active=faults.is_on)
    next_status = next_late = time.monotonic()
    try:
        while not stop.is_set():
            if _step(biller):
                next_status = next_late = time.monotonic()  # What it changed is shown once nothing more is to do.
                continue
            if time.monotonic() >= next_late:
                began = time.monotonic()
                biller.refresh_late()
                took = time.monotonic() - began
                next_late = began + max(LATE_SECONDS, took / LATE_SHARE)
            if time.monotonic() >= next_status:
                biller.judge()
                directory.write_status("biller", biller.status())
                next_status = time.monotonic() + STATUS_SECONDS
            stop.wait(POLL_SECONDS)
    finally:
        biller.close()


def _step(biller: Biller) -> bool:
    try:
        return biller.step()
    except NotAppended as error:  # It is tried again: the cut is still needed.
        print(f"biller: {error}", file=sys.stderr)
        return False


def _is_ledger_there(path: Path) -> bool:
    reader = LedgerReader.open_if_made(path)
    if reader is not None:
        reader.close()
    return reader is not None


def main() -> int:
    """What the supervisor starts."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.biller", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument(PERMISSION, action="store_true", dest="are_faults_enabled")
    given = parser.parse_args()
    if given.are_faults_enabled:
        arm_from_environment()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    follow(DataDirectory(given.directory), stop, are_faults_enabled=given.are_faults_enabled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
