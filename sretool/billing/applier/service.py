"""The process: an applier that starts again from its ledger after an error of the disk, and tells how far it is."""

from __future__ import annotations

import gc
import sqlite3
import sys
import threading
import time

from sretool.billing.applier.applying import Applier
from sretool.billing.applier.figures import Progress, Stamper
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import Faults
from sretool.billing.journal import JournalReader
from sretool.billing.ledger import LedgerAhead

_RETRY_SECONDS = 1.0
_RECOVERY_SECONDS = 10.0  # So long the journal's writer may take to publish what it has recovered.


def run(directory: DataDirectory, stop: threading.Event, *, are_faults_enabled: bool = False) -> None:
    """Apply the journal of a data directory until told to stop. Raises Fenced, JournalError, LedgerAhead."""
    directory.create()
    faults, progress = Faults(directory.faults, are_enabled=are_faults_enabled), Progress()
    with JournalReader(directory.journal) as source, Stamper(directory, progress):
        while not stop.is_set():
            try:
                applier = _opened(directory, source, progress, stop)
                if applier is None:
                    return
                try:
                    applier.run(stop, is_stalled=lambda: faults.is_on("applier-stalled"))
                finally:
                    applier.close()
            except sqlite3.OperationalError as error:  # A full disk, for one: nothing of the bulk is done.
                print(f"applier: {error} in {directory.ledger}; it is tried again", file=sys.stderr)
                stop.wait(_RETRY_SECONDS)


def _opened(
    directory: DataDirectory, source: JournalReader, progress: Progress, stop: threading.Event
) -> Applier | None:
    """The applier; None when told to stop before the journal was there. Raises LedgerAhead."""
    until = time.monotonic() + _RECOVERY_SECONDS
    while not stop.is_set():
        try:
            applier = Applier.opened(directory.ledger, directory.filter, source, progress)
        except LedgerAhead:
            if time.monotonic() >= until:
                raise
            stop.wait(0.05)
        else:
            gc.freeze()
            gc.set_threshold(100_000, 10, 100)  # Bulks are many values and no cycles.
            return applier
    return None
