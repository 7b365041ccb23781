"""Which hours spent the budget, and why two sources disagree, on hours written by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from burn.test_evaluate import figures, judged, period

from sretool.burn.figures import NoData
from sretool.burn.live import Hour, Live, by_spending, differences

HOUR = 3_600


def hour(number: int, bad: int | None, recorded: int | None) -> Hour:
    counted = (None, None) if bad is None else (Decimal(bad), Decimal(10_000))
    noted = (None, None) if recorded is None else (Decimal(recorded), Decimal(10_000))
    return Hour(number * HOUR, *counted, *noted)


def live(*hours: Hour, recorded: str = "500") -> Live:
    """A period of a million events, of which a thousand may be bad."""
    counted = period("500", "1000000")
    return Live(judged(figures(counted)), hours, HOUR, replace(counted, bad=Decimal(recorded), source="recorded"))


def test_hours_are_told_by_their_share_of_the_budget_the_costliest_first():
    told = by_spending(live(hour(0, 100, 100), hour(1, 0, 0), hour(2, 400, 400)))

    assert [(one.start // HOUR, share) for one, share in told] == [(2, Decimal("0.4")), (0, Decimal("0.1"))]


def test_without_counters_hours_are_told_as_recorded():
    assert by_spending(live(hour(0, None, 250)))[0][1] == Decimal("0.25")


def test_sources_that_agree_have_no_differences():
    assert list(differences(live(hour(0, 100, 100), hour(1, 0, 0)))) == []


def test_an_hour_in_which_no_rule_ran_is_named():
    (words,) = differences(live(hour(0, 100, None), hour(1, 0, 0)))

    assert words.startswith("1970-01-01 00:00 UTC: counters have 100 bad events more; nothing was recorded then")


def test_what_moved_over_an_hours_border_is_no_loss():
    told = list(differences(live(hour(0, 0, 100), hour(1, 100, 0), hour(2, 0, 0))))

    assert all("recorded in the hour beside it" in words for words in told)
    assert len(told) == 2


def test_events_that_only_counters_have_came_with_births_or_lost_scrapes():
    (words,) = differences(live(hour(0, 0, 0), hour(1, 80, 0), hour(2, 0, 0)))

    assert "series came, went or were reset, or scrapes were lost" in words


def test_rules_younger_than_the_period_are_the_first_cause():
    counted = period("500", "1000000")
    young = replace(counted, coverage=Decimal("0.1"), source="recorded")

    (words,) = differences(Live(judged(figures(counted)), (hour(0, 0, 0), hour(1, 0, 0)), HOUR, young))

    assert "the rules have recorded 10.0% of the period, counters know 100.0%" in words


def test_nothing_recorded_is_nothing_to_compare():
    counted = period("500", "1000000")

    assert list(differences(Live(judged(figures(counted)), (), HOUR, NoData("its rules are not loaded")))) == []
