"""Thirty days of counted events, as they are counted anew from the counters of a real Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from integration.backfill import write_counters
from integration.counted import BIN_SECONDS, Pod, Scenario, scenarios

from sretool.burn.cache import Days
from sretool.burn.counting import Count, count
from sretool.burn.figures import WINDOWS
from sretool.burn.spans import Span, period_span, window_span
from sretool.demo.server import running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus

DAYS = 30
# In Berlin the month began on 28 February at 23:00 UTC, and the clocks went forward on the 29th.
END = datetime(2026, 3, 30, 9, 17, 23, tzinfo=UTC).timestamp()
BEGAN = END - DAYS * 86_400 - 3_600
BUDGET = 0.001
ROLLING = RollingPeriod(DAY * DAYS)
BERLIN = CalendarMonth("Europe/Berlin")
SCENARIOS = tuple(scenario.name for scenario in scenarios(0, days=3))
# Where processes take with them what they counted after their last scrape, nobody can know it.
DIES_UNSCRAPED = {"restarts", "pods-come-and-go"}
POINTS_MAX, POINTS_MAX_ELSEWHERE = 0.5, 0.1


def promise(scenario: str, period: RollingPeriod | CalendarMonth = ROLLING, *, bad: bool = True) -> Slo:
    of, outcome = f'requests_total{{scenario="{scenario}"', 'outcome!="ok"' if bad else 'outcome="ok"'
    return Slo(
        service="truth",
        name=scenario,
        objective=Objective(Decimal("0.999")),
        period=period,
        sli=EventsSli("bad" if bad else "good", f"{of},{outcome}}}", f"{of}}}"),
        alerting=Alerting(default_tiers(period.length)),
    )


@dataclass(frozen=True)
class Month:
    """What truly happened, and a server that scraped it."""

    api: Prometheus
    counted: dict[str, Scenario]

    def points_off(self, slo: Slo, counted: Count, span: Span) -> float:
        """Counted less true share of the budget, in hundredths of it. What happened after the last scrape is not known
        yet, nor what did not happen when it was made, so that any truth of the last minutes is right."""
        scenario = self.counted[slo.name]
        assert counted.bad is not None
        ratio = float(counted.bad / counted.all)
        truths = []
        for late in range(0, 150, BIN_SECONDS):
            first, end = (round((at - late - BEGAN) / BIN_SECONDS) for at in (span.start, span.end))
            every = scenario.all_events(first, end)
            truths.append(scenario.bad_events(first, end) / every if every else 0.0)
        return (ratio - min(max(ratio, min(truths)), max(truths))) / BUDGET * 100


@pytest.fixture(
    scope="module",
    params=[7, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 5))],
    ids=lambda seed: f"seed-{seed}",
)
def month(
    request: pytest.FixtureRequest, promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Month]:
    home = tmp_path_factory.mktemp("month")
    happened = scenarios(request.param, DAYS)
    write_counters(promtool, home, (line for scenario in happened for line in scenario.exposition(BEGAN)))
    with running(prometheus_binary, home) as server:
        yield Month(server.api, {scenario.name: scenario for scenario in happened})


def counts_of(month: Month, slos: list[Slo], at: float, *, cache: Days | None = None) -> dict[str, dict[Span, Count]]:
    counting = count(
        month.api,
        slos,
        lambda slo: [period_span(slo.period, at), *(window_span(window, at) for window in WINDOWS)],
        at=at,
        cache=cache,
    )
    return {
        name: {span: groups[()] for span, groups in spans.items() if groups} for name, spans in counting.by_slo.items()
    }


@pytest.mark.parametrize("period", [ROLLING, BERLIN], ids=str)
def test_the_budget_spent_is_what_was_counted(month: Month, period: RollingPeriod | CalendarMonth) -> None:
    slos = [promise(name, period) for name in SCENARIOS]
    counts = counts_of(month, slos, END)
    span = period_span(period, END)

    off = {slo.name: month.points_off(slo, counts[slo.full_name][span], span) for slo in slos}

    print("", *(f"{name:22}{points:7.3f} points of budget" for name, points in off.items()), sep="\n")
    assert {name: points for name, points in off.items() if abs(points) > points_max(name)} == {}


@pytest.mark.parametrize("hidden_hours", [0.5, 2])
def test_a_burst_in_an_outage_of_scraping_over_midnight_is_counted_once(
    promtool: Path, prometheus_binary: Path, tmp_path: Path, hidden_hours: float
) -> None:
    """Whichever day and window it is looked for in: after the outage, for nobody knew before."""
    midnight = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
    bins = 3 * 5_760
    began = midnight - bins / 2 * BIN_SECONDS
    half = round(hidden_hours * 120)
    hidden = range(bins // 2 - half, bins // 2 + half)
    bad = [100 if hidden[4] < number < hidden[-4] else 0 for number in range(bins)]
    pod = Pod("pod", 0, [300] * bins, bad, unseen=frozenset(hidden))
    scenario = Scenario("straddling", (pod,), bins)
    write_counters(promtool, tmp_path, scenario.exposition(began))
    at = midnight + 86_400 + 3_600
    spans = [
        Span(round(midnight) - 86_400, round(midnight)),
        Span(round(midnight), round(midnight) + 86_400),
        Span(round(midnight) - 43_000, round(at)),
        Span(round(midnight) + 43_000, round(at)),
    ]
    with running(prometheus_binary, tmp_path) as server:
        counting = count(server.api, [promise("straddling")], lambda _: spans, at=at)

    bursts = Decimal(sum(bad))
    assert [counting.by_slo["truth/straddling"][span][()].bad for span in spans] == [0, bursts, bursts, 0]


def test_windows_and_periods_are_the_same_with_days_that_were_kept(month: Month, tmp_path: Path) -> None:
    slos = [promise(name) for name in SCENARIOS]
    anew = counts_of(month, slos, END)

    first, again = (counts_of(month, slos, END, cache=Days(tmp_path, month.api.url)) for _ in range(2))

    assert first == again == anew


def test_windows_hold_what_happened_in_them(month: Month) -> None:
    counts = counts_of(month, [promise("flat"), promise("gaps"), promise("low-traffic")], END)

    for window in WINDOWS:
        span = window_span(window, END)
        for name in ("flat", "gaps", "low-traffic"):
            seen = [
                month.counted[name].all_events(*(round((at - late - BEGAN) / BIN_SECONDS) for at in (span.start, end)))
                for late in range(0, 300, BIN_SECONDS)
                for end in range(span.end - 300, span.end, BIN_SECONDS)
            ]
            assert min(seen) <= counts[f"truth/{name}"][span].all <= max(seen) + 300


def test_good_events_say_the_same_as_bad_ones(month: Month) -> None:
    span = period_span(ROLLING, END)
    by_bad, by_good = (
        counts_of(month, [promise("restarts", bad=bad)], END)["truth/restarts"][span] for bad in (True, False)
    )

    assert by_bad.bad is not None
    assert by_good.bad is not None
    assert abs(by_bad.bad - by_good.bad) / by_bad.all < Decimal("0.00001")


def points_max(scenario: str) -> float:
    return POINTS_MAX if scenario in DIES_UNSCRAPED else POINTS_MAX_ELSEWHERE
