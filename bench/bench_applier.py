"""How fast the applier alone takes a journal into its ledger, beside how fast its events can be parsed at all.

Time-ordered ids are what clients are told to send; random ones meet a ledger that knows ten million over 36 days.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sretool.billing.applier import Applier
from sretool.billing.applier.figures import Progress
from sretool.billing.directory import DataDirectory
from sretool.billing.event import decode_accepted
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.ledger import SqliteLedger
from sretool.billing.ledger.schema import Part, create_part

EVENTS = 2_000_000
KNOWN = 10_000_000
DAYS = 36
CUSTOMERS = 1_000
MEMORY_MIB_MAX = 512
BATCH = 100
DAY_US = 86_400_000_000
START_US = 20_454 * DAY_US + 11 * 3_600_000_000
WHO = {"zone": "UTC", "currency": "EUR", "plan": "free", "from": "2025-01-01", "to": None, "commits": []}
CATALOG = {
    "grace_us": DAY_US,
    "deadline_us": DAY_US,
    "tenants": {"acme": {"rate": 1_000_000, "keys": []}},
    "customers": {"acme": {f"cust-{number}": WHO for number in range(CUSTOMERS)}},
    "meters": {
        "calls": {"event_type": "api_call", "aggregation": "count", "property": None, "filter": {}},
        "bytes": {"event_type": "api_call", "aggregation": "sum", "property": "bytes", "filter": {}},
    },
    "plans": {"free": []},
}


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    known = int(sys.argv[2]) if len(sys.argv) > 2 else KNOWN
    print(f"\nthe applier alone, {events:,} events in batches of {BATCH}, count and sum, {CUSTOMERS:,} customers")
    print("                                                events/s    of parse   RSS MiB   bytes/event   target")
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        for name, ids, before, target in (
            ("time-ordered ids, an empty ledger", "ordered", 0, 150_000),
            (f"random ids, {known:,} known", "random", known, 80_000),
        ):
            directory = DataDirectory(Path(home) / ids)
            directory.create()
            write_journal(directory, ids, events)
            if before:
                seconds = know(directory, before)
                print(f"  (making the filter of {before:,} ids again from the ledger: {seconds:.1f} s)")
            parse = statistics.median(in_process(parsed, directory) for _ in range(3))
            rate, mib, per_event = in_process(applied, directory)
            print(f"  {'control: decoding the same batches':<44} {parse:>12,.0f}")
            print(f"  {name:<44} {rate:>12,.0f} {rate / parse:>10.2f} {mib:>9.0f} {per_event:>13.0f}   >= {target:,}")
            print(f"  {'met   ' if rate >= target and mib <= MEMORY_MIB_MAX else 'missed'}  {name}")


def write_journal(directory: DataDirectory, ids: str, events: int) -> None:
    clock = iter(range(START_US, START_US + 10**12, 1000))
    journal = SegmentJournal.open(directory.journal, clock=lambda: next(clock))
    journal.append_group([Pending(Kind.CATALOG, "", 0, json.dumps({"catalog": CATALOG}).encode())])
    names = ordered_ids() if ids == "ordered" else random_ids()
    numbers = random.Random(3)
    group: list[Pending] = []
    for first in range(0, events, BATCH):
        batch = [event(next(names), first + index, numbers) for index in range(BATCH)]
        group.append(Pending(Kind.BATCH, "acme", BATCH, json.dumps(batch, separators=(",", ":")).encode()))
        if len(group) == 100:
            journal.append_group(group)
            group = []
    journal.append_group(group)
    journal.close()


def event(name: str, number: int, numbers: random.Random) -> dict[str, object]:
    seconds = number // 100_000
    return {
        "transaction_id": name,
        "customer_id": f"cust-{numbers.randrange(CUSTOMERS)}",
        "event_type": "api_call",
        "timestamp": f"2026-01-01T11:{seconds // 60:02d}:{seconds % 60:02d}.{number % 1_000_000:06d}Z",
        "properties": {"region": "eu", "bytes": f"{numbers.randrange(10**6)}.25", "calls": 3},
    }


def ordered_ids() -> Iterator[str]:
    """As UUIDv7 are: milliseconds, then chance."""
    numbers = random.Random(1)
    milliseconds = START_US // 1000
    while True:
        milliseconds += 1
        for _ in range(100):
            yield str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | numbers.getrandbits(62)))


def random_ids() -> Iterator[str]:
    numbers = random.Random(2)
    while True:
        yield str(uuid.UUID(int=numbers.getrandbits(128), version=4))


def know(directory: DataDirectory, known: int) -> float:
    """Fill the generations before the first day in bulk, and make the filter of them; returns how long that took."""
    ledger = SqliteLedger.open(directory.ledger)
    connection, numbers = ledger._connection, random.Random(4)
    connection.execute("PRAGMA synchronous = OFF")
    today = START_US // DAY_US
    ids = known // DAYS
    for day in range(today - DAYS + 1, today + 1):
        keys = (b"acme\0" + str(uuid.UUID(int=numbers.getrandbits(128), version=4)).encode() for _ in range(ids))
        rows = sorted((key, number, 0) for number, key in enumerate(keys))
        connection.execute("BEGIN")
        create_part(connection, part := Part(day, 0))
        connection.executemany(f"INSERT INTO {part.table} VALUES (?, ?, ?)", rows)
        connection.execute("UPDATE generations SET ids = ? WHERE day = ?", (ids, day))
        connection.execute("COMMIT")
    ledger.close()
    return in_process(rebuild, directory)


def rebuild(directory: DataDirectory) -> float:
    started = time.perf_counter()
    with JournalReader(directory.journal) as source:
        Applier.opened(directory.ledger, directory.filter, source, Progress()).close()
    return time.perf_counter() - started


def parsed(directory: DataDirectory) -> float:
    """Events decoded a second."""
    events, spent, at = 0, 0.0, 0
    with JournalReader(directory.journal) as source:
        while (records := source.read(at, 2**24)) and events < 500_000:
            started = time.perf_counter()
            for record in records:
                if record.kind is Kind.BATCH:
                    events += len(decode_accepted(record.body))
            spent += time.perf_counter() - started
            at = records[-1].end
    return events / spent


def applied(directory: DataDirectory) -> tuple[float, float, float]:
    """Events applied a second, the process's largest RSS in MiB, and bytes on disk an event."""
    before = size(directory)
    progress = Progress()
    with JournalReader(directory.journal) as source:
        applier = Applier.opened(directory.ledger, directory.filter, source, progress)
        started = time.perf_counter()
        while applier.step():
            pass
        spent = time.perf_counter() - started
        applier.close()
    counts = progress.figures.values["billing_applied_events_total"]
    events = int(sum(counts.values()))
    assert counts["counted"] == events, counts
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return events / spent, mib, (size(directory) - before) / events


def size(directory: DataDirectory) -> int:
    """The ledger and its filter, without what a checkpoint has still to move."""
    if not directory.ledger.exists():
        return 0
    connection = sqlite3.connect(directory.ledger)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return directory.ledger.stat().st_size + sum(path.stat().st_size for path in directory.filter.iterdir())


def in_process(work: Callable[[DataDirectory], Any], directory: DataDirectory) -> Any:
    """In a process of its own, so that memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (directory,))


if __name__ == "__main__":
    main()
