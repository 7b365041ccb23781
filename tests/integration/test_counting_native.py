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
    scraped: list[tuple[float, int]] = field(default_factory=list)
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
            self.scraped.append((now, int(self._fast.at(now)) + int(self._slow.at(now))))
            return self._histogram.family(now)

    def bounds(self, span: Span) -> tuple[float, float]:
        """What may be said of a span: the growth between the scrapes that are in it for certain, less and more of it by
        what a guess may add at both ends, which is no more than two of the longest pauses between scrapes each."""
        inside = [one for one in self.scraped if span.start + 0.5 < one[0] < span.end - 0.5]
        near = [one for one in self.scraped if span.start - 0.5 < one[0] < span.end + 0.5]
        pause = max(later[0] - earlier[0] for earlier, later in pairwise(near))
        return inside[-1][1] - inside[0][1], near[-1][1] - near[0][1] + 4 * pause * (FAST + SLOW)


@dataclass(frozen=True)
class Scraped:
    api: Prometheus
    old: Target
    late: Target
    span: Span

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
        deadline = time.monotonic() + 90
        while len(old.scraped) < SCRAPES or len(late.scraped) < SCRAPES // 2 or not _has(server.api, "late_seconds"):
            assert time.monotonic() < deadline, "the targets are not scraped"
            time.sleep(0.1)
        first, last = old.scraped[1][0], min(old.scraped[-2][0], late.scraped[-2][0])
        yield Scraped(server.api, old, late, Span(int(first), int(last) + 1))


def test_what_is_slow_is_counted_by_its_bucket(scraped: Scraped) -> None:
    counted = scraped.counted("old_seconds")
    least, most = scraped.old.bounds(scraped.span)

    assert counted.bad is not None
    assert least <= counted.all <= most
    assert counted.bad / counted.all == pytest.approx(Decimal(SLOW) / (FAST + SLOW), rel=Decimal("0.01"))


def test_a_histogram_that_is_born_counts_from_its_first_scrape_on(scraped: Scraped) -> None:
    """What it had then is not counted, which the specification says of it."""
    counted = scraped.counted("late_seconds")
    least, most = scraped.late.bounds(scraped.span)

    assert least <= counted.all <= most < BEFORE_BIRTH


def _has(server: Prometheus, name: str) -> bool:
    return bool(server.query(f"histogram_count({name})", at=time.time()).samples)
