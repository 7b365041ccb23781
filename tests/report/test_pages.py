from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from burn.backtest.made_up import THREE_NINES
from report.made_up import RATE, WEEK, asked, fired, hour, how_it_stands, incident, recorded, week_of

from sretool.incident.history import Incident
from sretool.report.facts import Fired, Recorded
from sretool.report.pages import pages
from sretool.report.spendings import WeekOf
from sretool.report.values import Pages, Ratio
from sretool.report.week import week_so_far

KEY = ("shop/availability", ())
OUTAGE = (12, 13, 1)


def told(*found: Fired, failing: tuple = (OUTAGE,), incidents: tuple[Incident, ...] = ()) -> Pages:
    return pages(asked(), {KEY: week_of(*failing)}, found, incidents)


def test_a_page_that_fires_while_the_budget_goes_came_of_that_loss():
    found = told(fired(12.05, 13.2))

    assert (found.precision, found.recall) == (Ratio(1, 1, None, None), Ratio(1, 1, None, None))
    (page,), (loss,) = found.pages, found.losses
    assert page.is_matched
    # An hour of total outage is 36,000 of the 25,920 events that are allowed.
    assert page.loss_spent == pytest.approx(Decimal("1.3889"), abs=Decimal("0.001"))
    # Three minutes of it when it paged; tiles tell to five minutes, so up to eight.
    assert Decimal("0.06") < page.spent < Decimal("0.19")
    assert (loss.is_paged, loss.bad_events) == (True, pytest.approx(36_000, rel=0.001))
    assert abs((loss.started_at_utc - hour(12)).total_seconds()) <= 300
    assert abs((loss.ended_at_utc - hour(13)).total_seconds()) <= 300


def test_a_page_without_a_loss_counts_against_precision_and_a_loss_without_a_page_against_recall():
    found = told(fired(40, 40.2))

    assert (found.precision, found.recall) == (Ratio(0, 1, None, None), Ratio(0, 1, None, None))
    assert [page.is_matched for page in found.pages] == [False]
    assert [loss.is_paged for loss in found.losses] == [False]
    assert found.spent_when_paged_median is None


def test_a_burst_of_two_minutes_at_any_minute_of_a_tile_is_what_its_page_came_of():
    """A page comes two minutes after a burst has begun, wherever the borders of tiles are."""
    burst = week_of((12, 12 + 1 / 12, 0.7))

    for minute in range(5):
        began = 12 + minute / 60
        found = pages(asked(), {KEY: burst}, [fired(began + 2 / 60, began + 12 / 60)], [])

        assert [page.is_matched for page in found.pages] == [True], minute


def test_alerts_of_two_tiers_that_overlap_are_one_page_by_the_tier_that_came_first():
    found = told(fired(12.1, 13.4, "6h-30m"), fired(12.05, 13.1))

    assert [page.tier for page in found.pages] == ["1h-5m"]
    assert found.precision.of == 1


def test_what_fires_when_the_week_begins_was_a_page_of_the_week_before_and_tells_of_losses_all_the_same():
    found = told(fired(0, 14))

    assert (found.pages, found.precision.of) == ((), 0)
    assert (found.recall.hits, found.recall.of) == (1, 1)


def test_what_still_fires_has_no_end():
    found = told(fired(12.05, None))

    assert found.pages[0].ended_at_utc is None


def test_from_five_on_there_is_an_interval():
    """Of 4 in 5 Wilson's is 0.3755 to 0.9638: R, binom::binom.wilson(4, 5)."""
    failing = tuple((12.0 + 24 * day, 13.0 + 24 * day, 1.0) for day in range(4))
    found = told(*(fired(first + 0.1, end, "1h-5m") for first, end, _ in failing), fired(150, 151), failing=failing)

    assert found.precision == Ratio(4, 5, Decimal("0.3755"), Decimal("0.9638"))


def test_a_page_names_the_incident_that_went_on():
    found = told(fired(12.05, 13.2), fired(40, 40.2), incidents=(incident(12.1, 13),))

    assert [page.incident_id for page in found.pages] == ["inc-20261123-aaaaa", ""]


def test_a_page_about_something_else_has_no_budget_to_be_held_to():
    lost = fired(20, 21, "", alertname="SloNoData")
    invariant = fired(30, 31, "", slo="", invariant="nothing-lost", alertname="InvariantViolated")

    found = told(lost, invariant)

    assert (found.pages, found.precision.of) == ((), 0)
    assert [(one.alert, one.subject) for one in found.others] == [
        ("SloNoData", "shop/availability"),
        ("InvariantViolated", "shop/nothing-lost"),
    ]


def test_pages_are_counted_by_weekday_and_hour():
    found = told(fired(12.05, 13), fired(24 * 6 + 3.5, 24 * 6 + 4))

    assert (found.by_hour[0][12], found.by_hour[6][3], sum(map(sum, found.by_hour))) == (1, 1, 2)


def test_of_an_slo_that_nothing_is_recorded_of_nobody_knows_what_was_lost():
    found = pages(asked(), {KEY: WeekOf(asked(), THREE_NINES, how_it_stands(), None)}, [fired(12, 13)], [])

    assert (found.unjudged, found.losses) == (("shop/availability",), ())


def test_a_page_for_what_failed_from_its_very_first_minutes_came_of_that():
    """Of an SLO that is new nothing was recorded before."""
    new = WeekOf(asked(), THREE_NINES, how_it_stands(), recorded((12, 13, 1), gap=(0, 12)))

    found = pages(asked(), {KEY: new}, [fired(12 + 3 / 60, 13)], [])

    assert [page.is_matched for page in found.pages] == [True]


def test_a_tier_that_the_files_no_longer_have_counts_as_the_fastest():
    assert told(fired(12.05, 13, "2h-10m")).pages[0].tier == "1h-5m"


def test_on_a_clock_that_runs_faster_the_same_happens_in_less_time():
    """A week's sixtieth, in which an hour is a minute: what failed from noon to one on its first day."""
    week = replace(WEEK, span=replace(WEEK.span, start=WEEK.end - 10_080))
    fast = asked(week=week, scale=60)
    one = WeekOf(fast, THREE_NINES, how_it_stands(), recorded(OUTAGE))
    page = Fired(fired(0, 1).labels, week.start + 12.05 * 60, week.start + 13.2 * 60)

    found = pages(fast, {KEY: one}, [page], [])

    assert found.precision == Ratio(1, 1, None, None)
    # A sixtieth of the events of an hour, of what 30 days of real time allow.
    assert found.losses[0].bad_events == pytest.approx(600, rel=0.01)
    assert found.losses[0].spent == pytest.approx(Decimal("0.0231"), abs=Decimal("0.0003"))


def test_what_a_page_had_cost_is_the_same_whenever_it_is_asked_for():
    began = WEEK.end - 1_203.4

    def spent(second: int) -> Decimal:
        """All failed for half a minute, which rules that run sixty times as fast have in tiles of five seconds."""
        week = week_so_far(second, scale=60)
        ends = week.start + 5 * np.arange(1, (week.end - week.start) // 5 + 1)
        failed = np.clip(np.minimum(ends, began + 30) - np.maximum(ends - 5, began), 0, 5) / 5
        tiles = Recorded(failed * RATE, np.full(len(ends), float(RATE)))
        fast = asked(week=week, scale=60)
        fired_at = Fired(fired(0, 1).labels, began + 3, began + 40)
        one = WeekOf(fast, THREE_NINES, how_it_stands(), tiles)
        return pages(fast, {KEY: one}, [fired_at], []).pages[0].spent

    assert len({spent(WEEK.end + late) for late in range(9)}) == 1
