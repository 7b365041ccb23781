"""What our rules cost a real Prometheus, beside the classic shape: CPU seconds a minute, for 500 SLOs in 50 services.

Five servers run at the same time on the same history, so that whatever else the machine does, it does to all: ours,
ours with every group at 30 s, the classic shape at 30 s, the classic at our intervals, and one without rules.
What rules read over 30 days has 30 days of history; the counters have four, since no rule reads more than three.
A server that is short of time leaves evaluations out: its CPU time is divided by the share that it made.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from fleet import CLASSIC, CLASSIC_SLOW, NO_RULES, OURS, OURS_FAST, Fleet, homes
from history import exporter

from sretool.demo.server import Running, ScrapeJob, Setup, running
from sretool.prometheus.server import Prometheus

TARGET = 12
WARM_UP_SECONDS = 180
WINDOW_SECONDS = 120  # The cycle of all groups but the seldom ones, which services have at different times.
# No block is ever compacted, or that would be measured too.
FLAGS = ("--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--log.level=error")


@dataclass(frozen=True)
class Window:
    """What a server did: CPU seconds a minute, and the share of its evaluations that it made."""

    cpu_seconds: float
    evaluated_ratio: float

    @property
    def whole_seconds(self) -> float:
        return self.cpu_seconds / self.evaluated_ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--slos-each", type=int, default=10)
    parser.add_argument("--windows", type=int, default=3, help="how many times two minutes are measured")
    given = parser.parse_args()
    fleet = Fleet(given.services, given.slos_each)
    with (
        tempfile.TemporaryDirectory(prefix="sretool-bench-") as home,
        exporter(fleet.pairs) as port,
        ExitStack() as all_,
    ):
        _say("writing 31 days of history for 5 servers")
        servers = {
            name: all_.enter_context(running(Path("prometheus"), at, _setup(at, port)))
            for name, at in homes(fleet, Path(home)).items()
        }
        _say(f"warming up for {WARM_UP_SECONDS} s")
        time.sleep(WARM_UP_SECONDS)
        measured = _measured(servers, given.windows)
        _report(measured)
        _report_rules(servers[OURS].api)
        _report_failures(servers)


def _setup(home: Path, port: int) -> Setup:
    jobs = (ScrapeJob("bench", (f"127.0.0.1:{port}",)),)
    return Setup(jobs=jobs, rules=(home / "rules" / "*.yml",), flags=FLAGS, watches_itself=True)


def _measured(servers: dict[str, Running], windows: int) -> dict[str, list[Window]]:
    due = {name: _evaluations_a_minute(server.api) for name, server in servers.items()}
    found: dict[str, list[Window]] = {name: [] for name in servers}
    for number in range(windows):
        _say(f"measuring: window {number + 1} of {windows}")
        before, began = {name: _spent(server) for name, server in servers.items()}, time.monotonic()
        time.sleep(WINDOW_SECONDS)
        for name, server in servers.items():
            (cpu, made), minutes = _spent(server), (time.monotonic() - began) / 60
            cpu, made = cpu - before[name][0], made - before[name][1]
            found[name].append(Window(cpu / minutes, min(1, made / minutes / due[name]) if due[name] else 1))
    return found


def _evaluations_a_minute(api: Prometheus) -> float:
    return sum(60 / rule.interval_seconds for rule in api.rules())


def _spent(server: Running) -> tuple[float, float]:
    """CPU seconds and evaluations of rules since the server's start, from its own metrics."""
    connection = HTTPConnection(urlsplit(server.api.url).netloc)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    cpu, made = (
        sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))
        for name in ("process_cpu_seconds_total ", "prometheus_rule_evaluations_total{")
    )
    return cpu, made


def _report(measured: dict[str, list[Window]]) -> None:
    medians = {name: statistics.median(window.whole_seconds for window in found) for name, found in measured.items()}
    idle = medians[NO_RULES]
    print(f"{'':24}{'CPU s a minute':>15}{'less no rules':>15}{'evaluated':>11}   each two minutes")
    for name, found in measured.items():
        share = statistics.median(window.evaluated_ratio for window in found)
        each = " ".join(f"{window.whole_seconds:.2f}" for window in found)
        print(f"{name:24}{medians[name]:15.2f}{medians[name] - idle:15.2f}{share:11.0%}   {each}")
    for theirs, ours in ((CLASSIC, OURS), (CLASSIC, OURS_FAST), (CLASSIC_SLOW, OURS)):
        whole, rules = medians[theirs] / medians[ours], (medians[theirs] - idle) / (medians[ours] - idle)
        print(f"({theirs}) : ({ours}) = {whole:.1f} for whole processes, {rules:.1f} for the rules alone")
    print(f"target: ({CLASSIC}) : ({OURS}) >= {TARGET}")


def _report_rules(api: Prometheus, *, shown: int = 12) -> None:
    """Where our time goes, over all services, by what is recorded. Evaluation time holds the waiting for a core."""
    spent: dict[str, float] = defaultdict(float)
    for rule in api.rules():
        which = f" {rule.labels.get('state', '')}{rule.labels.get('burn_tier', '')}" if rule.is_alert else ""
        spent[rule.name + which] += rule.evaluation_seconds * 60 / rule.interval_seconds
    print(f"our rules' evaluation time: {sum(spent.values()):.2f} s a minute, of which")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1])[:shown]:
        print(f"  {seconds:6.3f}  {name}")


def _report_failures(servers: dict[str, Running]) -> None:
    for name, server in servers.items():
        states = server.api.rules()
        failed = [rule for rule in states if rule.error]
        waiting = sum(not rule.is_evaluated for rule in states)
        print(f"{name}: {len(states)} rules, {len(failed)} failed, {waiting} not evaluated yet")
        for rule in failed[:1]:
            print(f"  {rule.name}: {rule.error}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
