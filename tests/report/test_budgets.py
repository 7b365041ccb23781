from dataclasses import replace
from decimal import Decimal

from burn.backtest.made_up import THREE_NINES
from hypothesis import given
from hypothesis import strategies as st
from report.made_up import ALLOWED, asked, counted, how_it_stands, incident, recorded, week_of

from sretool.burn.counting import Count
from sretool.incident.events import SeenAlert
from sretool.incident.history import Incident
from sretool.report.budgets import budget, spent_by_incident
from sretool.report.spendings import WeekOf
from sretool.report.values import Budget, Part

A, B = "inc-20261123-aaaaa", "inc-20261123-baaaa"
# An hour of total outage at noon on Monday.
OUTAGE = week_of((12, 13, 1))


def parts(found: Budget) -> dict[str, int]:
    return {part.incident_id: part.bad_events for part in found.parts}


def test_an_outage_goes_to_the_incident_that_was_opened_while_it_lasted_from_its_beginning():
    found = budget(OUTAGE, counted(36_000), [incident(12.1, 13.2)])

    # 36,000 of 25,920 allowed.
    assert found.parts == (Part(A, 36_000, Decimal("1.3888")),)
    assert (found.spent, found.allowed_events) == (Decimal("1.3888"), ALLOWED)


def test_what_an_incident_was_opened_too_late_for_is_nobodys():
    found = budget(OUTAGE, counted(36_000), [incident(14, 15)])

    assert parts(found) == {"": 36_000}


def test_an_incident_opened_shortly_after_its_outage_is_about_it_all_the_same():
    assert parts(budget(OUTAGE, counted(36_000), [incident(13.3, 15)])) == {A: 36_000}


def test_two_incidents_at_once_share_what_was_spent_while_both_went_on():
    found = budget(OUTAGE, counted(36_000), [incident(12.1, 12.5 - 1 / 12), incident(12.1, 13.5, name="b")])

    # Both begin with the outage; the first ends at half past, as rates look five minutes back.
    assert parts(found) == {B: 27_000, A: 9_000}


def unrecorded(*gap: float) -> WeekOf:
    """Half an hour of an outage at noon on Monday; and a stretch of which nothing is recorded."""
    return WeekOf(asked(), THREE_NINES, how_it_stands(), recorded((12, 12.5, 1), gap=(gap[0], gap[1])))


def test_what_failed_while_nothing_was_recorded_is_nobodys_unless_an_incident_went_on_meanwhile():
    # 18,000 of 27,000 are recorded: nobody knows when within the gap the others failed.
    outage, whole_day = incident(12.1, 12.5), incident(40, 64, name="b")

    told = {
        "no incident": parts(budget(unrecorded(48, 60), counted(27_000), [outage])),
        "one that went on": parts(budget(unrecorded(48, 60), counted(27_000), [outage, whole_day])),
        "one for half of it": parts(
            budget(unrecorded(58, 70), counted(27_000), [outage, incident(40, 64 - 1 / 12, name="b")])
        ),
    }
    assert told == {
        "no incident": {A: 18_000, "": 9_000},
        "one that went on": {A: 18_000, B: 9_000},
        "one for half of it": {A: 18_000, B: 4_500, "": 4_500},
    }


def test_what_counters_and_recorded_series_differ_by_is_spread_where_there_is_no_gap():
    assert parts(budget(OUTAGE, counted(36_100), [incident(12.1, 13.2)])) == {A: 36_100}


def test_where_nothing_at_all_was_recorded_all_is_nobodys():
    dark = WeekOf(asked(), THREE_NINES, how_it_stands(), recorded(gap=(0, 168)))

    assert parts(budget(dark, counted(500), [incident(0, None)])) == {"": 500}


def test_a_group_that_has_gone_keeps_its_name_and_its_incidents():
    slo = replace(THREE_NINES, group_by=("region",))
    gone = WeekOf(asked(), slo, None, recorded((12, 13, 1)), group=("eu",))
    labels = (("region", "us"), ("service", "shop"), ("slo", "availability"))
    about_us = incident(12.1, 13.1, alerts=[SeenAlert("f", "ErrorBudgetBurn", labels, (), gone.asked.week.start_utc)])

    found = budget(gone, None, [about_us])
    assert (found.slo, parts(found)) == ("shop/availability{region=eu}", {"": 36_000})


