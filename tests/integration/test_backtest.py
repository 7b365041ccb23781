"""A backtest fires when a real Prometheus says so: the generated alerts over recorded history, minute by minute.

What the server records here is what its rules would have: base series every 30 s, windows every minute, a day and more
every ten minutes, each on the whole minute, as a backtest takes them. Where a rule has no result, a running server
marks its series as stale, which backfilled history has no way to say; so the server forgets a sample after 15 s, by
when the next marker would have come, instead of after five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from integration.backfill import write_counters
from integration.counted import BIN_SECONDS, HOUR_BINS, Pod, Scenario

from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.firing import alerts
from sretool.burn.backtest.history import STEP, History, NoHistory, Recorded, Source, Wanted, download
from sretool.burn.backtest.rehearsal import rehearse
from sretool.burn.backtest.windows import Windows
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY, MINUTE
from sretool.model.objective import Objective
from sretool.model.period import Exclusion, OneOff, RollingPeriod, WeeklySchedule, WeeklySpan
from sretool.model.sli import CompletenessSli, EventsSli, Sli, TimeSliceSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.answers import Matrix
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.indicators import base_rules, identity
from sretool.rules.parameters import info_rules
from sretool.rules.rule import AlertRule, RecordingRule
from sretool.rules.timing import Timing

pytestmark = pytest.mark.long

DAYS = 5
BEGAN = 1_774_828_800  # 2026-03-30, a midnight of UTC.
END = BEGAN + DAYS * 86_400
LOOK_BACK_DAYS = 3
FORGETS = Setup(flags=("--query.lookback-delta=15s",))
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
    # Scraped at a quarter past each minute, 15 s before a half, by when the server has not forgotten it.
    pods = [Pod("pod", 0, good, bad, scraped_at=1, restarts=restarts, unseen=unseen)]
    return Scenario(name, tuple(pods), bins)


def _outage(random: Random, bins: int, length: int) -> range:
    first = random.randrange(bins // 5, bins - length)
    return range(first, first + length)


SCENARIOS = (_history("busy", rate=20, seed=1), _history("quiet", rate=0.05, seed=2))


def _slo(service: str, name: str, sli: Sli, **more: Any) -> Slo:
    return Slo(service, name, Objective(Decimal("0.999")), PERIOD, sli, **({"alerting": ALERTING} | more))


def _events(*matchers: str) -> EventsSli:
    chosen = ",".join(matchers)
    return EventsSli("bad", f"requests_total{{{','.join((*matchers, BAD))}}}", f"requests_total{{{chosen}}}")


PERIOD = RollingPeriod(DAY * 30)
ALERTING = Alerting(default_tiers(PERIOD.length))
BUSY, QUIET, BAD = 'scenario="busy"', 'scenario="quiet"', 'outcome!="ok"'
# The second has a minimum of events, and so alerts of its own, which page or, below it, ticket.
PLAIN = (
    _slo("past", "busy", _events(BUSY)),
    _slo("past", "quiet", _events(QUIET), alerting=replace(ALERTING, min_events=Decimal(100))),
)
# Half of every night in Berlin, in summer time there, and an afternoon.
EXCLUDED = (
    Exclusion(
        "backup", "ops", WeeklySchedule(tuple(WeeklySpan(day * 86_400, 10_800) for day in range(7)), "Europe/Berlin")
    ),
    Exclusion("move", "ops", OneOff(datetime(2026, 4, 1, 12, tzinfo=UTC), datetime(2026, 4, 1, 17, tzinfo=UTC))),
)
NET = (_slo("net", "grouped", _events(), group_by=("scenario",), exclusions=EXCLUDED),)
# Of these only the base series are compared: what follows is the same for all kinds.
KINDS = (
    _slo("kinds", "good", EventsSli("good", f'requests_total{{{BUSY},outcome="ok"}}', f"requests_total{{{BUSY}}}")),
    _slo("kinds", "sliced", TimeSliceSli(f"sum(rate(requests_total{{{QUIET}}}[5m]))", ">", "0.04"), no_data="bad"),
    _slo(
        "kinds",
        "complete",
        CompletenessSli(f"requests_total{{{BUSY}}}", f'requests_total{{{BUSY},outcome="ok"}}', MINUTE * 10),
    ),
)
RULES = {name: compile_service(Service(name, slos=slos), Timing()) for name, slos in (("past", PLAIN), ("net", NET))}


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
    yield 30, [rule for slos in (PLAIN, NET, KINDS) for rule in info_rules(Service("", slos=slos))]
    for number in range(3):
        yield 30, [rule for slo in (*PLAIN, *NET, *KINDS) for rule in base_rules(slo, Timing())[number : number + 1]]
    of_files = [rule for file in RULES.values() for rule in rules_of(file) if isinstance(rule, RecordingRule)]
    for records in ({names.ZONE_OFFSET}, {names.EXCLUDED}, {names.BAD_NET, names.ALL_NET}):
        yield 30, [rule for rule in of_files if rule.record in records]
    windows = [rule for rule in of_files if rule.record.startswith(("slo:bad_events:sum", "slo:all_events:sum"))]
    windows += [rule for rule in of_files if rule.record.startswith("slo:coverage:ratio")]
    yield 600, [rule for rule in windows if names.is_seldom(rule.record)]
    parameters = ("slo:tier_", names.ERROR_BUDGET)
    yield 60, [rule for rule in windows if not names.is_seldom(rule.record)]
    yield 60, [rule for rule in of_files if rule.record.startswith(("slo:error:ratio", *parameters))]


def _recorded(server: Prometheus, rule: RecordingRule, *, step: int) -> Iterator[str]:
    for first in range(BEGAN, END, 86_400):
        last = min(first + 86_400, END + step) - step
        for series in server.query_range(rule.expr, start=first, end=last, step=step).series:
            labels = {name: value for name, value in series.labels.items() if name != "__name__"} | dict(rule.labels)
            written = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
            yield from (f"{rule.record}{{{written}}} {value} {at:.0f}\n" for at, value in series.points)


def _on_the_server(past: Past, slo: Slo) -> dict[tuple[str, ...], set[int]]:
    """The minutes at which each generated alert of an SLO has a value, by tier, severity and group."""
    found: dict[tuple[str, ...], set[int]] = {}
    for rule in (rule for rule in rules_of(RULES[slo.service]) if isinstance(rule, AlertRule)):
        if names.BURN_TIER in dict(rule.labels):
            for series in past.server.query_range(rule.expr, start=BEGAN, end=END - 60, step=60).series:
                labels = dict(series.labels) | dict(rule.labels)
                if labels[names.SLO] == slo.name:
                    key = labels[names.BURN_TIER], labels[names.SEVERITY], *(labels[by] for by in slo.group_by)
                    found.setdefault(key, set()).update(int(at) for at, _ in series.points)
    return found


def _in_the_backtest(history: History, slo: Slo) -> dict[tuple[str, ...], set[int]]:
    times = history.start + np.arange(history.length) * STEP
    is_judged = (times % 60 == 0) & (times >= BEGAN) & (times < END)
    found = {
        (alert.tier.name, alert.severity, *group): {int(at) for at in times[is_judged & alert.burns]}
        for group, recorded in history.groups.items()
        for alert in alerts(slo, Windows(recorded))
    }
    return {key: minutes for key, minutes in found.items() if minutes}


@pytest.mark.parametrize("slo", [*PLAIN, *NET], ids=lambda slo: slo.name)
def test_every_tier_burns_in_the_same_minutes_as_on_a_real_server(past: Past, slo: Slo) -> None:
    expected = _on_the_server(past, slo)
    actual = _in_the_backtest(past.backtest(slo), slo)

    print("", *(f"{slo.name} {' '.join(key)}: {len(minutes)} minutes" for key, minutes in expected.items()), sep="\n")
    assert {key[1] for key in expected} == {"page", "ticket"}
    differing = {key: sorted(minutes ^ actual.get(key, set())) for key, minutes in expected.items()}
    assert {key: minutes for key, minutes in differing.items() if minutes} == {}
    assert actual.keys() == expected.keys()


@pytest.mark.parametrize("slo", [*PLAIN, *NET, *KINDS], ids=lambda slo: slo.name)
def test_the_two_series_are_those_that_the_rules_record(past: Past, slo: Slo) -> None:
    """From when on rules that began with the history know what silence means: five minutes."""
    history = past.backtest(slo)
    known_from = (BEGAN + 600 - history.start) // STEP
    known_to = (END - history.start) // STEP
    bad, every = (names.BAD_NET, names.ALL_NET) if slo.exclusions else (names.BAD, names.ALL)

    for name, of in ((bad, "bad"), (every, "all")):
        expected = _series(past, name + identity(slo), slo, history)
        actual = {group: getattr(recorded, of) for group, recorded in history.groups.items()}
        assert actual.keys() == expected.keys()
        for group, values in expected.items():
            assert np.isfinite(values).sum() > 1000
            np.testing.assert_array_equal(actual[group][known_from:known_to], values[known_from:known_to])


def _series(past: Past, selector: str, slo: Slo, history: History) -> dict[tuple[str, ...], Floats]:
    found: dict[tuple[str, ...], Floats] = {}
    for day in range(BEGAN, END, 86_400):
        for series in past.server.query_range(selector, start=day, end=day + 86_400 - STEP, step=STEP).series:
            group = tuple(series.labels[by] for by in slo.group_by)
            values = found.setdefault(group, np.full(history.length, np.nan))
            for at, value in series.points:
                values[(int(at) - history.start) // STEP] = float(value)
    return found


@dataclass
class Counting:
    """The server, and how often it is asked."""

    server: Prometheus
    asked: int = 0

    @property
    def identity(self) -> str:
        return self.server.identity

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        self.asked += 1
        return self.server.query_range(expr, start=start, end=end, step=step)


def test_what_is_kept_is_not_asked_for_again_and_says_the_same(past: Past, tmp_path: Path) -> None:
    wanted = Wanted(BEGAN, END - STEP, look_back_seconds=0, now=END + 3_600)

    def downloaded(*, fresh: bool = False) -> tuple[int, Recorded]:
        server = Counting(past.server)
        history = download(Source(server, tmp_path, lambda *_: None, fresh=fresh), PLAIN[0], Timing(), wanted)
        return server.asked, history.groups[()]

    asked, whole = downloaded()
    asked_again, kept = downloaded()
    broken = min(tmp_path.rglob("*.npz"))
    broken.write_bytes(broken.read_bytes()[:-100])
    asked_for_broken, mended = downloaded()

    assert (asked, asked_again, asked_for_broken) == (2 * DAYS, 0, 1)
    assert downloaded(fresh=True)[0] == 2 * DAYS
    for one in (kept, mended):
        np.testing.assert_array_equal(one.all, whole.all)
        np.testing.assert_array_equal(one.bad, whole.bad)


def test_a_server_without_the_events_has_no_history(past: Past) -> None:
    with pytest.raises(NoHistory, match="nothing of past/nowhere"):
        past.backtest(_slo("past", "nowhere", _events('scenario="nowhere"')))


def test_before_a_deploy_one_is_told_which_alerts_would_have_fired(past: Past):
    source = Source(past.server, past.cache, lambda *_: None)
    unheard_of = _slo("past", "unheard-of", _events('scenario="none"'))

    found = list(rehearse(source, (PLAIN[0], unheard_of), Timing(), last=DAY * 2, at=END))

    assert [finding.subject for finding in found] == ["past/busy", "past/unheard-of"]
    assert found[0].words.startswith("in the last 2d would have fired: ")
    assert found[1].words == "no event in the last 2d: its alerts cannot be tried"
