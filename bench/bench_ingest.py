"""How much usage the whole service takes over HTTP, durable, while it applies, bills and recounts, on one machine.

The client is `billing load` itself and shares the machine. Beside each figure stand controls of the same minute: how
fast one core parses the same events, and how many groups a second the disk syncs.

    bench_ingest.py [seconds of the sustained runs, 60]

Targets: burst of 10 s >= 300,000 events/s, median of three; sustained 100,000/s with 99 % visible within 5 s; p99 of
the acknowledgement <= 50 ms at 150,000/s; every process <= 512 MiB and growing <= 5 % over the sustained run.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sretool import clock
from sretool.billing.audit import audit
from sretool.billing.directory import DataDirectory
from sretool.billing.event import decode
from sretool.billing.keys import FILE_NAME, Client, read_keys
from sretool.billing.load.figures import Figures
from sretool.billing.load.generator import Plan, run
from sretool.billing.load.traffic import Source, Traffic
from sretool.billing.manifest import SUFFIX, ManifestWriter, run_name

BURSTS, BURST_SECONDS, BURST_CONNECTIONS = 3, 10.0, 16
WARM_UP_SECONDS = 5.0
CONTROL_SECONDS = 2.0
GROUP_BYTES = 200_000
SERVE = """
import sys
from pathlib import Path
from sretool.billing.directory import DataDirectory
from sretool.billing.serve import ServeOptions, serve

serve(ServeOptions(DataDirectory(Path(sys.argv[1])), port=0), announce=lambda ready: print(ready.url, flush=True))
"""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    bursts = [on_a_new_service(None, BURST_SECONDS) for _ in range(BURSTS)]
    print(f"\nburst, median of {BURSTS}: {statistics.median(bursts):,.0f} events/s   target >= 300,000")
    for rate in (100_000, 150_000):
        on_a_new_service(rate, seconds)


def on_a_new_service(rate: float | None, seconds: float) -> float:
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        return measure(DataDirectory(Path(home)), rate, seconds)


def measure(directory: DataDirectory, rate: float | None, seconds: float) -> float:
    """One run, drained and audited afterwards; returns the events that were acknowledged a second."""
    with served(directory) as url:
        source = traffic(directory)
        parse, syncs = parse_speed(source), sync_rate(directory.root)
        load(directory, source, Plan(url, rate, WARM_UP_SECONDS, BURST_CONNECTIONS))
        drain(directory)
        before, visible = memory(directory), buckets(url)
        journal = journal_bytes(directory)
        figures = load(directory, source, Plan(url, rate, seconds, BURST_CONNECTIONS if rate is None else 64))
        lag = drain(directory)
        after = memory(directory)
        written = (journal_bytes(directory) - journal) / max(1, figures.events["acknowledged"])
        found = audit(directory)
        show(figures, parse=parse, syncs=syncs, lag=lag)
        print(f"  visible within 5 s: {share_within(visible, buckets(url), '5'):.2%}")
        print(f"  journal: {written:.0f} bytes an event")
        print("  RSS MiB: " + "   ".join(f"{name} {before[name]:.0f} -> {after[name]:.0f}" for name in after))
        print(f"  audit: {found.found:,} found, {found.lost} lost, {found.counted_twice} counted twice", flush=True)
        return figures.acknowledged_per_second


def show(figures: Figures, *, parse: float, syncs: float, lag: float) -> None:
    asked = figures.asked_events_per_second
    per_second, ack = figures.acknowledged_per_second, figures.ack_seconds
    name = (
        "burst, closed loop, 16 connections"
        if asked is None
        else f"open loop at {asked:,.0f}/s, {figures.seconds:.0f} s"
    )
    print(f"\n{name}: {per_second:,.0f} events/s durable, {figures.failed_events:,} not acknowledged")
    print(f"  ack p50 {1e3 * ack[50.0]:.1f} ms   p99 {1e3 * ack[99.0]:.1f} ms   p99.9 {1e3 * ack[99.9]:.1f} ms")
    print(f"  {per_second / parse:.2f} of one core's parse speed, {parse:,.0f} events/s; {syncs:,.0f} group syncs/s")
    print(f"  drained {lag:.1f} s after the end")


@contextmanager
def served(directory: DataDirectory) -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(directory.root)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def traffic(directory: DataDirectory) -> Source:
    clients: list[Client] = [
        one for name, one in read_keys(directory.root / FILE_NAME).items() if name.startswith("load-")
    ]
    name = run_name("bench", now_us=clock.now_us(), salt=os.getpid())
    return Source(clients, Traffic(), run=name, now_us=clock.now_us)


def load(directory: DataDirectory, source: Source, plan: Plan) -> Figures:
    """Each run of the generator has a manifest and ids of its own."""
    name = run_name("bench", now_us=clock.now_us(), salt=Random().randrange(2**16))
    own = Source(source.clients, source.traffic, run=name, now_us=clock.now_us)
    with ManifestWriter(directory.root / "manifests" / f"{name}{SUFFIX}", name) as manifest:
        return run(plan, own, manifest)


def parse_speed(source: Source) -> float:
    """Events a second that one core checks, of bodies as they are sent."""
    bodies = [source.render(source.next()) for _ in range(500)]
    until, events = time.perf_counter() + CONTROL_SECONDS, 0
    began = time.perf_counter()
    while time.perf_counter() < until:
        for body in bodies:
            events += len(decode(body))
    return events / (time.perf_counter() - began)


def sync_rate(root: Path) -> float:
    """Appends of a usual group that the disk syncs in a second."""
    block, path, groups = os.urandom(GROUP_BYTES), root / "control", 0
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        while time.perf_counter() < began + CONTROL_SECONDS:
            file.write(block)
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
            groups += 1
        rate = groups / (time.perf_counter() - began)
    path.unlink()
    return rate


def drain(directory: DataDirectory) -> float:
    """Seconds until the applier has applied all that the gateway has counted."""
    began = time.monotonic()
    while directory.status("applier").get("applied") != end_of_journal(directory):
        time.sleep(0.1)
    return time.monotonic() - began


def end_of_journal(directory: DataDirectory) -> int:
    end: int = directory.status("gateway")["journal"]["position"]
    return end


def memory(directory: DataDirectory) -> dict[str, float]:
    """Resident MiB of each process."""
    running = directory.status("supervisor")["processes"]
    sizes = subprocess.run(
        ["ps", "-o", "rss=", "-p", ",".join(str(one["pid"]) for one in running.values())],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    by_pid = sorted(running, key=lambda name: running[name]["pid"])
    return {name: int(size) / 1024 for name, size in zip(by_pid, sizes, strict=True)}


def journal_bytes(directory: DataDirectory) -> int:
    return sum(path.stat().st_size for path in directory.journal.iterdir())


def buckets(url: str) -> dict[str, float]:
    """How many events became visible within each bound."""
    text = urllib.request.urlopen(f"{url}/metrics", timeout=10).read().decode()
    rows = (line for line in text.splitlines() if line.startswith("billing_event_visible_seconds_bucket"))
    return {row.split('"')[1]: float(row.split()[-1]) for row in rows}


def share_within(before: dict[str, float], after: dict[str, float], bound: str) -> float:
    return (after[bound] - before[bound]) / max(1.0, after["+Inf"] - before["+Inf"])


if __name__ == "__main__":
    main()
