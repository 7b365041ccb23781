"""From rollups to invoices: 1,000,000 events to 1,000 exact invoices, and 100,000 invoices finalized.

The control is the sum over the same rollups that SQLite makes by itself.
"""

import random
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sretool.billing.catalog.reader import catalog_of_text
from sretool.billing.catalog.values import Catalog
from sretool.billing.invoices.controls import Control, Cut, NewCatalog
from sretool.billing.invoices.run import InvoiceRun
from sretool.billing.invoices.store import Store
from sretool.billing.invoices.usage import LedgerUsage
from sretool.billing.ledger import LedgerReader
from sretool.billing.ledger.schema import TABLES, open_for_reading
from sretool.billing.periods import QUARTER_US

START_US = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
END_US = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp()) * 1_000_000
ROW = "INSERT OR IGNORE INTO rollup VALUES ('acme', ?, ?, ?, 0, ?, 0, ?, 0, NULL, NULL)"


class Controls:
    """A catalogue and a cut."""

    def __init__(self, catalog: Catalog) -> None:
        self.all = [
            Control(0, 1, START_US, NewCatalog(catalog)),
            Control(1, 2, END_US, Cut(START_US, END_US, END_US + 86_400_000_000)),
        ]

    def read(self, after: int, upto: int) -> tuple[list[Control], int]:
        return [control for control in self.all if after <= control.position < upto], upto


def catalog_with(customers: int) -> Catalog:
    names = "\n".join(
        f"    c{number:06d}: {{zone: UTC, currency: EUR, plan: standard, from: 2026-01-01}}"
        for number in range(customers)
    )
    bands = '[{to: 100, unit: "0.013"}, {to: 500, unit: "0.0071"}, {unit: "0.0039"}]'
    text = f"""apiVersion: sretool-billing/v1
tenants: {{acme: {{rate: 1000, keys: []}}}}
meters:
  calls: {{event_type: api_call, aggregation: count}}
  bytes: {{event_type: api_call, aggregation: sum, property: bytes}}
customers:
  acme:
{names}
plans:
  standard:
    - from: 2026-01-01
      currency: EUR
      minimum: "20.00"
      lines:
        - {{id: platform, fixed: "10.00"}}
        - {{id: calls, meter: calls, graduated: {bands}}}
        - {{id: data, meter: bytes, graduated: {bands}}}
"""
    catalog, diagnostics = catalog_of_text(text)
    assert catalog is not None, diagnostics
    return catalog


def fill(path: Path, *, customers: int, rows: int, events: int) -> int:
    """Rollups of a month, two meters; how many rows there are."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA journal_mode = WAL; {TABLES}; BEGIN")
    rng, first = random.Random(7), START_US // QUARTER_US
    quarters = (END_US - START_US) // QUARTER_US
    per_row = max(1, events * 2 // rows)
    connection.executemany(
        ROW,
        (
            (f"c{rng.randrange(customers):06d}", meter, first + rng.randrange(quarters), per_row, rng.randrange(10**12))
            for _ in range(rows // 2)
            for meter in ("bytes", "calls")
        ),
    )
    connection.execute("COMMIT")
    (count,) = connection.execute("SELECT COUNT(*) FROM rollup").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return int(count)


def measure(*, customers: int, rows: int, events: int, seconds_max: float) -> bool:
    """Print how long the invoices of a month take; whether that is within the target."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        count = fill(root / "ledger.db", customers=customers, rows=rows, events=events)
        ledger = open_for_reading(root / "ledger.db")
        began = time.perf_counter()
        ledger.execute("SELECT customer, meter, SUM(count), SUM(b) FROM rollup GROUP BY customer, meter").fetchall()
        control = time.perf_counter() - began
        store = Store(root / "invoices.db")
        run = InvoiceRun(
            store, LedgerUsage(LedgerReader(ledger)), Controls(catalog_with(customers)), now_us=lambda: END_US
        )
        run.advance(1)
        began = time.perf_counter()
        run.advance(2)
        seconds = time.perf_counter() - began
        (documents,) = store.connection.execute("SELECT COUNT(*) FROM documents").fetchone()
        store.close()
    assert documents == customers
    print(
        f"{events:,} events, {count:,} rollups -> {documents:,} invoices: {seconds:.2f} s (target {seconds_max:g} s), "
        f"{documents / seconds:,.0f} a second; control, the bare sum: {control:.2f} s, ratio {seconds / control:.1f}"
    )
    return seconds <= seconds_max


def main() -> int:
    small = measure(customers=1_000, rows=600_000, events=1_000_000, seconds_max=2)
    large = measure(customers=100_000, rows=600_000, events=1_000_000, seconds_max=30)
    return 0 if small and large else 1


if __name__ == "__main__":
    sys.exit(main())
