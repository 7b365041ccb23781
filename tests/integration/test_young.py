"""Services that were born a moment ago, on a real Prometheus: what was not seen yet has spent nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from integration.backfill import write_counters

from sretool.burn.counted import count_figures
from sretool.burn.evaluate import Standing
from sretool.burn.figures import WINDOWS, Figures, NoData, PeriodFigures
from sretool.burn.gate import decide
from sretool.burn.live import explain_live
from sretool.burn.status import Asked, status
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY, Duration
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.prometheus.server import Prometheus
from sretool.rules.timing import Timing
from sretool.settings.policy import Policy

AT = datetime(2026, 3, 4, 9, 17, 42, tzinfo=UTC).timestamp()  # No whole minute, and no whole hour.
EVERY_SECONDS = 5
PERIOD_SECONDS = 30 * 86_400
AGES = (10, 15, 30, 42, 60, 75, 300, 1_800, 3_600, 7_203)
OLD_SECONDS = 3 * 86_400
# Of two days a sixtieth of an hour, of less than 48 minutes a second; and never more than there was.
TOO_LATE_SECONDS = {1_800: 1, 3_600: 60, 7_203: 60}
# Born and gone between two whole hours, two days ago.
LIVED = (2 * 86_400 + 1_800, 2 * 86_400 + 1_000)


def _failing(labels: str, *, born: float, died: float = 0, every: int = EVERY_SECONDS) -> Iterator[str]:
    """Ten requests a second, one of which fails, from some seconds ago to some seconds ago."""
    for code, per_second in (("200", 9), ("500", 1)):
        for age in range(int(born), int(died) - 1, -every):
            yield f'requests_total{{{labels},code="{code}"}} {round((born - age) * per_second)} {AT - age:.0f}\n'


def counters() -> Iterator[str]:
    for age in AGES:
        yield from _failing(f'job="born-{age}"', born=age)
    yield from _failing('job="two",pod="a"', born=300)
    yield from _failing('job="two",pod="b"', born=30)
    for region, born, died in (("eu", OLD_SECONDS, 0), ("us", 40, 0), ("moon", *LIVED)):
        yield from _failing(
            f'job="grouped",region="{region}"', born=born, died=died, every=20 if died or born < 60 else 60
        )


def promise(job: str) -> Slo:
    counted = f'requests_total{{job="{job}"'
    return Slo(
        job,
        "availability",
        Objective(Decimal("0.99")),
        RollingPeriod(DAY * 30),
        EventsSli("bad", f'{counted},code="500"}}', f"{counted}}}"),
        Alerting(default_tiers(DAY * 30)),
    )


@pytest.fixture(scope="module")
def server(promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    home = tmp_path_factory.mktemp("young")
    write_counters(promtool, home, counters())
    with running(prometheus_binary, home, Setup()) as running_server:
        yield running_server.api


def asked(slo: Slo) -> Asked:
    return Asked((Service(slo.service, slos=(slo,)),), AT, Timing())


def standings(server: Prometheus, slo: Slo) -> dict[tuple[str, ...], Standing]:
    return {one.group: one for one in status(server, asked(slo), ()).standings}


def seen_seconds(one: Standing, period_seconds: int = PERIOD_SECONDS) -> float:
    return float(one.figures.period.coverage * period_seconds)


@pytest.mark.parametrize("age", AGES)
def test_a_service_has_been_seen_since_its_first_sample_and_no_longer(server: Prometheus, age: int) -> None:
    one = standings(server, promise(f"born-{age}"))[()]

    assert age - TOO_LATE_SECONDS.get(age, 1) <= round(seen_seconds(one), 3) <= age
    # A tenth of all fails, where a hundredth may: ten times the budget, for as long as it was seen.
    assert float(one.spent) == pytest.approx(10 * seen_seconds(one) / PERIOD_SECONDS)


def test_series_that_are_born_one_after_another_are_seen_since_the_first(server: Prometheus) -> None:
    assert 299 <= seen_seconds(standings(server, promise("two"))[()]) <= 300


def test_a_group_is_as_young_as_it_is_however_old_the_others_are(server: Prometheus) -> None:
    found = standings(server, replace(promise("grouped"), group_by=("region",)))

    assert 39 <= seen_seconds(found["us",]) <= 40
    assert OLD_SECONDS - 3_600 <= seen_seconds(found["eu",]) <= OLD_SECONDS
    assert LIVED[0] - 3_600 <= seen_seconds(found["moon",]) <= LIVED[0]


def test_a_month_knows_when_a_service_was_born_in_it(server: Prometheus) -> None:
    one = standings(server, replace(promise("born-30"), period=CalendarMonth("UTC")))[()]

    assert 29 <= round(seen_seconds(one, 31 * 86_400), 3) <= 30


def test_the_hours_of_a_young_service_say_the_same_as_its_standing(server: Prometheus) -> None:
    slo = promise("born-42")

    (live,) = explain_live(server, asked(slo))

    assert live.standing.spent == standings(server, slo)[()].spent
    assert float(sum(live.spent(hour) for hour in live.hours)) == pytest.approx(float(live.standing.spent))


def test_no_budget_of_a_young_service_is_gone_when_a_deploy_asks(server: Prometheus) -> None:
    decision = decide(status(server, asked(promise("born-30")), ()), Policy(Decimal("0.1")))

    assert [reason.words for reason in decision.reasons if "budget is left" in reason.words] == []


def test_a_burn_of_a_young_service_is_told_before_it_can_page(server: Prometheus) -> None:
    one = standings(server, promise("born-75"))[()]

    # Ten times the budget: above the factor of 6 in both windows, of the longer of which 75 s of 6 h have been seen.
    assert (one.verdict, one.pages, [tier.name for tier in one.early if tier.severity == "page"]) == (
        "burning", False, ["6h-30m"],
    )  # fmt: skip
    assert float(one.figures.coverage(Duration.of(hours=6))) == pytest.approx(75 / 21_600, abs=1 / 21_600)
    assert [str(window) for window, rate in one.burn_rates.items() if not isinstance(rate, NoData)] == ["5m"]


def beside(server: Prometheus, job: str, *, recorded: Decimal) -> Figures:
    """What is known of a service whose rules have recorded this error ratio, of all windows and of the period."""
    slo = promise(job)
    period = PeriodFigures(recorded * 1_000, Decimal(1_000), Decimal("0.000001"), "recorded")
    by_rules = {slo.full_name: {(): Figures(dict.fromkeys(WINDOWS, recorded), "recorded", period)}}
    found = count_figures(server, [slo], by_rules, at=AT, timing=Timing(), with_windows=frozenset(), cache=None)
    return found.by_slo[slo.full_name][()]


@pytest.mark.parametrize(("age", "burns"), [(42, 0.1), (75, 0.1), (1_800, 0)])
def test_what_was_recorded_too_early_to_know_of_a_newborn_is_counted(
    server: Prometheus, age: int, burns: float
) -> None:
    found = beside(server, f"born-{age}", recorded=Decimal(0))

    # A tenth fails, of which the first evaluation saw nothing; of who is older the windows are as they are recorded.
    assert [float(ratio) for ratio in found.windows.values()] == pytest.approx([burns] * len(WINDOWS), abs=0.002)
    assert float(found.coverage(Duration.of(hours=1))) == pytest.approx(age / 3_600 if burns else 1, abs=1 / 3_600)


@pytest.mark.parametrize(("job", "notes"), [("born-1800", 0), ("grouped", 1)])
def test_recorded_series_that_are_behind_are_a_note_only_where_time_does_not_explain_it(
    server: Prometheus, job: str, notes: int
) -> None:
    assert len(beside(server, job, recorded=Decimal(0)).notes) == notes
