"""Thirty days of counted events, as the recorded series of a real Prometheus tell them.

What is recorded here is what a running server would have recorded. A period reads half-hour counts at half hours, those
read the base series at whole minutes, and every group runs at a fixed moment of its interval: so a base evaluated once
a minute gives the very samples that half hours would pick from one evaluated every 30 s. The long version evaluates
the base every 30 s all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from integration.backfill import only, record, write_counters
from integration.counted import BIN_SECONDS, Scenario, scenarios

from sretool.demo.server import running
from sretool.model.duration import DAY, MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import SUM_TILE, Timing

pytestmark = pytest.mark.long

DAYS = 30
PERIOD_SECONDS = DAYS * 86_400
BERLIN = ZoneInfo("Europe/Berlin")
# An end in March 2026: the month began in Berlin on 28 February at 23:00 UTC, and the clocks went forward on the 29th.
END = datetime(2026, 3, 30, 9, tzinfo=UTC).timestamp()
BEGAN = END - PERIOD_SECONDS - 3_600
# The recorded period ends at the last half hour, and reads the minutes before it only in part.
UNREAD_SECONDS = 600
BUDGET = 0.001
POINTS_MAX = {"pods-come-and-go": 0.8}
POINTS_MAX_ELSEWHERE = 0.5
HIDDEN_FOR_LONG = "burst-hidden-for-long"
Points = tuple[tuple[float, float], ...]


def _slo(name: str, scenario: str, *, period: RollingPeriod | CalendarMonth, bad: bool = True) -> Slo:
    of, outcome = f'requests_total{{scenario="{scenario}"', 'outcome!="ok"' if bad else 'outcome="ok"'
    return Slo(
        service="truth",
        name=name,
        objective=Objective(Decimal("0.999")),
        period=period,
        sli=EventsSli("bad" if bad else "good", f"{of},{outcome}}}", f"{of}}}"),
        alerting=Alerting(default_tiers(period.length)),
    )


ROLLING = RollingPeriod(DAY * DAYS)
SCENARIOS = tuple(scenario.name for scenario in scenarios(0, days=3))
RULES = compile_service(
    Service(
        "truth",
        slos=(
            *(_slo(name, name, period=ROLLING) for name in SCENARIOS),
            _slo("restarts-by-good", "restarts", period=ROLLING, bad=False),
            _slo("calendar", "flat", period=CalendarMonth("Europe/Berlin")),
        ),
    ),
    Timing(),
)


@dataclass(frozen=True)
class Month:
    """What was counted, and the server that holds what was recorded of it."""

    api: Prometheus
    counted: dict[str, Scenario]

    def recorded(self, name: str, *, label: str = names.SLO) -> dict[str, Points]:
        """(Unix time, value) of each series, oldest first."""
        return {
            series.labels[label]: tuple((at, float(value)) for at, value in series.points)
            for series in self.api.samples(f"{name}[{DAYS + 2}d]", at=END).series
        }

    def bad(self, scenario: str, first: float, end: float) -> int:
        return self.counted[scenario].bad_events(_bin(first), _bin(end))

    def all(self, scenario: str, first: float, end: float) -> int:
        return self.counted[scenario].all_events(_bin(first), _bin(end))

    def born(self, scenario: str) -> float:
        return BEGAN + self.counted[scenario].born * BIN_SECONDS


@pytest.fixture(
    scope="module",
    params=[7, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 5))],
    ids=lambda seed: f"seed-{seed}",
)
def month(
    request: pytest.FixtureRequest, promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Month]:
    home = tmp_path_factory.mktemp("month")
    counted = scenarios(request.param, DAYS)
    write_counters(promtool, home, (line for scenario in counted for line in scenario.exposition(BEGAN)))
    for records, interval in _passes(base_interval=MINUTE if request.param == 7 else None):
        file = only(RULES, records, interval=interval)
        record(promtool, prometheus_binary, home, file=file, first=BEGAN, last=END)
    with running(prometheus_binary, home) as server:
        yield Month(server.api, {scenario.name: scenario for scenario in counted})


def _passes(*, base_interval: Duration | None) -> Iterator[tuple[tuple[str, ...], Duration | None]]:
    """What to record in which order, as promtool's rules cannot read one another; and how often, if not as they say."""
    two_hours = Duration.of(hours=2)
    yield (names.ALL, names.ZONE_OFFSET), base_interval
    yield (names.BAD,), base_interval
    yield (names.bad_tile(SUM_TILE), names.all_tile(SUM_TILE), names.ERROR_BUDGET), None
    period = (names.PERIOD_BAD, names.PERIOD_ALL, names.PERIOD_COVERAGE)
    yield tuple(names.seldom(name) for name in period), None
    yield period, two_hours
    yield (names.PERIOD_ERROR,), two_hours
    yield (names.PERIOD_SPENT,), two_hours


def test_the_budget_spent_is_what_was_counted(month: Month) -> None:
    spent = month.recorded(names.PERIOD_SPENT)
    worst = {name: max(map(abs, _errors(month, name, spent[name]))) for name in SCENARIOS if name != HIDDEN_FOR_LONG}

    print("", *(f"{name:22}{points:6.3f} points of budget at most" for name, points in worst.items()), sep="\n")
    assert {name: points for name, points in worst.items() if points > _points_max(name)} == {}


def test_counting_the_good_events_says_the_same(month: Month) -> None:
    by_good = month.recorded(names.PERIOD_SPENT)["restarts-by-good"]

    assert max(map(abs, _errors(month, "restarts", by_good))) <= POINTS_MAX_ELSEWHERE


