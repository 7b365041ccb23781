"""Thirty days of counted events, as they are counted anew from the counters of a real Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from integration.backfill import write_counters
from integration.counted import BIN_SECONDS, Scenario, scenarios

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


def _slo(scenario: str, period: RollingPeriod | CalendarMonth = ROLLING, *, bad: bool = True) -> Slo:
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


def _counts(month: Month, slos: list[Slo], at: float, *, cache: Days | None = None) -> dict[str, dict[Span, Count]]:
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
    slos = [_slo(name, period) for name in SCENARIOS]
    counts = _counts(month, slos, END)
    span = period_span(period, END)

    off = {slo.name: month.points_off(slo, counts[slo.full_name][span], span) for slo in slos}

    print("", *(f"{name:22}{points:7.3f} points of budget" for name, points in off.items()), sep="\n")
    assert {name: points for name, points in off.items() if abs(points) > _points_max(name)} == {}


def _points_max(scenario: str) -> float:
    return POINTS_MAX if scenario in DIES_UNSCRAPED else POINTS_MAX_ELSEWHERE
