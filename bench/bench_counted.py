"""The status of 500 SLOs straight from counters: the period of 30 days and seven windows, cold and with days kept.

Once more, for a tenth of them, where every process is replaced daily, an hour before noon, so that no day is quiet:
each is counted by what reads raw samples several times, and the open day is so every time.
No target is set for it: on two cores, shared, cold took 11 s and warm 2.6 s.

Beside it, as the control, what one asks without a thought: the same 500 SLOs' `increase` over 30 days, as batches, one
after another; it is neither exact nor has it any window.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from history import Kind, counters, write_blocks

from sretool.burn.cache import Days
from sretool.burn.counting import Counting, count
from sretool.burn.figures import WINDOWS
from sretool.burn.spans import Span, period_span, window_span
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus
from sretool.yamltext.loading import collector_paused

SLOS, SLOS_REDEPLOYED = 500, 50
PERIOD = RollingPeriod(DAY * 30)
COLD_RUNS, WARM_RUNS = 3, 7
TARGET_COLD_SECONDS, TARGET_WARM_SECONDS = 5.0, 0.7
AT_ONCE = 100


def main() -> int:
    pairs = [(f"service-{number // 20:03}", f"slo-{number % 20:02}") for number in range(SLOS)]
    promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
    if promtool is None or prometheus is None:
        sys.exit("prometheus and promtool are not on PATH: make tools")
    end = int(time.time()) // 86_400 * 86_400 - 43_200  # Noon: half a day is open.
    slos = [slo(*pair) for pair in pairs]
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        write_blocks(promtool, home, [Kind("requests_total", counters(pairs), step=60, days=31, counter=True)], end)
        with running(Path(prometheus), home, Setup()) as server:
            measure(server.api, slos, end - 60, home)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        write_blocks(promtool, home, redeployed_daily(pairs[:SLOS_REDEPLOYED]), end)
        with running(Path(prometheus), home, Setup()) as server:
            measure_redeployed(server.api, slos[:SLOS_REDEPLOYED], end - 60, home)
    return 0


@dataclass(frozen=True)
class Generation(Kind):
    """Processes that are gone since some seconds: how high their counters stood at birth costs nobody time."""

    ended_ago: int = 0

    def lines(self, end: int) -> Iterator[str]:
        return super().lines(end - self.ended_ago)


def redeployed_daily(pairs: Sequence[tuple[str, str]]) -> list[Kind]:
    """The youngest is an hour old, those before it lived for a day each."""
    kinds: list[Kind] = []
    for number in range(31):
        series = [labels | {"pod": f"pod-{number:02}"} for labels in counters(pairs)]
        age, ended_ago = (1.0, 3_600 + (number - 1) * 86_400) if number else (1 / 24, 0)
        kinds.append(Generation("requests_total", series, step=60, days=age, counter=True, ended_ago=ended_ago))
    return kinds


def slo(service: str, name: str) -> Slo:
    selector = f'requests_total{{service="{service}", slo="{name}"'
    sli = EventsSli("bad", f'{selector}, outcome="error"}}', f"{selector}}}")
    return Slo(service, name, Objective(Decimal("0.9995")), PERIOD, sli, Alerting(default_tiers(PERIOD.length)))


def measure(server: Prometheus, slos: list[Slo], at: float, home: Path) -> None:
    figures: dict[str, tuple[int, Callable[[], object]]] = {
        "control: increase[30d] alone": (COLD_RUNS, lambda: control(server, slos, at)),
        "counted, cold": (COLD_RUNS, lambda: counted(server, slos, at, Path(tempfile.mkdtemp(dir=home)))),
        "counted, warm": (WARM_RUNS, lambda: counted(server, slos, at, home / "kept")),
    }
    print(
        f"{len(counted(server, slos, at, home / 'kept').by_slo)} SLOs, {len(WINDOWS)} windows and a period of {PERIOD}"
    )
    medians = {name: statistics.median(timed(run, runs)) for name, (runs, run) in figures.items()}
    for name, seconds in medians.items():
        print(f"{name:<36} {seconds * 1000:8.0f} ms")
    for name, target in (("counted, cold", TARGET_COLD_SECONDS), ("counted, warm", TARGET_WARM_SECONDS)):
        print(f"{name}: {'met' if medians[name] <= target else 'missed'} (target {target} s)")


def measure_redeployed(server: Prometheus, slos: list[Slo], at: float, home: Path) -> None:
    """Once each: they take long."""
    for name in ("replaced daily: counted, cold", "replaced daily: counted, warm"):
        (seconds,) = timed(lambda: counted(server, slos, at, home / "kept"), 1)
        print(f"{name:<36} {seconds * 1000:8.0f} ms")


def counted(server: Prometheus, slos: list[Slo], at: float, directory: Path) -> Counting:
    def spans(_: Slo) -> list[Span]:
        return [period_span(PERIOD, at), *(window_span(window, at) for window in WINDOWS)]

    with collector_paused():  # As a status has it.
        return count(server, slos, spans, at=at, cache=Days(directory, server.url))


def control(server: Prometheus, slos: list[Slo], at: float) -> int:
    sides = [side for slo in slos if isinstance(slo.sli, EventsSli) for side in (slo.sli.selector, slo.sli.total)]
    terms = [f'label_replace(sum(increase({side}[30d])), "n", "{n}", "", "")' for n, side in enumerate(sides)]
    return sum(len(server.query(" or ".join(some), at=at).samples) for some in batches(terms))


def batches(terms: list[str]) -> list[list[str]]:
    return [terms[first : first + AT_ONCE] for first in range(0, len(terms), AT_ONCE)]


def timed(run: Callable[[], object], runs: int) -> list[float]:
    times: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    sys.exit(main())
