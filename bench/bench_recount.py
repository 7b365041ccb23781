"""A million events to a thousand graduated invoices, recounted from the raw journal and compared line by line.

The control is what the standard library's json takes to parse the same bodies, without looking at them. The service's
own ledger and invoices are made by its applier and biller, in a process of their own, so that memory is the recount's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.recount import reconcile
from sretool.billing.recount.reconciliation import Engine

SECONDS_TARGETS: dict[Engine, float] = {"python": 15.0, "duckdb": 3.0}
MEMORY_TARGET = 512
CUSTOMERS = 1000
DAY_US = 86_400_000_000
JANUARY_US, FEBRUARY_US = 1_767_222_000_000_000, 1_769_900_400_000_000  # 2026, in Berlin
BANDS = [{"to": "500", "unit": "0.0105"}, {"to": "800", "unit": "0.0045"}, {"to": None, "unit": "0.0005"}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        maker = multiprocessing.get_context("spawn").Process(target=make_service, args=(home, given.events))
        maker.start()
        maker.join()
        control = statistics.median(parse_alone(home) for _ in range(given.rounds))
        print(f"json.loads alone {given.events / control:12,.0f} events/s")
        are_met = [show(home, engine, given, control=control) for engine in SECONDS_TARGETS]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 2**20)
    are_met.append(memory <= MEMORY_TARGET)
    print(f"memory           {memory:12,} MiB  (target: at most {MEMORY_TARGET}: {said(is_met=are_met[-1])})")
    sys.exit(0 if all(are_met) else 1)


def show(home: str, engine: Engine, given: argparse.Namespace, *, control: float) -> bool:
    """Measure an engine, and say whether it is as fast as it has to be."""
    rounds = [recount(home, given.events, engine) for _ in range(given.rounds)]
    seconds, busy = (statistics.median(each) for each in zip(*rounds, strict=True))
    target = SECONDS_TARGETS[engine]
    is_met = seconds <= target
    verdict = f"(target: at most {target:g} s: {said(is_met=is_met)})"
    print(
        f"recount, {engine:7} {given.events / seconds:12,.0f} events/s  {seconds:.1f} s for {CUSTOMERS} invoices,"
        f" {busy:.1f} s of CPU, {busy / control:.1f} x the control {verdict}"
    )
    return is_met


def said(*, is_met: bool) -> str:
    return "met" if is_met else "missed"


def recount(home: str, events: int, engine: Engine) -> tuple[float, float]:
    """Seconds from the raw journal to compared invoices, by the clock and of the CPU."""
    start, cpu_start = time.perf_counter(), time.process_time()
    differences = reconcile(DataDirectory(Path(home)), engine=engine)
    seconds = time.perf_counter() - start, time.process_time() - cpu_start
    assert not differences, differences.found[:5]
    assert (differences.events, differences.documents) == (events, CUSTOMERS)
    return seconds


def parse_alone(home: str) -> float:
    """CPU seconds that json.loads takes for all bodies."""
    seconds, position = 0.0, 0
    with JournalReader(DataDirectory(Path(home)).journal) as reader:
        while records := reader.read(position, 4 << 20):
            start = time.process_time()
            for record in records:
                json.loads(record.body)
            seconds += time.process_time() - start
            position = records[-1].end
    return seconds


def make_service(home: str, events: int) -> None:
    """A journal of a month's events and its cut, applied and billed."""
    from sretool.billing.applier import Applier
    from sretool.billing.applier.figures import Progress
    from sretool.billing.biller import Biller

    directory = DataDirectory(Path(home))
    directory.create()
    fill(directory, events)
    applier = Applier.opened(directory.ledger, directory.filter, JournalReader(directory.journal), Progress())
    while applier.step():
        pass
    biller = Biller(directory, append=lambda _kind, _body: 0)
    while biller.advance():
        pass


def fill(directory: DataDirectory, events: int) -> None:
    random = Random(2026)
    journal = SegmentJournal.open(directory.journal, clock=lambda: FEBRUARY_US + DAY_US)
    journal.append_group([Pending(Kind.CATALOG, "", 0, json.dumps({"catalog": catalog()}).encode())])
    for first in range(0, events, 1600):
        batches = [range(n, min(n + 100, events)) for n in range(first, min(first + 1600, events), 100)]
        journal.append_group([Pending(Kind.BATCH, "acme", len(some), batch(some, random)) for some in batches])
    cut = {"start_us": JANUARY_US, "end_us": FEBRUARY_US, "as_of_us": FEBRUARY_US + DAY_US, "final": False}
    journal.append_group([Pending(Kind.CUT, "", 0, json.dumps(cut).encode())])
    journal.close()


def batch(numbers: range, random: Random) -> bytes:
    return json.dumps(
        [
            {
                "transaction_id": f"{number:012d}-{random.getrandbits(64):016x}",
                "customer_id": f"cust-{random.randrange(CUSTOMERS)}",
                "event_type": "api_call",
                "timestamp": f"2026-01-{random.randint(1, 31):02d}T{random.randrange(23):02d}"
                f":{random.randrange(60):02d}:{random.randrange(60):02d}.{random.randrange(10**6):06d}Z",
                "properties": {"region": "eu-central-1", "bytes": f"{random.randrange(10**6)}.25"},
            }
            for number in numbers
        ]
    ).encode()


def catalog() -> dict[str, object]:
    customer = {"zone": "Europe/Berlin", "currency": "EUR", "plan": "standard", "from": "2025-01-01", "to": None}
    lines = [
        {"id": "platform", "fixed": "10.00"},
        {"id": "calls", "meter": "calls", "graduated": BANDS},
        {"id": "data", "meter": "bytes", "graduated": BANDS},
    ]
    meter = {"event_type": "api_call", "filter": {}}
    return {
        "apiVersion": "sretool-billing/v1",
        "grace_us": DAY_US,
        "deadline_us": DAY_US // 6,
        "tenants": {"acme": {"rate": 50_000, "keys": []}},
        "meters": {
            "calls": meter | {"aggregation": "count", "property": None},
            "bytes": meter | {"aggregation": "sum", "property": "bytes"},
        },
        "customers": {"acme": {f"cust-{n}": customer | {"commits": []} for n in range(CUSTOMERS)}},
        "plans": {"standard": [{"from": "2025-01-01", "currency": "EUR", "minimum": "5.00", "lines": lines}]},
    }


if __name__ == "__main__":
    main()
