"""`python -m sretool.billing.recount --directory DIRECTORY`: what the supervisor starts."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from pathlib import Path
from threading import Event

from sretool.billing.directory import DEFAULT_ROOT, DataDirectory
from sretool.billing.faults import PERMISSION, arm_from_environment
from sretool.billing.journal import JournalError
from sretool.billing.recount.advance import NotThere
from sretool.billing.recount.worker import run


def main() -> None:
    """Recount until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.recount", description=__doc__)
    parser.add_argument("--directory", type=Path, default=DEFAULT_ROOT)
    parser.add_argument(PERMISSION, action="store_true", dest="are_faults_enabled")
    given = parser.parse_args()
    if given.are_faults_enabled:
        arm_from_environment()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        run(DataDirectory(given.directory), stop, are_faults_enabled=given.are_faults_enabled)
    except (NotThere, JournalError, sqlite3.OperationalError) as error:
        print(f"recount: {error}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
