"""Services of every kind of indicator, a target that counts for them, and a Prometheus that runs their rules.

Time runs sixty times as fast: a scrape a second, an hour a minute, and Prometheus looks back for five seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration.exporter import PROTOBUF, Counter, NativeHistogram, Requests, serving, text

from sretool.demo.processes import wait_until
from sretool.demo.server import ScrapeJob, Setup, running
from sretool.model.duration import DAY, MINUTE
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, Exclusion, OneOff, RollingPeriod, WeeklySchedule, WeeklySpan
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Alerting, Invariant, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.answers import Sample, Series
from sretool.prometheus.server import Prometheus
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.rule import RuleFile
from sretool.rules.timing import Timing

TIMING = Timing(scrape_interval=MINUTE, scale=60)
PERIOD = RollingPeriod(DAY * 30)
ALERTING = Alerting(default_tiers(PERIOD.length))
FLAGS = (
    "--query.lookback-delta=5s",  # Five minutes, as Prometheus has it unless told otherwise.
    "--enable-feature=native-histograms",
    "--web.enable-lifecycle",
)
# When the burst begins after the first scrape, which a busy machine may make late; and how long it lasts, long enough
# that no single scrape matters much.
BURST_AFTER_SECONDS, BURST_SECONDS = 9, 8


@dataclass(frozen=True)
class Kind:
    """An indicator, and the events a second that the target counts for it."""

    name: str
    sli: Sli
    every: float
    bad: float
    within: float = 0.05  # What a scrape more or less changes.


def slo(service: str, name: str, sli: Sli, **more: Any) -> Slo:
    promise = Slo(service, name, Objective(Decimal("0.999")), PERIOD, sli, ALERTING, owner="payments")
    return replace(promise, **more)


def bad_of(metric: str) -> EventsSli:
    return EventsSli("bad", f'{metric}{{outcome="error"}}', metric)


KINDS = (
    Kind("by-bad", bad_of("requests_total"), every=100, bad=2),
    Kind("by-good", EventsSli("good", 'requests_total{outcome="ok"}', "requests_total"), every=100, bad=2),
    Kind("latency", LatencySli("seconds", Decimal("0.25")), every=50, bad=10),
    Kind("native", LatencySli("native_seconds", Decimal("0.5"), native=True), every=1_000, bad=250),
    Kind("slices", TimeSliceSli("queue_length", "<", "100"), every=1, bad=0.2, within=0.3),
    Kind("fresh", FreshnessSli("watermark_seconds", MINUTE * 15), every=1, bad=0),
    Kind("stale", FreshnessSli("old_watermark_seconds", MINUTE * 15), every=1, bad=1),
    Kind(
        "completeness", CompletenessSli("ingested_total", "metered_total", MINUTE * 10), every=100, bad=10, within=0.15
    ),
    Kind("cohorts", CohortSli("expected_total", "missing_total"), every=50, bad=5),
    Kind(
        "expression",
        ExprSli('sum(rate(requests_total{outcome="error"}[$window]))', "sum(rate(requests_total[$window]))"),
        every=100,
        bad=2,
    ),
)
_LONG_AGO = Exclusion("a move", "ops", OneOff(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)))
ALL_KINDS = Service(
    "kinds",
    slos=(
        *(slo("kinds", kind.name, kind.sli) for kind in KINDS),
        slo("kinds", "regional", bad_of("regional_total"), group_by=("region",), groups=(("eu",), ("us",))),
        slo("kinds", "burst", bad_of("burst_total"), objective=Objective(Decimal("0.9995")), exclusions=(_LONG_AGO,)),
        slo("kinds", "calendar", bad_of("requests_total"), period=CalendarMonth("Europe/Berlin")),
    ),
    invariants=(Invariant("kinds", "nothing-lost", "lost_total", owner="payments"),),
    targets=(("job", "target"),),
    traffic=WeeklySchedule((WeeklySpan(0, 7 * 86_400),), "Europe/Berlin"),
)
IDLE = Service(
    "idle",
    slos=(
        slo("idle", "classic", LatencySli("idle_seconds", Decimal("0.25"))),
        slo("idle", "events", bad_of("idle_total")),
        slo("idle", "native", LatencySli("idle_native_seconds", Decimal("0.5"), native=True)),
    ),
)
_FAILING = slo(
    "failing",
    "availability",
    bad_of("failing_total"),
    criticality=1,
    runbook="runbooks/failing.md",
    labels=(("product", "core"),),
)
FAILING = Service("failing", slos=(_FAILING,))
MOVED = Service("moved", slos=(slo("moved", "availability", bad_of("moved_total")),))
CROWDED = Service(
    "crowded",
    slos=(
        slo("crowded", "by-customer", bad_of("crowded_total"), group_by=("customer",), max_groups=2),
        slo("crowded", "in-sum", bad_of("crowded_total")),
    ),
)
SERVICES = (ALL_KINDS, IDLE, FAILING, MOVED, CROWDED)


class Target:
    """What is counted, in straight lines. `customers` are those that the crowded service has seen."""

    def __init__(self) -> None:
        self.began = time.time()
        self.customers = ["a", "b"]
        self.requests = Requests("requests_total", failing=0.02)
        self.regions = {"eu": Requests("regional_total", failing=0.1), "us": Requests("regional_total")}
        self.burst = Requests("burst_total")
        self.failing = Requests("failing_total", per_second=200)
        self.moved = Requests("moved_total", failing=0.5)
        self.crowded = Requests("crowded_total", failing=0.5)
        self.idle = Requests("idle_total", per_second=0)
        self.counters = {
            'seconds_bucket{le="0.25"}': Counter(40),
            'seconds_bucket{le="+Inf"}': Counter(50),
            "seconds_count": Counter(50),
            'idle_seconds_bucket{le="0.25"}': Counter(0, start=8),
            'idle_seconds_bucket{le="+Inf"}': Counter(0, start=9),
            "idle_seconds_count": Counter(0, start=9),
            "expected_total": Counter(50),
            "missing_total": Counter(5),
            "lost_total": Counter(0),
        }
        self.ingested = Counter(100)
        self.native = (
            NativeHistogram("native_seconds", Counter(750), Counter(250)),
            NativeHistogram("idle_native_seconds", Counter(0, start=8), Counter(0, start=1)),
        )
        self.burst_ends = self.began

    def burst_at(self, moment: float) -> None:
        """Have the burst begin at a Unix time, which is yet to come."""
        self.burst_ends = moment + BURST_SECONDS
        self.burst.fail(1, since=moment)
        self.burst.fail(0, since=self.burst_ends)

    def text(self, now: float) -> bytes:
        requests = (self.requests, self.burst, self.failing, self.moved, self.idle)
        return text(
            [
                *(line for one in requests for line in one.series(now)),
                *(line for region, one in self.regions.items() for line in one.series(now, region=region)),
                *(line for customer in self.customers for line in self.crowded.series(now, customer=customer)),
                *((name, counter.at(now)) for name, counter in self.counters.items()),
                ("ingested_total", self.ingested.at(now)),
                # Ten seconds (ten minutes) later, nine of ten are metered.
                ("metered_total", self.ingested.at(now - 10) * 0.9),
                ("queue_length", 500 if int(now) % 5 == 0 else 5),
                ("watermark_seconds", now - 1),
                ("old_watermark_seconds", self.began - 3_600),
            ]
        )

    def protobuf(self, now: float) -> bytes:
        return b"".join(histogram.family(now) for histogram in self.native)


@dataclass(frozen=True)
class World:
    """A target, and a server that scrapes it and runs the rules that lie in `rules`."""

    api: Prometheus
    target: Target
    rules: Path

    def write(self, service: Service) -> None:
        """Write a service's rules, which the server reads when it is told to."""
        (self.rules / f"{service.name}.yaml").write_text(emit(compiled(service)), encoding="utf-8")

    def wait_until(self, condition: Callable[[], bool], what: str, *, seconds_max: float = 60) -> None:
        wait_until(condition, seconds_max=seconds_max, what=what, poll_seconds=0.2)

    def query(self, expr: str, *, at: float | None = None) -> tuple[Sample, ...]:
        """What an expression has at a Unix time, or now."""
        return self.api.query(expr, at=time.time() if at is None else at).samples

    def samples(self, selector: str) -> tuple[Series, ...]:
        """The raw samples of a range vector that ends now."""
        return self.api.samples(selector, at=time.time()).series

    def value(self, expr: str, *, at: float | None = None) -> float:
        """The only sample that an expression has."""
        (sample,) = self.query(expr, at=at)
        return float(sample.value)

    def wait_for_records_of(self, moment: float) -> None:
        """Until the slowest groups have recorded what was at a Unix time."""
        asked = 'min(timestamp(slo:period_bad_events:sum{service="kinds"})) > %f'
        self.wait_until(lambda: bool(self.query(asked % moment)), "the records of a moment", seconds_max=120)


def compiled(service: Service) -> RuleFile:
    return compile_service(service, TIMING)


@contextmanager
def world(prometheus: Path, home: Path) -> Iterator[World]:
    rules = home / "rules"
    rules.mkdir()
    target = Target()
    with serving(target.text) as plain, serving(target.protobuf, PROTOBUF) as native:
        setup = Setup(
            scrape_interval=TIMING.scaled(TIMING.scrape_interval),
            jobs=(ScrapeJob("target", (plain, native)),),
            rules=(rules / "*.yaml",),
            flags=FLAGS,
            watches_itself=True,
        )
        for service in SERVICES:
            (rules / f"{service.name}.yaml").write_text(emit(compiled(service)), encoding="utf-8")
        with running(prometheus, home, setup) as server:
            here = World(server.api, target, rules)
            here.wait_until(lambda: bool(here.query("burst_total")), "a first scrape")
            target.burst_at(time.time() + BURST_AFTER_SECONDS)
            yield here
