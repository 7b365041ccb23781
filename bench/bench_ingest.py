"""How much usage the whole service takes over HTTP, durable, while it applies, bills and recounts, on one machine.

The client is `billing load` itself and shares the machine. Beside each figure stand controls of the same minute: how
fast one core parses the same events, and how many groups a second the disk syncs.

    bench_ingest.py [seconds of the sustained runs, 60]

Targets: burst of 10 s >= 300,000 events/s, median of three; sustained 100,000/s with 99 % visible within 5 s; p99 of
the acknowledgement <= 50 ms at 150,000/s; every process <= 512 MiB and growing <= 5 % over the sustained run. Each is
said to be met or missed, which is about the machine; the exit code is 1 where the audit finds anything.

Memory is all that is resident, with the applier's filter of ids: files, eight bytes an id, which it maps and the system
may drop at any time.
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
from dataclasses import dataclass
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
BURST_TARGET = 300_000
RATES = (100_000, 150_000)
RATE_VISIBLE = RATES[0]  # at which events are to be seen in time
RATE_ACKNOWLEDGED = RATES[1]  # at which batches are to be acknowledged in time
VISIBLE_SHARE, ACK_SECONDS = 0.99, 0.050
GROWTH_MAX, MEMORY_MIB_MAX = 0.05, 512
WARM_UP_SECONDS = 15.0  # until caches are full
CONTROL_SECONDS = 2.0
GROUP_BYTES = 200_000
SERVE = """
import sys
from pathlib import Path
from sretool.billing.directory import DataDirectory
from sretool.billing.serve import ServeOptions, serve

serve(ServeOptions(DataDirectory(Path(sys.argv[1])), port=0), announce=lambda ready: print(ready.url, flush=True))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What was seen of one load. Memory is in MiB, by process, before and after."""

    figures: Figures
    visible_share: float
    before: dict[str, float]
    after: dict[str, float]
    is_clean: bool


def main() -> int:
    """The exit code: 1 where an event was lost or counted twice."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    bursts = [on_a_new_service(None, BURST_SECONDS) for _ in range(BURSTS)]
    median = statistics.median(run.figures.acknowledged_per_second for run in bursts)
    print()
    judge(f"burst, median of {BURSTS}: {median:,.0f} events/s", median >= BURST_TARGET, f">= {BURST_TARGET:,}")
    sustained = [on_a_new_service(rate, seconds) for rate in RATES]
    runs = [*bursts, *sustained]
    if not all(run.is_clean for run in runs):
        print("missed: an audit is not clean")
    return 0 if all(run.is_clean for run in runs) else 1


def on_a_new_service(rate: float | None, seconds: float) -> Run:
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        run = measure(DataDirectory(Path(home)), rate, seconds)
    if rate is not None:
        judge_sustained(rate, run)
    return run


def measure(directory: DataDirectory, rate: float | None, seconds: float) -> Run:
    """One load, drained and audited afterwards."""
    with served(directory) as url:
        source = traffic(directory)
        parse, syncs = parse_speed(source), sync_rate(directory.root)
        load(directory, source, Plan(url, rate, WARM_UP_SECONDS, BURST_CONNECTIONS))
        drain(directory)
        before, visible = memory(directory), buckets(url)
        journal = journal_bytes(directory)
        figures = load(directory, source, Plan(url, rate, seconds, BURST_CONNECTIONS if rate is None else 64))
        lag = drain(directory)
        after, share = memory(directory), share_within(visible, buckets(url), "5")
        written = (journal_bytes(directory) - journal) / max(1, figures.events["acknowledged"])
        found = audit(directory)
        show(figures, parse=parse, syncs=syncs, lag=lag)
        print(f"  visible within 5 s: {share:.2%}")
        print(f"  journal: {written:.0f} bytes an event")
        print("  resident MiB: " + "   ".join(f"{name} {before[name]:.0f} -> {after[name]:.0f}" for name in after))
        print(f"  audit: {found.found:,} found, {found.lost} lost, {found.counted_twice} counted twice", flush=True)
        return Run(figures, share, before, after, not found.lost and not found.counted_twice)


def judge_sustained(rate: float, run: Run) -> None:
    figures = run.figures
    share = figures.acknowledged_per_second / rate
    judge(f"kept: {share:.1%} of {rate:,.0f}/s", share >= VISIBLE_SHARE, f">= {VISIBLE_SHARE:.0%}")
    if rate == RATE_VISIBLE:
        judge(f"visible within 5 s: {run.visible_share:.2%}", run.visible_share >= VISIBLE_SHARE, ">= 99 %")
    if rate == RATE_ACKNOWLEDGED:
        p99 = figures.ack_seconds[99.0]
        judge(f"acknowledged, p99: {1e3 * p99:.1f} ms", p99 <= ACK_SECONDS, f"<= {1e3 * ACK_SECONDS:.0f} ms")
    for name, after in run.after.items():
        growth = after / run.before[name] - 1
        is_met = growth <= GROWTH_MAX and after <= MEMORY_MIB_MAX
        judge(f"memory of the {name}: {after:.0f} MiB, {growth:+.1%}", is_met, f"<= {MEMORY_MIB_MAX} MiB, <= +5 %")


def judge(said: str, is_met: bool, target: str) -> None:
    print(f"  {'met   ' if is_met else 'missed'}  {said}   target {target}", flush=True)


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
    """MiB that are resident of each process, mapped files included."""
    running = directory.status("supervisor")["processes"]
    return {name: resident_kib(one["pid"]) / 1024 for name, one in sorted(running.items())}


def resident_kib(pid: int) -> int:
    resident = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(resident.stdout)


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
    sys.exit(main())