def test_of_an_outage_of_more_than_an_hour_nothing_is_counted_and_nothing_else_is_missing(month: Month) -> None:
    """docs/rules.md tells users so. What a shorter outage hides is counted, as the test above shows."""
    recorded = month.recorded(names.PERIOD_SPENT)[HIDDEN_FOR_LONG][-1][1]
    unseen = sorted(month.counted[HIDDEN_FOR_LONG].pods[0].unseen)
    hidden = BEGAN + unseen[0] * BIN_SECONDS, BEGAN + (unseen[-1] + 1) * BIN_SECONDS
    whole = END - PERIOD_SECONDS, END
    bad, every = (count(HIDDEN_FOR_LONG, *whole) - count(HIDDEN_FOR_LONG, *hidden) for count in (month.bad, month.all))

    assert (_spent(month, HIDDEN_FOR_LONG, *whole) - recorded) * 100 > 40
    assert recorded == pytest.approx(bad / every / BUDGET, abs=POINTS_MAX_ELSEWHERE / 100)


def test_no_period_is_ever_absent_or_not_a_number(month: Month) -> None:
    for record_name in (names.PERIOD_ERROR, names.PERIOD_SPENT):
        recorded = month.recorded(record_name)
        evaluated = [at for at, _ in recorded["flat"]]
        born = {name: month.born(name) + 7_200 for name in SCENARIOS}  # Two batches of an hour.
        expected = {name: [at for at in evaluated if at > born[name]] for name in SCENARIOS}
        told = {name: [at for at, _ in recorded[name] if at > born[name]] for name in SCENARIOS}

        assert len(evaluated) > DAYS * 12 - 2
        assert told == expected
        assert [name for name, points in recorded.items() if not all(math.isfinite(value) for _, value in points)] == []


def test_a_calendar_month_counts_from_its_local_midnight(month: Month) -> None:
    """At instants, as a server evaluates rules: over a range, as promtool records, `@ end()` is the range's end."""
    midnight = datetime(2026, 2, 28, 23, tzinfo=UTC).timestamp()  # In Berlin, where March lacks an hour.
    for first, at in (
        (BEGAN, midnight - 3_600),
        (BEGAN, midnight),
        (midnight, midnight + 3_600),
        (midnight, midnight + 86_400),
        (midnight, END),
    ):
        ends = [at - late for late in range(0, UNREAD_SECONDS, BIN_SECONDS)]
        every, bad = (_evaluated(month, name, at) for name in (names.PERIOD_ALL, names.PERIOD_BAD))
        counted = [month.all("flat", first, end) for end in ends]
        failed = [month.bad("flat", first, end) for end in ends]
        assert min(counted) * 0.995 <= every <= max(counted) * 1.005
        assert min(failed) * 0.99 - 5 <= bad <= max(failed) * 1.01 + 5


def _evaluated(month: Month, record_name: str, at: float) -> float:
    (rule,) = [rule for rule in rules_of(RULES) if isinstance(rule, RecordingRule) and rule.record == record_name]
    (sample,) = [one for one in month.api.query(rule.expr, at=at).samples if one.labels[names.SLO] == "calendar"]
    return float(sample.value)


def test_the_recorded_offset_is_that_of_the_zone_at_every_evaluation(month: Month) -> None:
    recorded = month.recorded(names.ZONE_OFFSET, label=names.ZONE)["Europe/Berlin"]

    assert {offset for _, offset in recorded} == {3_600, 7_200}
    assert [at for at, offset in recorded if offset != _offset(at)] == []


def test_a_half_hour_is_counted_whole_at_whatever_moment_it_is_read(month: Month) -> None:
    name = names.all_tile(SUM_TILE)
    (rule,) = [rule for rule in rules_of(RULES) if isinstance(rule, RecordingRule) and rule.record == name]

    for late in (0, 0.001, 0.5, 30, 59.001, 59.5, 59.999):
        counts = {one.labels[names.SLO]: one.value for one in month.api.query(rule.expr, at=END - 60 + late).samples}
        assert float(counts["restarts"]) == pytest.approx(20 * 1_800, rel=0.01)


def _errors(month: Month, scenario: str, spent: Points) -> Iterator[float]:
    """Recorded less counted share of the budget, in hundredths of it, at every evaluation since the first day.

    What was counted up to any moment of the minutes that are not read yet is right.
    """
    born = month.born(scenario)
    for at, ratio in spent:
        if _half_hour(at) - born >= 86_400:
            ends = (_half_hour(at) - late for late in range(0, UNREAD_SECONDS, BIN_SECONDS))
            truths = [_spent(month, scenario, max(born, end - PERIOD_SECONDS), end) for end in ends]
            yield (ratio - min(max(ratio, min(truths)), max(truths))) * 100


def _spent(month: Month, scenario: str, first: float, end: float) -> float:
    """By counting: the share of the period's budget that the events of an interval spend."""
    error_ratio = month.bad(scenario, first, end) / month.all(scenario, first, end)
    return error_ratio / BUDGET * (end - first) / PERIOD_SECONDS


def _points_max(scenario: str) -> float:
    return POINTS_MAX.get(scenario, POINTS_MAX_ELSEWHERE)


def _bin(at: float) -> int:
    return round((at - BEGAN) / BIN_SECONDS)


def _half_hour(at: float) -> float:
    return math.floor(at / 1_800) * 1_800


def _offset(at: float) -> float:
    offset = datetime.fromtimestamp(at, BERLIN).utcoffset()
    return (offset or timedelta()).total_seconds()
