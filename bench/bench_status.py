"""The status of 5,000 SLOs in eight windows from recorded series: a constant number of queries, half a second.

Beside it, as the control, the one query that everything needs, without a thought about its answer. And how long a
command takes from its start to the first byte that it sends, beside a Python that does nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from history import Kind, write_blocks

from sretool.burn.figures import WINDOWS
from sretool.burn.status import Asked, Status, status
from sretool.cli.slo.printing import table_lines
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.timing import Timing

SERVICES, SLOS_EACH = 250, 20
RUNS = 7
TARGET_SECONDS, TARGET_DRAWN_SECONDS, TARGET_START_SECONDS = 0.5, 1.5, 0.25
STARTS = 15
PERIOD = RollingPeriod(DAY * 30)
AROUND = {
    **{names.error_ratio(window): 0.0004 for window in WINDOWS},
    names.PERIOD_BAD: 20_736,
    names.PERIOD_ALL: 51_840_000,
    names.PERIOD_COVERAGE: 1,
    names.ALL: 20,
}


@dataclass
class Counting:
    """A server that counts what is asked of it."""

    server: Prometheus
    asked: int = 0

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.server, name)

        def counted(*arguments: object, **more: object) -> object:
            self.asked += 1
            return method(*arguments, **more)

        return counted


def main() -> int:
    services = fleet()
    promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
    if promtool is None or prometheus is None:
        sys.exit("prometheus and promtool are not on PATH: make tools")
    measure_start()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        end = int(time.time()) // 60 * 60
        write_blocks(promtool, home, kinds(services), end)
        with running(Path(prometheus), home, Setup()) as server:
            return measure(server.api, Asked(services, end - 60, Timing(), "recorded"))


def measure_start() -> None:
    figures = {"control: python -c pass": python_that_does_nothing, "slo status, to its first byte": first_byte}
    medians = interleaved(figures, runs=STARTS)
    for name, seconds in medians.items():
        print(f"{name:<36} {seconds * 1000:8.0f} ms")
    met = medians["slo status, to its first byte"] <= TARGET_START_SECONDS
    print(f"start-up: {'met' if met else 'missed'} (target {TARGET_START_SECONDS} s)")


def python_that_does_nothing() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def first_byte() -> None:
    """Start `sretool slo status` on this repository's SLOs, wait for its first byte, and end it, which counts, too."""
    with tempfile.TemporaryDirectory() as cache, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "sretool", "slo", "status", "--prometheus", url]
        with subprocess.Popen(
            command, cwd=Path(__file__).parent.parent, env=os.environ | {"XDG_CACHE_HOME": cache}
        ) as process:
            connected, _ = listener.accept()
            with connected:
                connected.recv(1)
                process.kill()


def fleet() -> tuple[Service, ...]:
    def slo(service: str, number: int) -> Slo:
        selector = f'requests_total{{service="{service}", slo="{number}"'
        return Slo(
            service,
            f"slo-{number:02}",
            Objective(Decimal("0.9995")),
            PERIOD,
            EventsSli("bad", f'{selector}, outcome="error"}}', f"{selector}}}"),
            Alerting(default_tiers(PERIOD.length)),
        )

    return tuple(
        Service(name, tuple(slo(name, number) for number in range(SLOS_EACH)))
        for name in (f"service-{number:03}" for number in range(SERVICES))
    )


def kinds(services: tuple[Service, ...]) -> list[Kind]:
    owned = [{"service": slo.service, "slo": slo.name} for service in services for slo in service.slos]
    recorded = [Kind(name, owned, step=60, days=0.01, around=around) for name, around in AROUND.items()]
    return [*recorded, Kind(names.OBJECTIVE, owned, step=60, days=0.01, around=0.9995)]


def measure(server: Prometheus, asked: Asked) -> int:
    counting = Counting(server)
    found = status(counting, asked, asked.services)
    print(f"{len(found.standings):,} SLOs, {len(WINDOWS) + 1} windows, {counting.asked} queries")
    few = replace(asked, services=asked.services[:1])
    counting_few = Counting(server)
    status(counting_few, few, few.services)
    print(f"{len(few.slos)} SLOs: {counting_few.asked} queries (the rules are compared below 500 SLOs)")
    bare = "{" + f'__name__=~"{"|".join([*AROUND, names.OBJECTIVE])}"' + "}"
    figures = {
        "control: one query for all series": lambda: server.query(bare, at=asked.at),
        "status, not drawn": lambda: status(server, asked, asked.services),
        "status, drawn": lambda: drawn(status(server, asked, asked.services)),
    }
    medians = interleaved(figures)
    for name, seconds in medians.items():
        print(f"{name:<36} {seconds * 1000:8.0f} ms")
    for name, target in (("status, not drawn", TARGET_SECONDS), ("status, drawn", TARGET_DRAWN_SECONDS)):
        print(f"{name}: {'met' if medians[name] <= target else 'missed'} (target {target} s)")
    return 0


def drawn(found: Status) -> int:
    return sum(len(line) for line in table_lines(found))


def interleaved(figures: Mapping[str, Callable[[], object]], *, runs: int = RUNS) -> dict[str, float]:
    """The median of each, all in turn, so that a slow minute hits every one."""
    times: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(runs):
        for name, run in figures.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


if __name__ == "__main__":
    sys.exit(main())
