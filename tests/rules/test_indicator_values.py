"""What indicators make of counters that misbehave, asked of promtool. Expectations by counting."""

from decimal import Decimal

import pytest
from rules.asking import Asker, rules_of
from rules.promises import service, slo, traffic

from sretool.model.duration import HOUR, MINUTE, Duration
from sretool.model.sli import CompletenessSli, ExprSli, FreshnessSli, LatencySli, TimeSliceSli
from sretool.promql import names

pytestmark = pytest.mark.long

MET = slo(sli=CompletenessSli("in_total", "out_total", Duration.of(minutes=10)))
LOST_IN_AN_HOUR = f"sum({names.bad_events(HOUR)})"
EVERYTHING = f"sum({names.all_events(HOUR)})"
FAILING = f"sum({names.error_ratio(MINUTE * 5)})"


def lost(asker: Asker, at: str, *, came: str, went: str) -> float:
    series = {"in_total": came, "out_total": went}
    return asker.answer(rules_of(service(MET)), series, LOST_IN_AN_HOUR, at)["{}"]


def test_what_is_metered_in_time_is_not_missing(asker: Asker):
    assert lost(asker, "2h", came="100000+600x120", went="98000+600x120") == 0


def test_a_steady_loss_is_counted_as_soon_as_it_exceeds_the_lag(asker: Asker):
    # A tenth is lost from the start. The first 6,000 look like lag; those are lost within 100 minutes.
    series = {"in_total": "100000+600x240", "out_total": "100000+540x240"}

    before, after = asker.answers(
        rules_of(service(MET)), series, [(LOST_IN_AN_HOUR, "1h20m"), (LOST_IN_AN_HOUR, "3h30m")]
    )

    assert before == {"{}": 0}
    assert after == {"{}": pytest.approx(3_600, rel=0.02)}


def test_a_meter_that_is_away_misses_what_was_due_meanwhile_and_not_all_that_ever_was(asker: Asker):
    # A million were metered before. Nothing tells of the meter for half an hour; it has counted on.
    away = lost(asker, "1h45m", came="1000000+600x200", went="1000000+600x60 _x30 1054600+600x120")

    assert 0 < away <= (30 - 10) * 600


def test_a_meter_that_dies_loses_what_comes_from_then_on(asker: Asker):
    rules = rules_of(service(MET))
    series = {"in_total": "1000000+600x200", "out_total": "1000000+600x60"}

    bad, ratio = asker.answers(rules, series, [(LOST_IN_AN_HOUR, "2h"), (FAILING, "2h")])

    assert ratio == {"{}": 1}
    assert bad["{}"] < 60 * 600


def test_a_lost_scrape_is_no_lost_event(asker: Asker):
    # 100,000 are missing since long ago, so that nothing looks like lag. Both counters miss a scrape here and there.
    scrapes = list(range(180))
    for missed in (70, 85, 97, 98, 120):
        scrapes[missed] = -1
    came = " ".join("_" if scrape < 0 else str(1_000_000 + 600 * scrape) for scrape in scrapes)
    went = " ".join("_" if scrape < 0 else str(900_000 + 600 * scrape) for scrape in scrapes)

    assert lost(asker, "2h", came=came, went=went) <= 60


def test_a_loss_within_a_scrape_gap_is_counted_once(asker: Asker):
    # 100,000 are missing since long ago; 5,000 more go missing while nobody looks.
    came = "1000000+600x60 _x14 1045000+600x120"
    went = "900000+600x60 _x14 940000+600x120"

    assert lost(asker, "1h50m", came=came, went=went) == pytest.approx(5_000, rel=0.05)


def test_a_ratio_without_events_is_left_out_of_the_windows(asker: Asker):
    ratio = 'sum(rate(one_total{code="500"}[$window])) / sum(rate(one_total[$window]))'
    rules = rules_of(service(slo(sli=ExprSli(ratio, "vector(1)"))))
    # A tenth fails for half an hour; half an hour of nothing; then all is well.
    series = traffic("1000+540x30 17200+0x30 17740+540x30", "1000+60x30 2800+0x60")

    idle, hour = asker.answers(rules, series, [(f"sum({names.BAD})", "50m"), (f"sum({names.error_ratio(HOUR)})", "1h")])

    assert idle == {}
    assert hour == {"{}": pytest.approx(0.05, abs=0.01)}  # All moments weigh the same, those of no events as good.


