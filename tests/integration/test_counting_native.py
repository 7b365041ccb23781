"""Native histograms, counted on a real Prometheus that scrapes them, from before and from after their birth."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from integration.exporter import PROTOBUF, Counter, NativeHistogram, serving

from sretool.burn.counting import Count, count
from sretool.burn.spans import Span
from sretool.demo.processes import wait_until
from sretool.demo.server import ScrapeJob, Setup, running
from sretool.model.duration import DAY, SECOND
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import LatencySli
from sretool.model.slo import Alerting, Slo
from sretool.prometheus.server import Prometheus

SCRAPES = 16
FAST, SLOW, BEFORE_BIRTH = 750, 250, 100_000


@dataclass
class Target:
    """A process with a histogram of a thousand observations a second, a quarter of them slow, from a scrape on.

    Before that it has no histogram; `has` is what was observed before anybody saw any of it.
    """

    name: str
    born_at_scrape: int = 0
    has: int = 0
    has_shown: set[int] = field(default_factory=set)
    _asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._fast, self._slow = Counter(FAST, start=self.has), Counter(SLOW)
        self._histogram = NativeHistogram(self.name, self._fast, self._slow)

    def body(self, now: float) -> bytes:
        with self._lock:
            self._asked += 1
            if self._asked <= self.born_at_scrape:
                return b""
            self.has_shown.add(int(self._fast.at(now)) + int(self._slow.at(now)))
            return self._histogram.family(now)


@dataclass(frozen=True)
class Scraped:
    api: Prometheus
    old: Target
    late: Target
    span: Span

    def bounds(self, target: Target) -> tuple[float, float]:
        """What may be said of the span: the growth between the scrapes in it, and what a guess may add to that at both
        ends, which is no more than two of the longest pauses between scrapes each."""
        inside = [(at, seen) for at, seen in scrapes(self.api, target) if self.span.start <= at <= self.span.end]
        assert {seen for _, seen in inside} <= target.has_shown
        pause = max(later[0] - earlier[0] for earlier, later in pairwise(inside))
        growth = inside[-1][1] - inside[0][1]
        return growth, growth + 4 * pause * (FAST + SLOW)

    def counted(self, name: str) -> Count:
        sli = LatencySli(name, Decimal(1), native=True)
        slo = Slo("shop", "fast", Objective(Decimal("0.99")), RollingPeriod(DAY), sli, Alerting(()))
        counting = count(self.api, [slo], lambda _: [self.span], at=self.span.end)
        return counting.by_slo["shop/fast"][self.span][()]


@pytest.fixture(scope="module")
def scraped(prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    old, late = Target("old_seconds"), Target("late_seconds", born_at_scrape=SCRAPES // 2, has=BEFORE_BIRTH)
    with ExitStack() as stack:
        jobs = tuple(
            ScrapeJob(target.name, (stack.enter_context(serving(target.body, PROTOBUF)),)) for target in (old, late)
        )
        setup = Setup(scrape_interval=SECOND, jobs=jobs, flags=("--enable-feature=native-histograms",))
        server = stack.enter_context(running(prometheus_binary, tmp_path_factory.mktemp("native"), setup))
        wait_until(
            lambda: len(scrapes(server.api, old)) >= SCRAPES and len(scrapes(server.api, late)) >= SCRAPES // 2,
            seconds_max=90,
            what="both to be scraped",
            poll_seconds=0.5,
        )
        first = scrapes(server.api, old)[1][0]
        last = min(scrapes(server.api, target)[-1][0] for target in (old, late))
        yield Scraped(server.api, old, late, Span(int(first), int(last)))  # In which no scrape is still under way.


def scrapes(api: Prometheus, target: Target) -> list[tuple[float, int]]:
    """When it was scraped, and the observations that it had, as the server has them: a scrape that a busy machine makes
    too late has failed, though the target had answered."""
    moments = [
        at for one in api.samples(f'up{{job="{target.name}"}}[5m]', at=time.time()).series for at, _ in one.points
    ]
    found = [(at, api.query(f"histogram_count({target.name})", at=at).samples) for at in moments]
    return [(at, int(samples[0].value)) for at, samples in found if samples]


def test_what_is_slow_is_counted_by_its_bucket(scraped: Scraped) -> None:
    counted = scraped.counted("old_seconds")
    least, most = scraped.bounds(scraped.old)

    assert counted.bad is not None
    assert least <= counted.all <= most
    assert counted.bad / counted.all == pytest.approx(Decimal(SLOW) / (FAST + SLOW), rel=Decimal("0.01"))


def test_a_histogram_that_is_born_counts_from_its_first_scrape_on(scraped: Scraped) -> None:
    """What it had then is not counted, which the specification says of it."""
    counted = scraped.counted("late_seconds")
    least, most = scraped.bounds(scraped.late)

    assert least <= counted.all <= most < BEFORE_BIRTH