def test_an_incident_that_is_not_resolved_goes_on_to_the_end_of_the_week():
    both = week_of((12, 13, 1), (160, 161, 1))

    assert parts(budget(both, counted(72_000), [incident(12.1, None)])) == {A: 72_000}


def test_an_incident_without_an_slo_is_about_all_of_its_service_and_of_another_service_about_none():
    whole = incident(12.1, 13.1, slo="")
    other = incident(12.1, 13.1, name="b", service="desk", slo="desk/availability")

    assert parts(budget(OUTAGE, counted(36_000), [whole, other])) == {A: 36_000}


def test_alerts_tell_which_group_an_incident_is_about():
    slo = replace(THREE_NINES, group_by=("region",))
    labels = (("region", "eu"), ("service", "shop"), ("slo", "availability"))
    about_eu = incident(12.1, 13.1, alerts=[SeenAlert("f", "ErrorBudgetBurn", labels, (), OUTAGE.asked.week.start_utc)])

    found = {
        region: parts(budget(week_of((12, 13, 1), slo=slo, group=(region,)), counted(36_000), [about_eu]))
        for region in ("eu", "us")
    }

    assert found == {"eu": {A: 36_000}, "us": {"": 36_000}}


def test_of_what_has_no_counters_recorded_series_say_how_much():
    found = budget(OUTAGE, None, [])

    assert (found.source, found.bad_events, found.all_events) == ("recorded", 36_000, 6_048_000)


def test_where_neither_is_known_there_is_a_reason_and_no_number():
    nothing = WeekOf(OUTAGE.asked, OUTAGE.slo, None, None)

    found = budget(nothing, None, [incident(1, 2)])

    assert (found.bad_events, found.spent, found.parts) == (None, None, ())
    assert "neither its counters nor its recorded series" in found.reason


def test_of_a_budget_that_is_not_known_no_share_is_told_and_events_are():
    young = WeekOf(OUTAGE.asked, OUTAGE.slo, None, recorded((12, 13, 1)))

    found = budget(young, counted(36_000), [incident(12.1, 13)])

    assert (found.spent, found.parts) == (None, (Part(A, 36_000, None),))


def test_a_count_that_is_not_known_says_why():
    found = budget(OUTAGE, Count(None, Decimal(0), ("the histogram has no such bucket",)), [])

    assert (found.bad_events, found.reason) == (None, "the histogram has no such bucket")


def test_what_an_incident_spent_is_told_of_every_budget_the_most_first():
    little = replace(budget(OUTAGE, counted(3_600), [incident(12.1, 13)]), slo="shop/little")
    much = budget(OUTAGE, counted(36_000), [incident(12.1, 13)])

    assert spent_by_incident([little, much]) == {
        A: {"shop/availability": Decimal("1.3888"), "shop/little": Decimal("0.1388")}
    }


HOURS = st.floats(-5, 175, allow_nan=False)
STRETCHES = st.lists(st.tuples(HOURS, HOURS, st.floats(0.0001, 1)), max_size=4)


@st.composite
def some_incidents(draw: st.DrawFn) -> list[Incident]:
    ends = draw(st.lists(st.tuples(HOURS, st.none() | HOURS), max_size=5))
    return [
        incident(first, None if end is None else max(first, end), name="abcde"[number])
        for number, (first, end) in enumerate(ends)
    ]


@given(STRETCHES, some_incidents(), st.integers(0, 10**7))
def test_what_is_shown_of_the_parts_sums_to_what_is_shown_of_the_whole(
    failing: list[tuple[float, float, float]], incidents: list[Incident], bad: int
):
    one = WeekOf(OUTAGE.asked, THREE_NINES, OUTAGE.standing, recorded(*failing))

    found = budget(one, counted(bad), incidents)

    assert sum(part.bad_events for part in found.parts) == bad == found.bad_events
    assert sum(part.spent for part in found.parts) == found.spent
    assert all(part.bad_events >= 0 and part.spent >= 0 for part in found.parts)
