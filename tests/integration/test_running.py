"""What only a running server shows: rules on their own clocks, alerts that come and go, histograms without buckets.

Time runs sixty times as fast: a scrape a second, an hour a minute, and Prometheus looks back for five seconds. The
target counts in straight lines, so that what is recorded can be compared with what happened.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from integration.exporter import PROTOBUF, Counter, NativeHistogram, Requests, serving, text

from sretool.demo.api import Alert
from sretool.demo.server import Running, ScrapeJob, Setup, running, wait_until
from sretool.model.burn import time_to_detect
from sretool.model.duration import DAY, HOUR, MINUTE, SECOND, Duration
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
from sretool.promql import names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.emit import emit
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import FAST, SLOW, SUM_TILE, Timing

SCALE = 60
TIMING = Timing(scrape_interval=MINUTE, scale=SCALE)
FLAGS = (
    "--query.lookback-delta=5s",  # Five minutes, as Prometheus has it unless told otherwise.
    "--enable-feature=native-histograms",
    "--web.enable-lifecycle",
)
PERIOD = RollingPeriod(DAY * 30)
ALERTING = Alerting(default_tiers(PERIOD.length))
# A scrape, the windows' cycle, the alerts' cycle; and as much again as a busy machine may take.
SETTLE_SECONDS = 2
SLACK_SECONDS = 4


def _events(metric: str, side: str = "bad") -> EventsSli:
    return EventsSli("bad" if side == "bad" else "good", f'{metric}{{outcome="{OUTCOMES[side]}"}}', metric)


OUTCOMES = {"bad": "error", "good": "ok"}


def _slo(service: str, name: str, sli: Sli, **more: object) -> Slo:
    slo = Slo(service, name, Objective(Decimal("0.999")), PERIOD, sli, ALERTING, owner="payments")
    return replace(slo, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Kind:
    """An indicator, and the events a second that the target counts for it."""

    name: str
    sli: Sli
    every: float
    bad: float


SHARES = Requests("requests_total", per_second=100, failing=0.02)
KINDS = (
    Kind("by-bad", _events("requests_total"), every=100, bad=2),
    Kind("by-good", _events("requests_total", "good"), every=100, bad=2),
    Kind("latency", LatencySli("seconds", Decimal("0.25")), every=50, bad=10),
    Kind("native", LatencySli("native_seconds", Decimal("0.5"), native=True), every=1_000, bad=250),
    Kind("slices", TimeSliceSli("queue_length", "<", "100"), every=1, bad=0.2),
    Kind("fresh", FreshnessSli("watermark_seconds", MINUTE * 15), every=1, bad=0),
    Kind("stale", FreshnessSli("old_watermark_seconds", MINUTE * 15), every=1, bad=1),
    Kind("completeness", CompletenessSli("ingested_total", "metered_total", MINUTE * 10), every=100, bad=10),
    Kind("cohorts", CohortSli("expected_total", "missing_total"), every=50, bad=5),
    Kind(
        "expression",
        ExprSli('sum(rate(requests_total{outcome="error"}[$window]))', "sum(rate(requests_total[$window]))"),
        every=100,
        bad=2,
    ),
)
LONG_AGO = Exclusion("a move", "ops", OneOff(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)))
REGIONS = {"eu": Requests("regional_total", failing=0.1), "us": Requests("regional_total")}
ALL_KINDS = Service(
    "kinds",
    slos=(
        *(_slo("kinds", kind.name, kind.sli) for kind in KINDS),
        _slo("kinds", "regional", _events("regional_total"), group_by=("region",), groups=(("eu",), ("us",))),
        _slo("kinds", "burst", _events("burst_total"), objective=Objective(Decimal("0.9995")), exclusions=(LONG_AGO,)),
        _slo("kinds", "calendar", _events("requests_total"), period=CalendarMonth("Europe/Berlin")),
    ),
    invariants=(Invariant("kinds", "nothing-lost", "lost_total", owner="payments"),),
    targets=(("job", "target"),),
    traffic=WeeklySchedule((WeeklySpan(0, 7 * 86_400),), "Europe/Berlin"),
)
IDLE = Service(
    "idle",
    slos=(
        _slo("idle", "classic", LatencySli("idle_seconds", Decimal("0.25"))),
        _slo("idle", "events", _events("idle_total")),
        _slo("idle", "native", LatencySli("idle_native_seconds", Decimal("0.5"), native=True)),
    ),
)
FAILING = Service(
    "failing",
    slos=(
        _slo(
            "failing",
            "availability",
            _events("failing_total"),
            criticality=1,
            runbook="runbooks/failing.md",
            labels=(("product", "core"),),
        ),
    ),
)
MOVED = Service("moved", slos=(_slo("moved", "availability", _events("moved_total")),))
CROWDED = Service(
    "crowded",
    slos=(
        _slo("crowded", "by-customer", _events("crowded_total"), group_by=("customer",), max_groups=2),
        _slo("crowded", "in-sum", _events("crowded_total")),
    ),
)
SERVICES = (ALL_KINDS, IDLE, FAILING, MOVED, CROWDED)


class Target:
    """What the exporter counts. `crowd` are the customers that it has seen."""

    def __init__(self) -> None:
        self.began = time.time()
        self.shares = Requests("requests_total", failing=0.02)
        self.regions = {"eu": Requests("regional_total", failing=0.1), "us": Requests("regional_total")}
        self.burst, self.failing = Requests("burst_total"), Requests("failing_total", per_second=200)
        self.moved, self.crowded = Requests("moved_total", failing=0.5), Requests("crowded_total")
        self.crowd = ["a", "b"]
        self.hundred, self.fifty, self.forty, self.five = (Counter(rate) for rate in (100, 50, 40, 5))
        self.native = NativeHistogram("native_seconds", Counter(750), Counter(250))
        self.idle_native = NativeHistogram("idle_native_seconds", Counter(0), Counter(0))

    def text(self, now: float) -> bytes:
        return text([*self._requests(now), *self._durations(now), *self._billing(now)])
