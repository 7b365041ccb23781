"""The status of 500 SLOs straight from counters: the period of 30 days and seven windows, cold and with days kept.

Beside it, as the control, what one asks without a thought: the same 500 SLOs' `increase` over 30 days, as batches, one
after another; it is neither exact nor has it any window.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
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

SLOS = 500
PERIOD = RollingPeriod(DAY * 30)
COLD_RUNS, WARM_RUNS = 3, 7
TARGET_COLD_SECONDS, TARGET_WARM_SECONDS = 5.0, 0.7
AT_ONCE = 100


def main() -> int:
    pairs = [(f"service-{number // 20:03}", f"slo-{number % 20:02}") for number in range(SLOS)]
    promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
    if promtool is None or prometheus is None:
        sys.exit("prometheus and promtool are not on PATH: make tools")
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        end = int(time.time()) // 86_400 * 86_400 - 43_200  # Noon: half a day is open.
        write_blocks(promtool, home, [Kind("requests_total", counters(pairs), step=60, days=31, counter=True)], end)
        with running(Path(prometheus), home, Setup()) as server:
            return measure(server.api, [slo(*pair) for pair in pairs], end - 60, home)


def slo(service: str, name: str) -> Slo:
    selector = f'requests_total{{service="{service}", slo="{name}"'
    sli = EventsSli("bad", f'{selector}, outcome="error"}}', f"{selector}}}")
    return Slo(service, name, Objective(Decimal("0.9995")), PERIOD, sli, Alerting(default_tiers(PERIOD.length)))


def measure(server: Prometheus, slos: list[Slo], at: float, home: Path) -> int:
    def spans(_: Slo) -> list[Span]:
        return [period_span(PERIOD, at), *(window_span(window, at) for window in WINDOWS)]

    def counted(directory: Path) -> Counting:
        with collector_paused():  # As a status has it.
            return count(server, slos, spans, at=at, cache=Days(directory, server.url))

    figures: dict[str, tuple[int, Callable[[], object]]] = {
        "control: increase[30d] alone": (COLD_RUNS, lambda: control(server, slos, at)),
        "counted, cold": (COLD_RUNS, lambda: counted(Path(tempfile.mkdtemp(dir=home)))),
        "counted, warm": (WARM_RUNS, lambda: counted(home / "kept")),
    }
    print(f"{len(counted(home / 'kept').by_slo)} SLOs, {len(WINDOWS)} windows and a period of {PERIOD}")
    medians = {name: statistics.median(timed(run, runs)) for name, (runs, run) in figures.items()}
    for name, seconds in medians.items():
        print(f"{name:<30} {seconds * 1000:8.0f} ms")
    for name, target in (("counted, cold", TARGET_COLD_SECONDS), ("counted, warm", TARGET_WARM_SECONDS)):
        print(f"{name}: {'met' if medians[name] <= target else 'missed'} (target {target} s)")
    return 0


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
