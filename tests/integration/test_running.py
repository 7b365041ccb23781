"""What only a running server shows: rules on their own clocks, alerts that come and go, histograms without buckets.

A test that changes something has a service of its own, so that none depends on what another did to it.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain, islice, pairwise
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from integration.scaled import (
    ALL_KINDS,
    BURST_SECONDS,
    CROWDED,
    FAILING,
    IDLE,
    KINDS,
    MOVED,
    PERIOD,
    SERVICES,
    TIMING,
    Kind,
    World,
    compiled,
    world,
)

from sretool.burn.drift import drift
from sretool.burn.status import Asked, status
from sretool.model.burn import time_to_detect
from sretool.model.duration import HOUR, MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.slo import Service, Slo
from sretool.prometheus.answers import Alert, RuleState
from sretool.promql import names
from sretool.report.building import report
from sretool.report.facts import Asked as ReportAsked
from sretool.report.gathering import Sources, gather
from sretool.report.values import Pages
from sretool.report.week import week_so_far
from sretool.rules.compile import rules_of
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import FAST, SLOW, SUM_TILE
from sretool.settings.policy import Policy

pytestmark = pytest.mark.long

PAGE = FAILING.slos[0].alerting.tiers[0]
BURST = next(slo for slo in ALL_KINDS.slos if slo.name == "burst")
BURST_EVENTS = 100 * BURST_SECONDS
# A scrape, the cycle of the windows and that of the alerts; and what a busy machine may take on top.
SETTLE_SECONDS, SLACK_SECONDS = 2, 5
INSTANTS, APART_SECONDS = 20, 0.43
LOOKBACK_SECONDS = 5


@pytest.fixture(scope="module")
def here(prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(prometheus_binary, tmp_path_factory.mktemp("running")) as found:
        yield found


def test_an_outage_pages_within_the_computed_time_and_clears_after_it(here: World):
    slo = FAILING.slos[0]
    computed = time_to_detect(PAGE, slo.objective, failing_ratio=Decimal(1), period=slo.period.length)
    assert computed is not None
    here.wait_until(lambda: bool(here.query(f"{names.ALL}{of(slo)} > 190")), "traffic to be seen")
    broken = time.time()

    here.target.failing.fail(1, since=broken)
    here.wait_until(lambda: bool(pages(here, FAILING)), "a page")

    (alert,) = pages(here, FAILING)
    assert alert.labels == {
        "alertname": "ErrorBudgetBurn",
        "burn_tier": "1h-5m",
        "criticality": "1",
        "owner": "payments",
        "service": "failing",
        "severity": "page",
        "slo": "availability",
        "time_scale": "60",
    }
    firing = 'ALERTS{service="failing", burn_tier="1h-5m", alertstate="firing"}'
    fired = times(here, firing)[0]
    detecting = computed.seconds / TIMING.scale + SETTLE_SECONDS + SLACK_SECONDS
    assert 0 < fired - broken < detecting + lateness(here, broken, fired)
    assert_readable(alert)

    mended = time.time()
    here.target.failing.fail(0, since=mended)
    here.wait_until(lambda: not pages(here, FAILING), "the page to clear")
    # The short window empties, and the alert is kept for as long again.
    clearing = 2 * seconds(MINUTE * 5) + SETTLE_SECONDS + SLACK_SECONDS
    cleared = times(here, firing)[-1]
    assert cleared - mended < clearing + lateness(here, mended, cleared)


def assert_readable(alert: Alert) -> None:
    """Each annotation of a burn alert is filled in, and none shows a template that failed."""
    shown = dict(alert.annotations)
    assert not [text for text in shown.values() if "{{" in text or "<no value>" in text or "<error" in text]
    assert 14.4 < float(shown["burn_rate"]) <= 1_000
    assert shown.pop("burn_rate") in shown.pop("summary")
    bad = re.fullmatch(r"(\d+) in 1h", shown.pop("bad_events"))
    assert bad is not None
    assert 50 < int(bad[1]) < 200 * 60
    assert re.fullmatch(r"(\d+d )?(\d+h )?(\d+m )?\d+s", shown.pop("time_to_exhaustion"))
    assert shown == {
        "labels": "product=core ",
        "runbook": "runbooks/failing.md",
        "status_command": "sretool slo status failing/availability",
    }


def test_a_new_owner_is_paged_and_the_history_goes_on(here: World):
    slo = MOVED.slos[0]
    counted = f"{names.bad_events(HOUR * 6)}{of(slo)}"  # An hour may be full already, and then what it has may fall.
    here.wait_until(lambda: owners(here) == {"payments"}, "a page for the first owner")
    before, moved, said = here.value(counted), time.time(), set[str]()

    here.write(replace(MOVED, slos=(replace(slo, owner="billing"),)))
    reload(here)

    def is_handed_over() -> bool:
        said.update(errors(here, MOVED))
        return owners(here) == {"billing"}

    here.wait_until(is_handed_over, "a page for the second owner alone")
    assert said == set()
    assert here.value(counted) >= before
    history = times(here, f"{names.ALL}{of(slo)}")
    assert history[0] < moved < history[-1]
    longest = max(later - earlier for earlier, later in pairwise(history))
    assert longest < seconds(MINUTE * 2) + SLACK_SECONDS / 2 + lateness(here, history[0], history[-1])


def owners(here: World) -> set[str]:
    return {alert.labels["owner"] for alert in pages(here, MOVED)}


def test_too_many_groups_fail_their_own_slo_only(here: World):
    crowded, whole = CROWDED.slos
    here.wait_until(lambda: len(here.query(f"{names.BAD}{of(crowded)}")) == 2, "both customers")
    assert errors(here, CROWDED) == set()

    here.target.customers.append("c")

    def is_refused() -> bool:
        recorded = here.query(f"{names.ALL}{of(crowded)} or {names.BAD}{of(crowded)}")
        return not recorded and bool(errors(here, CROWDED))

    here.wait_until(is_refused, "the limit")
    assert {rule.group for rule in rules(here, CROWDED) if rule.error} == {"slo:crowded:base-limit-2"}
    assert errors(here, CROWDED) == {"exceeded limit of 2 with 3 series"}
    here.wait_until(lambda: bool(here.query(f"{names.ALL}{of(whole)} > 290")), "the sum of three customers")
    failing = 'ALERTS{alertname="SloRulesFailing", state="failing", service="crowded", alertstate="firing"}'
    here.wait_until(lambda: bool(here.query(failing)), "an alert on the rules themselves")


@pytest.fixture(scope="module")
def settled(here: World) -> World:
    """Every SLO has a budget, which takes all of its other series."""
    budgets = f'{names.PERIOD_REMAINING}{{service="kinds"}}'
    series = sum(len(slo.groups) or 1 for slo in ALL_KINDS.slos)
    here.wait_until(lambda: len(here.query(budgets)) == series, "every budget", seconds_max=90)
    here.wait_for_records_of(here.target.burst_ends + 23)
    return here


def test_every_recorded_series_is_there_at_each_of_twenty_instants(settled: World):
    wanted = expected()
    settled.wait_until(lambda: wanted <= recorded(settled, time.time()), "every series to be recorded once")

    missing = {at: wanted - recorded(settled, at) for at in islice(instants(settled), INSTANTS)}

    assert len(missing) == INSTANTS
    assert {at: gone for at, gone in missing.items() if gone} == {}


def instants(here: World) -> Iterator[float]:
    """From now on, without those before which a busy machine kept the rules from running."""
    began = time.time()
    for number in range(1, 20 * INSTANTS):
        at = began + number * APART_SECONDS
        here.wait_for_records_of(at)
        read = (at, at - seconds(MINUTE * 10))  # Completeness looks back over the lag that is allowed.
        is_scraped = all(here.query('min(min_over_time(up{job="target"}[3s])) == 1', at=moment) for moment in read)
        if is_scraped and lateness(here, at - LOOKBACK_SECONDS, at) < LOOKBACK_SECONDS - seconds(SLOW):
            yield at


def recorded(here: World, at: float) -> set[tuple[str, str, str]]:
    """(name, SLO, region) of all that the rules of the service of all kinds have recorded."""
    named = 'label_replace({__name__=~"slo:.+", service="kinds"}, "record", "$1", "__name__", "(.+)")'
    samples = here.query(named, at=at)
    return {(one.labels["record"], one.labels.get("slo", ""), one.labels.get("region", "")) for one in samples}


def expected() -> set[tuple[str, str, str]]:
    """As `recorded`, from the rules; without what is recorded too seldom to be read, and repeated under its name."""
    rules = [rule for rule in rules_of(compiled(ALL_KINDS)) if isinstance(rule, RecordingRule)]
    return {series for rule in rules if not rule.record.endswith(":seldom") for series in made(rule)}


def made(rule: RecordingRule) -> Iterator[tuple[str, str, str]]:
    labels = dict(rule.labels)
    if rule.record == names.ZONE_OFFSET:
        yield rule.record, "", ""
        return
    for slo in ALL_KINDS.slos:
        if labels.get("slo", slo.name) == slo.name:
            is_constant = rule.expr.startswith("vector(")
            regions = [labels.get("region", "")] if is_constant or not slo.groups else [*chain(*slo.groups)]
            yield from ((rule.record, slo.name, region) for region in regions)


def test_rules_as_generated_are_those_that_run_however_prometheus_prints_them(settled: World):
    services = (ALL_KINDS, IDLE, FAILING)

    assert drift(services, settled.api.rules(), TIMING) == []


def test_another_objective_in_the_files_is_a_rule_that_differs(settled: World):
    promise = replace(FAILING.slos[0], objective=Objective(Decimal("0.9")))

    (words,) = drift([replace(FAILING, slos=(promise,))], settled.api.rules(), TIMING)

    assert words.startswith("failing: the rules on the server are not those of the files")
    assert "slo:objective:ratio of availability" in words


def test_a_status_from_recorded_series_knows_every_kind(settled: World):
    asked = Asked((ALL_KINDS,), float(int(time.time())), TIMING, "recorded")
    settled.wait_for_records_of(asked.at)  # Nothing comes to what was then any more.

    found = status(settled.api, asked, [ALL_KINDS])

    assert [(one.slo.name, one.spent) for one in found.standings if one.verdict == "no data"] == []
    recorded = {
        (one.labels["slo"], one.labels.get("region", "")): one.value
        for one in settled.query(f'{names.PERIOD_SPENT}{{service="kinds"}}', at=asked.at)
    }
    spent = {(one.slo.name, "".join(one.group)): one.spent for one in found.standings}
    assert {key: float(ratio) for key, ratio in spent.items()} == pytest.approx(
        {key: float(ratio) for key, ratio in recorded.items()}, rel=1e-9
    )
    assert [(one.full_name, one.state) for one in found.invariants] == [("kinds/nothing-lost", "held")]


def test_how_long_a_budget_lasts_is_told_in_the_time_of_the_rules(settled: World):
    asked = Asked((ALL_KINDS,), float(int(time.time())), TIMING, "recorded")

    found = [one for one in status(settled.api, asked, [ALL_KINDS]).standings if one.slo.period == PERIOD]

    going = {one.full_name: one for one in found if one.exhausted_in_seconds}
    assert going
    assert {name: float(one.exhausted_in_seconds) for name, one in going.items()} == pytest.approx(
        {name: float(one.left) * 30 * 86_400 / float(one.burn_rates[HOUR]) for name, one in going.items()}
    )


def test_rules_are_well_and_run_at_their_intervals(settled: World):
    held = {rule.group: rule.interval_seconds for rule in settled.api.rules()}
    generated = {group.name: group.interval.seconds for one in SERVICES for group in compiled(one).groups}

    assert held == generated
    for service in (ALL_KINDS, IDLE, FAILING, MOVED):
        assert errors(settled, service) == set()
        assert all(rule.is_evaluated for rule in rules(settled, service))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_recorded_is_what_the_target_counted(settled: World, kind: Kind):
    at = time.time()

    def mean(name: str) -> float:
        return settled.value(f'avg_over_time({name}{{service="kinds", slo="{kind.name}"}}[30s])', at=at)

    every, bad, ratio = mean(names.ALL), mean(names.BAD), mean(names.error_ratio(MINUTE * 5))
    missed = share_missed(settled, at, of_seconds=30)  # Of which nobody knows whether it was good or bad.
    assert every == pytest.approx(kind.every, abs=kind.every * (kind.within + missed))
    assert bad == pytest.approx(kind.bad, abs=kind.bad * kind.within + kind.every * missed)
    assert ratio == pytest.approx(kind.bad / kind.every, abs=kind.bad / kind.every * kind.within + missed)


def share_missed(here: World, at: float, *, of_seconds: int) -> float:
    """How much of the last seconds a busy machine did not see; with those that a rate reads before them."""
    return lateness(here, at - of_seconds - seconds(MINUTE * 6), at) / of_seconds


def test_each_group_has_its_own_ratio(settled: World):
    ratio = f'avg_over_time({names.error_ratio(MINUTE * 5)}{{service="kinds", slo="regional"}}[20s])'
    at = time.time()

    found = {sample.labels["region"]: float(sample.value) for sample in settled.query(ratio, at=at)}

    assert found == {"eu": pytest.approx(0.1, abs=0.005 + share_missed(settled, at, of_seconds=20)), "us": 0}


@pytest.mark.parametrize("slo", IDLE.slos, ids=lambda slo: slo.name)
def test_idle_counters_read_nothing_rather_than_not_a_number(settled: World, slo: Slo):
    for name in (names.BAD, names.ALL):
        (series,) = settled.samples(f"{name}{of(slo)}[20s]")
        assert len(series.points) > 10
        assert {value for _, value in series.points} == {0.0}


def test_parameters_are_exact(settled: World):
    assert settled.value(f"{names.OBJECTIVE}{of(BURST)}") == 0.9995
    assert settled.value(f"{names.ERROR_BUDGET}{of(BURST)}") == 0.0005
    thresholds = {one.labels["burn_tier"]: float(one.value) for one in settled.query(f"{names.THRESHOLD}{of(BURST)}")}
    assert thresholds == {"1h-5m": 0.0072, "6h-30m": 0.003, "1d-2h": 0.0015, "3d-6h": 0.0005}


def test_a_burst_is_counted_whole_in_its_hour(settled: World):
    at = settled.target.burst_ends + 8
    first = times(settled, f"{names.ALL}{of(BURST)}")[0]

    def then(name: str) -> float:
        return settled.value(f"{name}{of(BURST)}", at=at)

    hour, seen = seconds(HOUR), at - first
    late = lateness(settled, first, at, beyond=1.1) + slowness(settled, first, at)
    # What a busy machine did not see is not in the sum; each second of it may have been one of the burst.
    lost, ratio = late * settled.target.burst.per_second, BURST_EVENTS / settled.target.burst.per_second / seen
    assert BURST_EVENTS * 0.95 - lost < then(names.bad_events(HOUR)) < BURST_EVENTS * 1.05
    assert then(names.error_ratio(HOUR)) == pytest.approx(ratio, abs=ratio * 0.2 + late / seen)
    assert (seen - late) / hour * 0.95 < then(names.coverage(HOUR)) < seen / hour * 1.05
    assert then(names.coverage(HOUR * 6)) == pytest.approx(seen / hour / 6, rel=0.3)  # In steps of five.


def test_the_page_of_a_burst_is_matched_with_what_it_spent_in_a_weeks_report(settled: World, tmp_path: Path):
    asked = ReportAsked(
        week_so_far(time.time(), scale=TIMING.scale), (replace(ALL_KINDS, slos=(BURST,)),), TIMING, Decimal("0.02")
    )
    nothing = tmp_path / "nothing"

    found = report(gather(Sources(settled.api, None, (), Policy(), nothing, nothing, nothing), asked), policy="")

    assert isinstance(found.pages, Pages)
    told = [(page.slo, page.is_matched) for page in found.pages.pages]
    burst_ends = settled.target.burst_ends
    # An alert whose rule a busy machine kept from running may fire twice, and the second time for nothing.
    is_late = lateness(settled, burst_ends - BURST_SECONDS, burst_ends + seconds(HOUR)) > 0
    assert told == [("kinds/burst", True)] or (is_late and ("kinds/burst", True) in told)
    assert (found.pages.recall.hits, found.pages.recall.of) == (1, 1)
    assert isinstance(found.budgets, tuple)
    assert found.budgets[0].bad_events == pytest.approx(BURST_EVENTS, rel=0.05)
    assert [part.bad_events for part in found.budgets[0].parts] == [found.budgets[0].bad_events]


def test_a_period_is_the_sum_of_its_half_hours(settled: World):
    tile, burst = seconds(SUM_TILE), settled.target.burst
    # A period moves on at half hours, its sums are made every ten minutes, and repeated every two.
    burst_ends = settled.target.burst_ends
    moved_on = math.ceil((burst_ends + 8) / tile) * tile
    at = moved_on + seconds(MINUTE * 14)
    settled.wait_for_records_of(at)

    def then(name: str) -> float:
        return settled.value(f"{name}{of(BURST)}", at=at)

    first = times(settled, f"{names.ALL}{of(BURST)}")[0]
    counted = burst.per_second * (moved_on - first)
    # A minute that was not evaluated is taken for the one before it.
    unseen = [of_it(settled, burst_ends - BURST_SECONDS, burst_ends + 8) for of_it in (lateness, slowness)]
    off = BURST_EVENTS / 10 + burst.per_second * sum(unseen)
    assert then(names.PERIOD_BAD) == pytest.approx(BURST_EVENTS, abs=off)
    assert then(names.PERIOD_BAD_GROSS) == pytest.approx(BURST_EVENTS, abs=off)
    # The half hour ends up to two minutes early, and a rate needs two scrapes to begin with.
    assert counted - burst.per_second * seconds(MINUTE * 5) < then(names.PERIOD_ALL) < counted * 1.05
    assert then(names.PERIOD_ERROR) == pytest.approx(then(names.PERIOD_BAD) / then(names.PERIOD_ALL))
    whole = seconds(BURST.period.length)
    assert (moved_on - first) / whole <= then(names.PERIOD_COVERAGE) <= (at - first + 2 * tile) / whole
    spent = then(names.PERIOD_ERROR) * then(names.PERIOD_COVERAGE) / 0.0005
    assert then(names.PERIOD_SPENT) == pytest.approx(spent)
    assert then(names.PERIOD_REMAINING) == pytest.approx(1 - spent)


def test_prometheus_prints_durations_as_we_do(here: World):
    texts = [
        "90m",
        "28d",
        "30d",
        "365d",
        "8d",
        "1500ms",
        "59m59s",
        "1w2d",
        "59m59s999ms",
        "4500ms",
        "2y",
        "1y1d",
        "36h",
    ]
    asked = " + ".join(f"rate(x[{text}])" for text in texts)

    with urlopen(f"{here.api.url}/api/v1/format_query?{urlencode({'query': asked})}") as response:
        printed = re.findall(r"\[(\w+)\]", json.load(response)["data"])

    assert printed == [str(Duration.parse(text)) for text in texts]


def pages(here: World, service: Service) -> list[Alert]:
    """The fast page of a service, as often as it fires."""
    labels = {"service": service.name, "burn_tier": PAGE.name}
    return [alert for alert in here.api.alerts() if labels.items() <= alert.labels.items() and alert.state == "firing"]


def rules(here: World, service: Service) -> list[RuleState]:
    return [rule for rule in here.api.rules() if rule.group.startswith(f"slo:{service.name}:")]


def errors(here: World, service: Service) -> set[str]:
    return {rule.error for rule in rules(here, service) if rule.error}


def times(here: World, selector: str) -> list[float]:
    """When the samples of the only series were recorded."""
    (series,) = here.samples(f"{selector}[10m]")
    return [at for at, _ in series.points]


def lateness(here: World, first: float, last: float, *, beyond: float = 1.5) -> float:
    """The seconds of a stretch in which a busy machine kept the rules from running, or targets from being scraped.

    A pause counts from when it is that many times as long as it should be.
    """
    scrapes = [[at for at, is_up in one.points if is_up] for one in here.samples('up{job="target"}[10m]')]
    runs = [(seconds(FAST), times(here, f"{names.ALL}{of(BURST)}")), *((seconds(MINUTE), one) for one in scrapes)]
    return sum(
        later - earlier - pace
        for pace, moments in runs
        for earlier, later in pairwise(moments)
        if later - earlier > pace * beyond and later > first and earlier < last
    )


def slowness(here: World, first: float, last: float) -> float:
    """The seconds for which scrapes were under way, of those that took more than a tenth of their interval.

    A rate reaches to the end of its window only where the last scrape is no longer ago than an interval and a tenth:
    extrapolatedRate() in Prometheus' promql/functions.go. What is under way is not there yet.
    """
    taken = [point for one in here.samples('scrape_duration_seconds{job="target"}[10m]') for point in one.points]
    return sum(float(took) for at, took in taken if first <= at <= last and took > seconds(MINUTE) / 10)


def reload(here: World) -> None:
    """Have the server read its rules again; it answers when it has."""
    with urlopen(Request(f"{here.api.url}/-/reload", method="POST")):
        pass


def of(slo: Slo) -> str:
    return f'{{service="{slo.service}", slo="{slo.name}"}}'


def seconds(duration: Duration) -> float:
    """A duration at the pace of these rules."""
    return float(TIMING.scaled(duration).seconds)
