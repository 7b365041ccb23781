"""A real service without its processes: journal, applier and biller, each moved by hand."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from billing.recount.kit import us

from sretool.billing.applier import Applier
from sretool.billing.applier.figures import Progress
from sretool.billing.biller import Biller
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.recount.store import Store
from sretool.billing.recount.worker import Worker


class Service:
    def __init__(self, root: Path, at: str = "2026-01-10T00:00Z") -> None:
        self.directory = DataDirectory(root)
        self.directory.create()
        self.now_us = us(at)
        self.is_rounding_wrong = False
        self.knows_late = False
        self.journal = SegmentJournal.open(self.directory.journal, clock=lambda: self.now_us)
        self.reader = JournalReader(self.directory.journal)
        self.applier = Applier.opened(self.directory.ledger, self.directory.filter, self.reader, Progress())
        self.biller = Biller(
            self.directory,
            append=lambda kind, body: self.append(kind, dict(body)),
            now_us=lambda: self.now_us,
            is_fault_active=lambda name: name == "rounding-bug" and self.is_rounding_wrong,
        )
        self.store = Store(self.directory.recount)
        self.worker = Worker(self.directory, self.store, self.reader)

    def append(self, kind: Kind, body: object, *, tenant: str = "", count: int = 0) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
        self.now_us += 1
        return self.journal.append_group([Pending(kind, tenant, count, raw)])[0].end

    def batch(self, *events: dict[str, object], tenant: str = "acme") -> int:
        return self.append(Kind.BATCH, list(events), tenant=tenant, count=len(events))

    def catalog(self, catalog: dict[str, object]) -> int:
        return self.append(Kind.CATALOG, {"catalog": catalog})

    def cut(self, start: str, end: str) -> int:
        body = {"start_us": us(start), "end_us": us(end), "as_of_us": us(end) + 86_400_000_000, "final": False}
        return self.append(Kind.CUT, body)

    def void(self, invoice: str, *, reissue: bool = True, recut: bool = False) -> int:
        return self.append(Kind.VOID, {"invoice": invoice, "reason": "", "reissue": reissue, "recut": recut})

    def apply(self) -> None:
        _until_done(self.applier.step)

    def bill(self) -> None:
        _until_done(self.biller.advance)

    def recount(self) -> None:
        _until_done(self.worker.step)

    def settle(self) -> dict[str, int]:
        """Let all come to rest; what the recount has counted."""
        self.apply()
        self.bill()
        self.recount()
        return self.counted()

    def counted(self) -> dict[str, int]:
        names = ("match", "mismatch", "hour_mismatch", "unreadable")
        counters = self.store.counters()
        return {name: counters.get(name, 0) for name in names}

    def invoices(self, condition: str = "1") -> list[Any]:
        with sqlite3.connect(self.directory.invoices) as db:
            return db.execute(
                f"SELECT id, state, total_minor FROM documents WHERE {condition} ORDER BY start_us, version"
            ).fetchall()

    def tamper(self, path: Path, statement: str, *values: object) -> int:
        """Change a table behind the service's back; how many rows."""
        db = sqlite3.connect(path, isolation_level=None)
        changed = db.execute(statement, values).rowcount
        db.close()
        return changed

    def close(self) -> None:
        self.biller.close()
        self.applier.close()
        self.store.close()
        self.reader.close()
        self.journal.close()


def _until_done(step: Callable[[], object]) -> None:
    while step():
        pass
