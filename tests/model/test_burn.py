import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.model.burn import burn_rate, can_fire, time_to_detect
from sretool.model.duration import DAY, HOUR, MINUTE, Duration
from sretool.model.objective import Objective, plain
from sretool.model.tiers import BurnTier, default_tiers

THREE_NINES = Objective(Decimal("0.999"))
FAST = default_tiers(DAY * 30)[0]


def test_spending_exactly_the_budget_burns_at_one():
    assert burn_rate(Decimal("0.001"), THREE_NINES) == 1


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_more_errors_never_burn_slower(fewer, more, total):
    fewer, more = sorted((fewer, more))

    slower, faster = (burn_rate(Decimal(bad) / total, THREE_NINES) for bad in (fewer, more))

    assert slower <= faster


def test_thirty_days_give_the_workbooks_table():
    table = [(str(t.long), str(t.short), plain(t.factor), t.severity) for t in default_tiers(DAY * 30)]

    assert table == [
        ("1h", "5m", "14.4", "page"),
        ("6h", "30m", "6", "page"),
        ("1d", "2h", "3", "ticket"),
        ("3d", "6h", "1", "ticket"),
    ]


@pytest.mark.parametrize("days", [1, 2, 3, 5, 7, 10, 14, 21, 28, 30, 31, 60, 90, 365])
def test_every_period_has_tiers_that_spare_a_healthy_slo(days):
    tiers = default_tiers(DAY * days)

    assert tiers
    assert all(tier.factor >= 1 and tier.long <= DAY * days for tier in tiers)
    assert [tier.long for tier in tiers] == sorted({tier.long for tier in tiers})
    assert [tier.factor for tier in tiers] == sorted((tier.factor for tier in tiers), reverse=True)


def test_a_shorter_period_shrinks_the_windows_rather_than_the_factors_below_one():
    assert [(str(t.long), plain(t.factor)) for t in default_tiers(DAY * 7)] == [
        ("30m", "6.72"),
        ("2h", "4.2"),
        ("6h", "2.8"),
        ("12h", "1.4"),
    ]


def test_thresholds_are_exact():
    # In binary floating point, 14.4 * (1 - 0.9995) is 0.007199999999999... .
    assert plain(FAST.threshold(Objective(Decimal("0.9995")).budget)) == "0.0072"


def test_a_ninety_percent_objective_cannot_burn_fourteen_times_too_fast():
    assert not can_fire(FAST, Objective(Decimal("0.9")))
    assert can_fire(FAST, THREE_NINES)


def test_a_full_outage_at_three_nines_is_detected_in_just_under_three_minutes():
    # D = 14.4 x 0.001 x 3600 s = 51.84 s of failure; while the base window fills: sqrt(600 x 51.84) = 176.4 s.
    detection = time_to_detect(FAST, THREE_NINES, failing_ratio=Decimal(1), period=DAY * 30)

    assert detection is not None
    assert detection.seconds == pytest.approx(176.4, abs=0.1)
    assert detection.budget_spent_ratio == pytest.approx(176.4 / 2_592, abs=0.001)


def test_a_slow_fault_is_detected_when_the_window_holds_enough_of_it():
    # 2 % failing: D = 51.84 / 0.02 = 2592 s, long after the base window is full.
    detection = time_to_detect(FAST, THREE_NINES, failing_ratio=Decimal("0.02"), period=DAY * 30)

    assert detection is not None
    assert detection.seconds == pytest.approx(2_592 + 150)


def test_a_fault_below_the_threshold_is_never_detected():
    assert time_to_detect(FAST, THREE_NINES, failing_ratio=Decimal("0.0144"), period=DAY * 30) is None


@given(st.decimals("0.02", "1", places=4), st.decimals("0.02", "1", places=4))
def test_worse_faults_are_detected_no_later(one, other):
    milder, worse = sorted((one, other))

    found = [time_to_detect(FAST, THREE_NINES, failing_ratio=r, period=DAY * 30) for r in (milder, worse)]

    assert all(detection is not None and math.isfinite(detection.seconds) for detection in found)
    assert found[0].seconds >= found[1].seconds


def test_a_tier_refuses_windows_that_do_not_fit_and_factors_that_alert_the_healthy():
    with pytest.raises(ValueError, match="short window 1h must be below long window 30m"):
        BurnTier(MINUTE * 30, HOUR, Decimal(2), "page")
    with pytest.raises(ValueError, match=r"alerts a healthy SLO: 0\.9"):
        BurnTier(HOUR, Duration.parse("5m"), Decimal("0.9"), "page")


@pytest.mark.parametrize("ratio", ["0", "1", "-0.1", "1.5", "NaN", "Infinity"])
def test_an_objective_lies_strictly_between_nothing_and_everything(ratio):
    with pytest.raises(ValueError, match="between 0% and 100%"):
        Objective(Decimal(ratio))
