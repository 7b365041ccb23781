"""A journal of decisions and a ledger of usage in memory, for tests of invoices. Usage is put where it goes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from sretool.billing.catalog.reader import catalog_of_text
from sretool.billing.catalog.values import Catalog
from sretool.billing.invoices.controls import Control, Cut, Decision, Grant, NewCatalog, Void
from sretool.billing.invoices.history import Issued
from sretool.billing.invoices.late import late_minor, refresh_late
from sretool.billing.invoices.run import InvoiceRun
from sretool.billing.invoices.store import Store
from sretool.billing.invoices.usage import LedgerUsage
from sretool.billing.ledger import LedgerReader
from sretool.billing.ledger.schema import TABLES
from sretool.billing.periods import QUARTER_US, billing_period
from sretool.yamltext.diagnostics import as_text

PICO = 10**12
PLAN = """
    - from: 2025-01-01
      currency: EUR
      lines:
        - {id: calls, meter: calls, per_unit: "0.01"}
"""
STANDARD = "{zone: UTC, currency: EUR, plan: standard, from: 2026-01-01}"


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def catalog(customers: str = f"    c: {STANDARD}", plan: str = PLAN) -> Catalog:
    text = f"""apiVersion: sretool-billing/v1
tenants:
  acme: {{rate: 1000, keys: []}}
meters:
  calls: {{event_type: api_call, aggregation: count}}
  bytes: {{event_type: api_call, aggregation: sum, property: bytes}}
  peak: {{event_type: api_call, aggregation: max, property: bytes}}
  last: {{event_type: api_call, aggregation: latest, property: bytes}}
  users: {{event_type: api_call, aggregation: unique, property: user}}
customers:
  acme:
{customers}
plans:
  standard:{plan}"""
    found, diagnostics = catalog_of_text(text)
    assert found is not None, "\n".join(as_text(diagnostic) for diagnostic in diagnostics)
    return found


class MemoryControls:
    def __init__(self) -> None:
        self.all: list[Control] = []

    def read(self, after: int, upto: int) -> tuple[list[Control], int]:
        found = [control for control in self.all if control.position >= after and control.end <= upto]
        return found, found[-1].end if found else after


@dataclass(frozen=True)
class Shown:
    """A document as a test compares it."""

    version: int
    lines: list[tuple[str, str, int]]  # period, line, amount; adjustments have a + before the period
    total: int
    credit_note: int = 0


class Books:
    """`do` appends a decision; `advance` makes what follows from it. Usage counts under the cuts before it."""

    def __init__(self, path: Path | str = ":memory:", *, first: Catalog | None = None, chunk: int = 1000) -> None:
        self.ledger = sqlite3.connect(":memory:", isolation_level=None)
        self.ledger.executescript(TABLES)
        self.journal = MemoryControls()
        self.store = Store(Path(path))
        self.faults: set[str] = set()
        self.now_us = us("2026-01-01")
        self.cut_no = 0
        self.run = self.new_run(chunk=chunk)
        self.do(NewCatalog(first or catalog()))

    def new_run(self, *, chunk: int = 1000) -> InvoiceRun:
        return InvoiceRun(
            self.store,
            LedgerUsage(LedgerReader(self.ledger)),
            self.journal,
            now_us=lambda: self.now_us,
            is_fault_active=lambda name: name in self.faults,
            chunk=chunk,
        )

    # --- what happens

    def append(self, decision: Decision) -> int:
        position = len(self.journal.all) * 100 + 100
        self.journal.all.append(Control(position, position + 100, self.now_us, decision))
        self.cut_no += int(self.journal.all[-1].is_cut)
        return position

    def do(self, decision: Decision) -> int:
        position = self.append(decision)
        self.run.advance(2**60)
        return position

    def cut(self, month: str, *, zone: str = "UTC") -> int:
        period = billing_period(zone, date.fromisoformat(f"{month}-01"))
        return self.do(Cut(period.start_us, period.end_us, period.end_us + 86_400_000_000))

    def final(self, as_of: str) -> int:
        return self.do(Cut(0, 0, us(as_of), final=True))

    def void(self, issued: Issued, *, reissue: bool = True, recut: bool = False) -> int:
        return self.do(Void(issued.id, "a test", reissue, recut))

    def grant(self, name: str, amount_minor: int, **other: Any) -> int:
        said = {"customer": "c", "currency": "EUR", "priority": 0, "effective_us": 0, "expires_us": None}
        return self.do(Grant(id=name, tenant="acme", amount_minor=amount_minor, reason="a test", **{**said, **other}))

    def use(
        self, meter: str, count: int, at: str, *, customer: str = "c", quantity: str = "1", event: str = "e"
    ) -> None:
        """Usage at an instant, applied under the cuts that stand before it. `quantity` is of each event."""
        value = Fraction(quantity) * (count if meter in ("calls", "bytes") else 1)
        pico = int(value * PICO)
        limbs = (pico // PICO**2, pico // PICO % PICO, pico % PICO)
        quarter = us(at) // QUARTER_US
        if meter == "users":
            self.ledger.execute(
                "INSERT OR IGNORE INTO rollup_unique VALUES (?, ?, ?, ?, ?, ?)",
                ("acme", customer, meter, quarter, quantity, self.cut_no),
            )
            limbs = (0, 0, 0)
        key = ("acme", customer, meter, quarter, self.cut_no)
        self.ledger.execute(
            "INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count,"
            " a = a + excluded.a, b = b + excluded.b, c = c + excluded.c",
            (*key, count, *limbs, us(at), event),
        )

    # --- what can be seen

    def history(self, customer: str = "c") -> list[Issued]:
        return list(self.store.history(("acme", customer)).documents)

    def in_force(self, customer: str = "c") -> list[Issued]:
        return [issued for issued in self.history(customer) if issued.voided_position is None]

    def document(self, month: str, customer: str = "c", *, version: int = 1) -> Issued:
        found = [
            issued
            for issued in self.history(customer)
            if issued.version == version and not issued.final_position and _month(issued.start_us) == month
        ]
        assert len(found) == 1, f"{len(found)} documents of {month} have version {version}"
        return found[0]

    def shown(self, month: str, customer: str = "c", *, version: int = 1) -> Shown:
        return self.show(self.document(month, customer, version=version))

    def show(self, issued: Issued) -> Shown:
        lines = [
            (
                ("+" if line.kind == "adjustment" else "") + _month(line.period_start_us),
                line.line,
                line.amount_minor,
            )
            for line in issued.lines
        ]
        (note,) = self.store.connection.execute(
            "SELECT credit_note_minor FROM documents WHERE id = ?", (issued.id,)
        ).fetchone()
        return Shown(issued.version, lines, issued.total_minor, note)

    def late(self) -> dict[str, int]:
        refresh_late(self.store, LedgerUsage(LedgerReader(self.ledger)))
        return late_minor(self.store)


def _month(start_us: int) -> str:
    return datetime.fromtimestamp(start_us / 1_000_000 + 12 * 3600, UTC).strftime("%Y-%m") if start_us else "-"
