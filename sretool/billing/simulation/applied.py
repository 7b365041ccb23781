"""The applier as it is, on a ledger in memory that a crash takes back to its last commit, as SQLite promises of a file.

Whoever reads its state sees what a file would hold: a transaction that did not commit is rolled back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sretool.billing.applier.applying import Applier, Source
from sretool.billing.applier.figures import Progress
from sretool.billing.journal.errors import PositionGone
from sretool.billing.ledger import Effects, Fenced, LedgerReader, SqliteLedger, schema
from sretool.billing.ledger.id_filter import IdFilter

NOWHERE = Path("/nowhere")  # The filter makes no file of so few ids.


class ApplierDied(BaseException):
    """The applier's process stopped here."""


class SimulatedLedger(SqliteLedger):
    """Asks at each place where an applier can die whether it does."""

    at_place: Callable[[], None] = staticmethod(lambda: None)

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        super().apply(partition, epoch, from_=from_, to=to, effects=effects)
        self.at_place()

    def _write(self, effects: Effects) -> None:
        self.at_place()
        super()._write(effects)
        self.at_place()

    def close(self) -> None:
        """Its memory is the disk: it stays."""


class Appliers:
    """One applier after the other on one ledger, and perhaps one that does not know that it was replaced."""

    def __init__(self, at_place: Callable[[], None], ledger: type[SimulatedLedger] = SimulatedLedger) -> None:
        self._ledger_class, self._at_place = ledger, at_place
        self._disk = ledger.open(Path(":memory:"))
        self.ledger = LedgerReader(self._disk._connection)
        self._applier: Applier | None = None
        self._zombie: Applier | None = None
        self.ends: set[str] = set()

    def step(self, source: Source, max_bytes: int) -> bool:
        """Whether something was applied, by an applier that is started if there is none. Raises LedgerAhead."""
        if self._applier is None:
            self._applier = self._started(source)
        try:
            return self._applier.step(max_bytes) > 0
        except ApplierDied:
            self.ends.add("death")
            self._applier = None
            return True

    def replace(self) -> None:
        """Start another one, while the old one goes on."""
        self.ends.add("replacement")
        self._zombie, self._applier = self._applier, None

    def step_zombie(self) -> bool:
        """Whether the one that was replaced changes nothing."""
        if self._zombie is None or self._applier is None:
            return True
        before = self.ledger.applied(), self.ledger.counts()
        try:
            self._zombie.step(1)
        except Fenced:
            self.ends.add("fence")
            self._zombie = None
        except (ApplierDied, PositionGone, sqlite3.OperationalError):  # What it looks for may be dropped by now.
            self._zombie = None
        return before == (self.ledger.applied(), self.ledger.counts())

    def die(self) -> None:
        """The machine stopped."""
        self._applier = self._zombie = None

    def _started(self, source: Source) -> Applier:
        ledger = self._ledger_class(self._disk._connection)
        ledger._parts = schema.parts(self._disk._connection)
        ledger.at_place = self._at_place
        return Applier(ledger, IdFilter(NOWHERE, ledger.identity()), source, Progress())
