"""A backtest fires when a real Prometheus says so: the generated alerts over recorded history, minute by minute.

What the server records here is what its rules would have: base series every 30 s, windows every minute, a day and more
every ten minutes, each on the whole minute, as a backtest takes them. Where a rule has no result, a running server
marks its series as stale, which backfilled history has no way to say; so the server forgets a sample after 15 s, by
when the next marker would have come, instead of after five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import numpy as np
import pytest
from integration.backfill import write_counters
from integration.counted import BIN_SECONDS, HOUR_BINS, SCRAPE_BINS, Pod, Scenario

from sretool.burn.backtest.firing import alerts
from sretool.burn.backtest.history import STEP, History, Source, Wanted, download
from sretool.burn.backtest.windows import Windows
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.rule import AlertRule, RecordingRule
from sretool.rules.timing import Timing

DAYS = 5
BEGAN = 1_774_828_800  # 2026-03-30, a midnight of UTC.
END = BEGAN + DAYS * 86_400
LOOK_BACK_DAYS = 3
FORGETS = Setup(flags=("--query.lookback-delta=15s",))
# Longer gaps than Prometheus looks back over, and rates of a few events an hour, at which one decides.
MINUTE_BINS = 4


def _history(name: str, *, rate: float, seed: int) -> Scenario:
    """Bursts of all sizes, nights without events, lost scrapes and outages of scraping."""
    bins = DAYS * 24 * HOUR_BINS
    random = Random(seed)
    failing = [0.0002] * bins
    for _ in range(30):
        length = random.choice([2, 10, 45, 200]) * MINUTE_BINS
        first = random.randrange(bins - length)
        failing[first : first + length] = [random.choice([0.002, 0.01, 0.05, 1.0])] * length
    idle = {b for b in range(bins) if 2 <= b // HOUR_BINS % 24 < 5}
    outages = {b for length in (7, 20, 90, 300) for b in _outage(random, bins, length * MINUTE_BINS)}
    lost = {b for b in range(bins) if random.random() < 0.03}
    every = [0 if b in idle else int(rate * BIN_SECONDS + random.random()) for b in range(bins)]
    bad = [int(count * ratio + random.random()) if count else 0 for count, ratio in zip(every, failing, strict=True)]
    bad = [min(failed, count) for failed, count in zip(bad, every, strict=True)]
    good = [count - failed for count, failed in zip(every, bad, strict=True)]
    unseen, restarts = frozenset(lost | outages), frozenset(random.sample(range(1, bins), 8))
    pods = [Pod("pod", 0, good, bad, scraped_at=random.randrange(SCRAPE_BINS), restarts=restarts, unseen=unseen)]
    return Scenario(name, tuple(pods), bins)


def _outage(random: Random, bins: int, length: int) -> range:
    first = random.randrange(bins // 5, bins - length)
    return range(first, first + length)


SCENARIOS = (_history("busy", rate=20, seed=1), _history("quiet", rate=0.05, seed=2))


def _slo(scenario: Scenario, **alerting: Decimal) -> Slo:
    of = f'requests_total{{scenario="{scenario.name}"'
    period = RollingPeriod(DAY * 30)
    return Slo(
        service="past",
        name=scenario.name,
        objective=Objective(Decimal("0.999")),
        period=period,
        sli=EventsSli("bad", f'{of},outcome!="ok"}}', f"{of}}}"),
        alerting=Alerting(default_tiers(period.length), **alerting),
    )


# The second has a minimum of events, and so alerts of its own, which page or, below it, ticket.
SLOS = (_slo(SCENARIOS[0]), _slo(SCENARIOS[1], min_events=Decimal(100)))
RULES = compile_service(Service("past", slos=SLOS), Timing())


@dataclass(frozen=True)
class Past:
    server: Prometheus
    cache: Path

    def backtest(self, slo: Slo) -> History:
        wanted = Wanted(BEGAN, END, look_back_seconds=LOOK_BACK_DAYS * 86_400, now=END)
        return download(Source(self.server, self.cache, lambda *_: None), slo, Timing(), wanted)


@pytest.fixture(scope="module")
def past(promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    home = tmp_path_factory.mktemp("past")
    write_counters(promtool, home, (line for scenario in SCENARIOS for line in scenario.exposition(BEGAN)))
    for step, chosen in _passes():
        with running(prometheus_binary, home, FORGETS) as server:
            lines = [line for rule in chosen for line in _recorded(server.api, rule, step=step)]
        write_counters(promtool, home, lines)
    with running(prometheus_binary, home, FORGETS) as server:
        yield Past(server.api, tmp_path_factory.mktemp("cache"))


def _passes() -> Iterator[tuple[int, list[RecordingRule]]]:
    """What to record in which order, and how often: a rule reads what earlier passes recorded."""
    rules = [rule for group in RULES.groups for rule in group.rules if isinstance(rule, RecordingRule)]
    base = {names.ALL, names.BAD}
    period = ("slo:period_", "slo:ever_", "slo:bad_events:tile", "slo:all_events:tile")
    rest = [rule for rule in rules if rule.record not in base and not rule.record.startswith(period)]
    seldom = [rule for rule in rest if names.is_seldom(rule.record)]
    ratios = [rule for rule in rest if rule.record.startswith("slo:error:ratio")]
    yield 30, [rule for rule in rules if rule.record == names.ALL]
    yield 30, [rule for rule in rules if rule.record == names.BAD]
    yield 600, seldom
    yield 60, [rule for rule in rest if rule not in seldom and rule not in ratios]
    yield 60, ratios


def _recorded(server: Prometheus, rule: RecordingRule, *, step: int) -> Iterator[str]:
    for first in range(BEGAN, END, 86_400):
        last = min(first + 86_400, END + step) - step
        for series in server.query_range(rule.expr, start=first, end=last, step=step).series:
            labels = {name: value for name, value in series.labels.items() if name != "__name__"} | dict(rule.labels)
            written = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
            yield from (f"{rule.record}{{{written}}} {value} {at:.0f}\n" for at, value in series.points)


def _on_the_server(past: Past, slo: Slo) -> dict[tuple[str, str], set[int]]:
    """The minutes at which each generated alert of an SLO has a value, by tier and severity."""
    found: dict[tuple[str, str], set[int]] = {}
    for rule in (rule for group in RULES.groups for rule in group.rules if isinstance(rule, AlertRule)):
        if names.BURN_TIER not in dict(rule.labels):
            continue
        for series in past.server.query_range(rule.expr, start=BEGAN, end=END - 60, step=60).series:
            labels = dict(series.labels) | dict(rule.labels)
            if labels[names.SLO] == slo.name:
                key = labels[names.BURN_TIER], labels[names.SEVERITY]
                found.setdefault(key, set()).update(int(at) for at, _ in series.points)
    return found


def _in_the_backtest(history: History, slo: Slo) -> dict[tuple[str, str], set[int]]:
    (recorded,) = history.groups.values()
    times = history.start + np.arange(len(recorded.all)) * STEP
    is_judged = (times % 60 == 0) & (times >= BEGAN) & (times < END)
    found = {
        (alert.tier.name, alert.severity): {int(at) for at in times[is_judged & alert.burns]}
        for alert in alerts(slo, Windows(recorded))
    }
    return {key: minutes for key, minutes in found.items() if minutes}


@pytest.mark.parametrize("slo", SLOS, ids=lambda slo: slo.name)
def test_every_tier_burns_in_the_same_minutes_as_on_a_real_server(past: Past, slo: Slo) -> None:
    expected = _on_the_server(past, slo)
    actual = _in_the_backtest(past.backtest(slo), slo)

    print(
        "", *(f"{slo.name} {tier} {severity}: {len(minutes)} minutes" for (tier, severity), minutes in expected.items())
    )
    assert {severity for _, severity in expected} == {"page", "ticket"}
    differing = {key: sorted(minutes ^ actual.get(key, set())) for key, minutes in expected.items()}
    assert {key: minutes for key, minutes in differing.items() if minutes} == {}
    assert actual.keys() == expected.keys()