@pytest.mark.parametrize(
    "counted",
    [
        "sum(rate(x_total[$window]))",
        "sum(increase(x_total[$window]))",
        "sum by (shard) (increase(x_total{shard!~'c'}[$window]) > 0) or vector(0)",
        "clamp_min(sum(increase(x_total[$window])) - sum(increase(y_total[$window])), 0)",
        "(delta(x_total{shard='a'}[$window])) + on () delta(x_total{shard='b'}[$window])",
        "sum(increase(x_total[$window])) / 360",
    ],
)
def test_events_are_counted_whether_a_second_or_over_the_window(asker: Asker, counted: str):
    rules = rules_of(service(slo(sli=ExprSli(counted, "vector(9)"))))
    # Two events a second.
    series = {'x_total{shard="a"}': "0+60x90", 'x_total{shard="b"}': "0+60x90", "y_total": "0+0x90"}

    now, hour = asker.answers(rules, series, [(f"sum({names.BAD})", "80m"), (LOST_IN_AN_HOUR, "80m")])

    assert now == {"{}": pytest.approx(2)}
    assert hour == {"{}": pytest.approx(7_200)}


def test_what_every_scrape_counts_anew_is_counted_by_the_window(asker: Asker):
    rules = rules_of(service(slo(sli=ExprSli("sum_over_time(failed[$window])", "sum_over_time(tried[$window])"))))

    bad, ratio = asker.answers(rules, {"failed": "6x30", "tried": "60x30"}, [(names.BAD, "20m1s"), (FAILING, "20m")])

    assert list(bad.values()) == [pytest.approx(0.1, rel=1 / 6)]  # Six scrapes, or seven where a range begins with one.
    assert ratio == {"{}": pytest.approx(0.1)}


def test_less_than_nothing_is_not_recorded(asker: Asker):
    rules = rules_of(
        service(slo(sli=ExprSli("sum(rate(a_total[$window])) - sum(rate(b_total[$window]))", "vector(9)")))
    )

    answer = asker.answer(rules, {"a_total": "0+60x30", "b_total": "0+120x30"}, names.BAD, "20m")

    assert answer == {}


@pytest.mark.parametrize(
    "sli", [TimeSliceSli("queue", "<", "9"), FreshnessSli("queue", Duration.of(minutes=5))], ids=["slice", "freshness"]
)
def test_missing_data_are_bad_from_when_the_rules_ran(asker: Asker, sli: TimeSliceSli | FreshnessSli):
    rules = rules_of(service(slo(sli=sli)))
    there = "0+60x60" if isinstance(sli, FreshnessSli) else "1x60"
    pages = 'count(count_over_time(ALERTS{severity="page", alertstate="firing"}[30m]))'

    from_the_start, never = asker.answer(rules, {"queue": there}, pages, "30m"), asker.answer(rules, {}, pages, "30m")

    assert from_the_start == {}
    assert never == {"{}": 2}


@pytest.mark.parametrize(
    ("spelt", "threshold"),
    [("60", "60"), ("60.0", "60"), ("5e-05", "0.00005"), ("5.0E-5", "0.00005"), ("1e+06", "1000000"), ("0.25", "0.25")],
)
def test_a_bucket_is_found_however_its_bound_is_spelt(asker: Asker, spelt: str, threshold: str):
    rules = rules_of(service(slo(sli=LatencySli("x", Decimal(threshold)))))
    series = {f'x_bucket{{le="{spelt}"}}': "1000+54x20", 'x_bucket{le="+Inf"}': "1000+60x20", "x_count": "1000+60x20"}

    assert asker.answer(rules, series, FAILING, "15m") == {"{}": pytest.approx(0.1)}
