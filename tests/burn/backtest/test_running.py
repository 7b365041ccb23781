"""What was left of a budget over a history, by arithmetic done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from burn.test_evaluate import SLO

from sretool.burn.backtest.history import STEP, History, Recorded
from sretool.burn.backtest.running import budget_left

DAY_PLACES = 86_400 // STEP


def history(*, seen_places: int, of_places: int) -> History:
    """A hundred events a second, one of them bad, at the end; before that nobody looked."""
    every = np.full(of_places, np.nan)
    every[of_places - seen_places :] = 100.0
    return History(0, 0, {(): Recorded(every / 100, every)})


def test_ten_minutes_at_ten_times_the_budget_spend_a_hundred_minutes_of_it_however_long_the_history_is():
    left = budget_left(SLO, history(seen_places=600 // STEP, of_places=30 * DAY_PLACES), points=2)

    assert left[-1] == pytest.approx(1 - 100 / (30 * 24 * 60))


def test_a_whole_period_at_the_budgets_rate_times_ten_spends_ten_of_it():
    left = budget_left(SLO, history(seen_places=30 * DAY_PLACES, of_places=30 * DAY_PLACES), points=2)

    assert left[-1] == pytest.approx(1 - 10)


def test_no_event_spends_nothing():
    assert budget_left(SLO, history(seen_places=0, of_places=DAY_PLACES), points=3) == [1.0, 1.0, 1.0]
