"""python -m sretool.billing.applier --directory .sretool/billing: applies until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sretool.billing.applier.service import run
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import PERMISSION, arm_from_environment
from sretool.billing.journal import JournalError
from sretool.billing.ledger import Fenced, LedgerAhead


def main() -> int:
    """Exit status 0 when told to stop, 1 when the ledger or the journal forbids to go on."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.applier", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument(PERMISSION, action="store_true", dest="are_faults_enabled")
    given = parser.parse_args()
    if given.are_faults_enabled:
        arm_from_environment()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(DataDirectory(given.directory), stop, are_faults_enabled=given.are_faults_enabled)
    except (Fenced, JournalError, LedgerAhead) as error:
        print(f"applier: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
