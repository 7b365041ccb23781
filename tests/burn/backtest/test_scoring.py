from dataclasses import replace
from decimal import Decimal

import pytest
from burn.backtest.made_up import HOUR, THREE_NINES, recorded

from sretool.burn.backtest.candidates import Candidate
from sretool.burn.backtest.losses import Spending
from sretool.burn.backtest.running import trial
from sretool.burn.backtest.scoring import Score, Share
from sretool.burn.backtest.windows import Windows
from sretool.model.slo import Slo

DAYS = 6
FAULT = 5 * 24 * HOUR
OUTAGE = (FAULT, FAULT + HOUR, 1.0)


def score(*failing: tuple[int, int, float], slo: Slo = THREE_NINES) -> Score:
    windows = {(): Windows(recorded(DAYS, failing))}
    return trial(Candidate(slo), windows, judged_from=3 * 24 * HOUR, least_ratio=0.02).score


def test_an_hours_outage_spends_what_an_hour_is_of_the_month_a_thousand_times_over():
    (lost,) = score(OUTAGE).losses

    assert lost.loss.spent_ratio == pytest.approx(1 / 720 / 0.001, rel=1e-9)
    assert lost.loss.bad_events == pytest.approx(20 * 3_600)
    assert lost.loss.worst_ratio == pytest.approx(1)


def test_a_loss_begins_and_ends_when_events_began_and_ceased_to_fail():
    (lost,) = score(OUTAGE).losses

    assert abs(lost.loss.stretch.first - FAULT) <= 1
    assert abs(lost.loss.stretch.end - (FAULT + HOUR)) <= 1


def test_what_had_gone_when_an_outage_was_told_is_what_explain_says():
    """2m56s and 6.8%: the page comes at the next half minute, 4 s later, by when it is 180 / 2,592 of the budget."""
    page = score(OUTAGE).fired("page")[0]

    assert page.detected_seconds == pytest.approx(180, abs=30)
    assert page.spent_ratio == pytest.approx(180 / 2_592, abs=30 / 2_592)


def test_an_alert_that_comes_of_no_loss_counts_against_precision_and_a_loss_without_alert_against_recall():
    slow = (FAULT + 6 * HOUR, FAULT + 11 * HOUR, 0.005)  # Five times too fast for 5 of 720 hours: 3.5% of the budget.
    deaf = replace(THREE_NINES, alerting=replace(THREE_NINES.alerting, tiers=THREE_NINES.alerting.tiers[:1]))

    both = score(OUTAGE, slow, slo=deaf)

    assert len(both.losses) == 2
    assert (both.precision("page"), both.recall()) == (Share(1, 1), Share(1, 2))
    assert trial_of_small_losses(deaf).precision("page") == Share(0, 1)


def trial_of_small_losses(slo: Slo) -> Score:
    """An outage, where only what spends all of the budget twice counts as a loss."""
    windows = {(): Windows(recorded(DAYS, [OUTAGE]))}
    return trial(Candidate(slo), windows, judged_from=3 * 24 * HOUR, least_ratio=2).score


def test_of_a_loss_that_begins_while_an_alert_fires_nothing_was_detected_and_it_was_told_all_the_same():
    again = (FAULT + HOUR + HOUR // 2 + 11, FAULT + 2 * HOUR, 1.0)
    # Its six hours hold both.
    slow = replace(THREE_NINES, alerting=replace(THREE_NINES.alerting, tiers=THREE_NINES.alerting.tiers[3:]))

    first, second = score(OUTAGE, again, slo=slow).losses

    assert first.detected_seconds is not None
    assert second.told_by == first.told_by
    assert (second.detected_seconds, second.spent_ratio) == (None, None)


def test_quiet_of_less_than_half_an_hour_does_not_end_a_loss_and_of_more_does():
    half_an_hour = HOUR // 2

    for quiet, losses in ((half_an_hour - 2, 1), (half_an_hour + 2, 2)):
        again = (FAULT + HOUR + quiet, FAULT + 2 * HOUR + quiet, 1.0)
        assert len(score(OUTAGE, again).losses) == losses


def test_a_page_goes_on_until_its_windows_forget():
    """The 30 minutes of the slower page forget an outage of an hour 35 minutes after it, and 5 more it is kept."""
    page = score(OUTAGE).fired("page")[0]

    assert page.reset_seconds == pytest.approx((30 + 5 + 5) * 60, abs=90)


def test_an_interval_is_wilsons():
    """Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662, 15 of 148 is 0.0624 to 0.1605, 0 of 20 is 0 to 0.1611."""
    for hits, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        interval = Share(hits, of).interval
        assert interval is not None
        assert interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_of_fewer_than_five_there_is_no_interval_and_of_none_no_ratio():
    assert Share(4, 4).interval is None
    assert Share(0, 0).ratio is None


def test_a_history_without_events_spends_nothing():
    idle = Spending(THREE_NINES, Windows(recorded(1, [], rate=0.0)), 0)

    assert idle.losses(least_ratio=float(Decimal("0.02"))) == []
    assert idle.spent(0, 100) == 0
