"""What recorded series say, where they are whole, missing, old or of other rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from burn.fake_server import FakeServer, sample
from burn.test_evaluate import SLO

from sretool.burn.figures import Figures, Firing, NoData
from sretool.burn.recorded import read_recording
from sretool.model.duration import HOUR
from sretool.model.slo import Service
from sretool.promql import names
from sretool.rules.timing import Timing

WHOSE = {"service": "checkout", "slo": "availability"}
OBJECTIVE = sample(names.OBJECTIVE, "0.999", **WHOSE)
AGE = sample("slo:base_age:seconds", "12", **WHOSE)
PERIOD = (
    sample(names.PERIOD_BAD, "250", **WHOSE),
    sample(names.PERIOD_ALL, "1e+06", **WHOSE),
    sample(names.PERIOD_COVERAGE, "0.5", **WHOSE),
)
HOURLY = names.error_ratio(HOUR)


def figures(*series, windows=(), others=(AGE,), slo=SLO) -> Figures:
    (of,) = by_group(*series, windows=windows, others=others, slo=slo).values()
    return of


def by_group(*series, windows=(), others=(AGE,), slo=SLO) -> dict[tuple[str, ...], Figures]:
    server = FakeServer({HOURLY: tuple(windows), names.OBJECTIVE: series, "ALERTS": tuple(others)})
    return read_recording(server, [Service("checkout", (slo,))], at=0).figures(slo, Timing())


def test_every_query_carries_the_one_time():
    server = FakeServer({})

    read_recording(server, [Service("checkout", (SLO,))], at=1_234.0)

    assert {at for _, at in server.asked} == {1_234.0}
    assert len(server.asked) == 4


def test_a_period_is_its_events_and_how_much_of_it_was_seen():
    period = figures(OBJECTIVE, *PERIOD).period

    assert (period.bad, period.every, period.coverage) == (250, 1_000_000, Decimal("0.5"))


def test_without_rules_nothing_is_known():
    of = figures(others=())

    assert {of.period, *of.windows.values()} == {NoData("its rules are not loaded")}


def test_loaded_rules_that_record_nothing_are_no_data_and_a_doubt():
    of = figures(OBJECTIVE, others=())

    assert of.period == NoData("nothing is recorded of the period")
    assert of.windows[HOUR] == NoData("nothing is recorded")
    assert of.doubts == ("nothing is recorded now: its data is gone, or was never there",)


def test_a_window_without_a_ratio_is_idle_where_its_events_are_recorded():
    assert figures(OBJECTIVE, *PERIOD).windows[HOUR] == NoData("no events")


def test_a_ratio_is_exact_from_its_text():
    of = figures(OBJECTIVE, windows=[sample(HOURLY, "0.00012345678901234567", **WHOSE)])

    assert of.windows[HOUR] == Decimal("0.00012345678901234567")


def test_nan_and_infinity_are_no_figures():
    bad = sample(names.PERIOD_BAD, "NaN", **WHOSE)

    of = figures(OBJECTIVE, bad, *PERIOD[1:], windows=[sample(HOURLY, "+Inf", **WHOSE)])

    assert isinstance(of.period, NoData)
    assert isinstance(of.windows[HOUR], NoData)


def test_a_period_without_events_is_no_data():
    of = figures(OBJECTIVE, PERIOD[0], sample(names.PERIOD_ALL, "0", **WHOSE), PERIOD[2])

    assert of.period == NoData("no events in the period")


def test_old_samples_are_a_doubt():
    old = sample("slo:base_age:seconds", "270", **WHOSE)

    assert figures(OBJECTIVE, *PERIOD, others=(old,)).doubts == ("the newest recorded sample is 4m30s old",)


def test_another_objective_on_the_server_is_said():
    other = sample(names.OBJECTIVE, "0.99", **WHOSE)

    assert figures(other, *PERIOD).notes == ("the rules there have an objective of 0.99, the files 0.999",)


def test_what_is_recorded_at_another_time_scale_is_a_doubt():
    faster = sample(names.OBJECTIVE, "0.999", time_scale="60", **WHOSE)

    assert figures(faster, *PERIOD).doubts == (
        "the rules on the server are of --time-scale 60: ask with --time-scale 60",
    )


def test_alerts_reach_their_group_and_those_about_the_slo_every_group():
    slo = replace(SLO, group_by=("region",))
    series = [replace(one, labels={**one.labels, "region": region}) for one in PERIOD for region in ("eu", "us")]
    burn = sample("ALERTS", "1", alertname="ErrorBudgetBurn", severity="page", burn_tier="1h-5m", region="eu", **WHOSE)
    missing = sample("ALERTS", "1", alertname="SloNoData", severity="ticket", state="lost", **WHOSE)

    of = by_group(OBJECTIVE, *series, others=(burn, missing), slo=slo)

    lost = Firing("SloNoData", "ticket", state="lost")
    assert {group: one.firing for group, one in of.items()} == {
        ("eu",): (Firing("ErrorBudgetBurn", "page", "1h-5m"), lost),
        ("us",): (lost,),
    }


def test_how_much_of_a_window_was_seen_is_asked_where_it_is_not_all():
    seen = sample(names.coverage(HOUR), "0.25", **WHOSE)
    server = FakeServer({f"{names.coverage(HOUR)}|": (seen,), names.OBJECTIVE: (OBJECTIVE,), "ALERTS": (AGE,)})

    (of,) = read_recording(server, [Service("checkout", (SLO,))], at=0).figures(SLO, Timing()).values()

    assert (of.coverage(HOUR), of.coverage(HOUR * 6)) == (Decimal("0.25"), 1)
    assert [expr[-3:] for expr, _ in server.asked if "coverage:ratio1h" in expr] == ["< 1"]
