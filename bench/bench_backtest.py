"""A backtest of 30 days after its download: what a setting costs alone, and beside others on the same history.

Beside it, as the control, plain Python that only sums one of its windows, the cheapest way that it has.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate

import numpy as np

from sretool.burn.backtest.candidates import candidates
from sretool.burn.backtest.history import History, Recorded
from sretool.burn.backtest.running import trial, windows_of
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers

RUNS = 15
TARGET_MS = 10.0
DAYS, LOOK_BACK_DAYS = 30, 3
PLACES_A_DAY = 2_880
PERIOD = RollingPeriod(DAY * DAYS)
SLO = Slo(
    "bench",
    "availability",
    Objective(Decimal("0.999")),
    PERIOD,
    EventsSli("bad", "errors_total", "requests_total"),
    Alerting(default_tiers(PERIOD.length)),
)
SETTINGS = ["objective=99.9%,99.95%,99.99%", "min_bad_events=2,10,50"]


def main() -> int:
    history = made_up()
    grid = candidates(SLO, SETTINGS)
    judged = LOOK_BACK_DAYS * PLACES_A_DAY

    def whole(count: int) -> Callable[[], object]:
        def run() -> list[object]:
            windows = windows_of(history)
            return [trial(one, windows, judged_from=judged, least_ratio=0.02) for one in grid[:count]]

        return run

    figures = {
        "one setting alone, with its windows": median_ms(whole(1)),
        f"each of {len(grid)} settings together": median_ms(whole(len(grid))) / len(grid),
        "control: one window in plain Python": median_ms(control(history)),
    }
    for name, ms in figures.items():
        print(f"{name:<40}{ms:8.1f} ms")
    for name, ms in list(figures.items())[:2]:
        print(f"{name}: {'met' if ms <= TARGET_MS else 'missed'} (target {TARGET_MS:.0f} ms)")
    return 0


def made_up() -> History:
    """Twenty events a second, three of ten thousand failing, and thirty bursts of up to four hours."""
    random = np.random.default_rng(7)
    length = (DAYS + LOOK_BACK_DAYS) * PLACES_A_DAY
    failing = np.full(length, 0.0003)
    for first in random.integers(0, length - 480, 30):
        failing[first : first + random.integers(4, 480)] = random.choice([0.005, 0.02, 0.2])
    every = 20 * random.uniform(0.5, 1.5, length)
    return History(0, LOOK_BACK_DAYS * PLACES_A_DAY, {(): Recorded(every * failing, every)})


def control(history: History) -> Callable[[], object]:
    recorded = history.groups[()]
    bad, every = recorded.bad.tolist(), recorded.all.tolist()

    def ratios() -> list[float]:
        bad_sums, all_sums = list(accumulate(bad, initial=0.0)), list(accumulate(every, initial=0.0))
        places = range(120, len(bad) + 1)
        return [(bad_sums[i] - bad_sums[i - 120]) / (all_sums[i] - all_sums[i - 120]) for i in places]

    return ratios


def median_ms(run: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
