"""`python -m sretool.billing.recount --directory DIRECTORY`: what the supervisor starts."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from pathlib import Path
from threading import Event

from sretool.billing.directory import DEFAULT_ROOT, DataDirectory
from sretool.billing.journal import JournalError
from sretool.billing.recount.advance import NotThere
from sretool.billing.recount.worker import run


def main() -> None:
    """Recount until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.recount", description=__doc__)
    parser.add_argument("--directory", type=Path, default=DEFAULT_ROOT)
    directory = DataDirectory(parser.parse_args().directory)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        run(directory, stop)
    except (NotThere, JournalError, sqlite3.OperationalError) as error:
        print(f"recount: {error}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
