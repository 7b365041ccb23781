"""A gate that is open only where all is known and well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from burn.test_evaluate import NOBODY_KNOWS, SLO, figures, judged, newborn, period

from sretool.burn.figures import Firing
from sretool.burn.gate import conditions, day_of, decide, said_once
from sretool.burn.invariants import InvariantStanding
from sretool.burn.policy import demand
from sretool.burn.status import Status
from sretool.cli.slo.standings import doubts
from sretool.model.duration import HOUR, MINUTE
from sretool.model.slo import Invariant
from sretool.settings.policy import AgreedException, Policy

TEN_PERCENT = Policy(freeze_below=Decimal("0.1"))
PAGE = Firing("ErrorBudgetBurn", "page", "1h-5m")
NEVER = Invariant("checkout", "charged-twice", "charged_twice_total")


def status(*known, **more) -> Status:
    standings = tuple(judged(one, replace(SLO, name=f"slo-{number}")) for number, one in enumerate(known))
    return replace(Status(0, standings, (), {}, (), ()), **more)


def subjects(of: Status, policy: Policy = TEN_PERCENT) -> list[tuple[str, bool]]:
    return [(reason.subject, reason.is_unknown) for reason in decide(of, policy).reasons]


def test_enough_budget_opens_it():
    assert decide(status(figures(period("900", "1000000"))), TEN_PERCENT).is_open


def test_a_hair_too_little_closes_it_and_is_not_shown_as_enough():
    decision = decide(status(figures(period("900.001", "1000000"))), TEN_PERCENT)

    assert [reason.words for reason in decision.reasons] == ["9.99% of the budget is left, 10.00% is asked"]


def test_an_overspent_budget_is_told_as_such_by_what_is_shown_as_left():
    of = status(figures(period("1287.401", "1000000")))
    words = [decide(of, policy).reasons[0].words for policy in (TEN_PERCENT, Policy())]

    assert words == [
        "its budget is overspent by 28.75%, 10.00% left is asked",
        "its budget is overspent by 28.75%",
    ]


def test_no_data_closes_it_and_is_told_apart():
    decision = decide(status(figures(NOBODY_KNOWS)), TEN_PERCENT)

    assert (decision.is_open, decision.is_unknown) == (False, True)


def test_no_data_passes_only_where_somebody_said_so_and_is_still_told():
    decision = decide(status(figures(NOBODY_KNOWS)), replace(TEN_PERCENT, on_no_data="open"))

    assert (decision.is_open, len(decision.passed_over)) == (True, 1)


def test_what_is_known_to_be_wrong_is_no_want_of_data():
    decision = decide(status(figures(NOBODY_KNOWS), figures(period("2000", "1000000"))), TEN_PERCENT)

    assert (decision.is_open, decision.is_unknown) == (False, False)


def test_a_silenced_page_does_not_open_it():
    of = status(figures(period("1", "1000000"), firing=(replace(PAGE, silenced=True),)))

    assert subjects(of) == [("checkout/slo-0", False)]


def test_a_ticket_does_not_close_it():
    assert subjects(status(figures(period("1", "1000000"), firing=(replace(PAGE, severity="ticket"),)))) == []


def test_a_violated_invariant_closes_it_whatever_the_budget():
    of = status(figures(period("0", "1000000")), invariants=(InvariantStanding(NEVER, "violated", Decimal(1)),))

    assert subjects(of) == [("checkout/charged-twice", False)]


def test_rules_that_fail_close_it_for_want_of_data_and_are_told_once_however_many_groups_fail():
    fails = Firing("SloRulesFailing", "ticket", state="failing")
    of = status(figures(period("0", "1000")), service_alerts={"checkout": (fails, fails, fails)})

    assert subjects(of) == [("checkout", True)]
    assert doubts(of) == ["checkout: SloRulesFailing failing fires"]


def test_rules_that_are_late_do_not_close_it():
    late = Firing("SloRulesFailing", "ticket", state="late")

    assert subjects(status(figures(period("0", "1000")), service_alerts={"checkout": (late,)})) == []


def test_an_invariant_that_nothing_measures_closes_it():
    assert subjects(status(invariants=(InvariantStanding(NEVER, "no data"),))) == [("checkout/charged-twice", True)]


def test_a_period_seen_too_little_is_want_of_data():
    of = status(figures(period("0", "1000", coverage="0.2")))

    assert subjects(of, replace(TEN_PERCENT, min_coverage=Decimal("0.5"))) == [("checkout/slo-0", True)]


def test_answers_that_are_not_whole_close_it():
    assert subjects(status(figures(period("0", "1000")), warnings=("a store is down",))) == [("the server", True)]


def test_old_figures_close_it():
    assert subjects(status(figures(period("0", "1000"), doubts=("4m old",)))) == [("checkout/slo-0", True)]


def test_dead_targets_close_it_though_the_figures_look_well():
    of = status(figures(period("0", "1000")), service_alerts={"checkout": (Firing("SloTargetsDead", "page"),)})

    assert subjects(of) == [("checkout", False)]


def test_an_slo_with_groups_is_judged_by_its_worst():
    well, ill = judged(figures(period("0", "1000"))), judged(figures(period("2000", "1000000")))
    grouped = replace(SLO, group_by=("region",))
    of = status()
    of = replace(of, standings=(replace(well, slo=grouped, group=("eu",)), replace(ill, slo=grouped, group=("us",))))

    assert subjects(of) == [("checkout/availability{region=us}", False)]


# What it goes by.


AGREED = AgreedException("checkout", "The vendor", "Ada", date(2026, 12, 31))
WRITTEN = Policy(Decimal("0.05"), min_coverage=Decimal("0.2"), on_no_data="open", exceptions=(AGREED,))
UNASKED = {"budget_left_min": None, "coverage_min": None, "on_no_data": None}


def test_it_obeys_the_policy_and_asks_for_a_tenth_where_there_is_none():
    assert conditions(WRITTEN, **UNASKED) == WRITTEN
    assert conditions(None, **UNASKED) == Policy(freeze_below=Decimal("0.1"))


def test_who_names_the_budget_sets_the_policy_aside_with_its_exceptions():
    asked = conditions(WRITTEN, **UNASKED | {"budget_left_min": Decimal("0.3")})

    assert asked == Policy(freeze_below=Decimal("0.3"))


def test_what_else_is_asked_for_replaces_its_part_of_the_policy():
    asked = conditions(WRITTEN, **UNASKED | {"coverage_min": Decimal(0), "on_no_data": "close"})

    assert asked == replace(WRITTEN, min_coverage=Decimal(0), on_no_data="close")


# What it says.


def test_what_holds_for_many_is_said_once():
    forgotten = figures(period("0", "1000"), doubts=("the server keeps 15d",))

    assert said_once(decide(status(forgotten, forgotten), TEN_PERCENT).reasons) == [
        ("checkout/slo-0, checkout/slo-1", "the server keeps 15d")
    ]
    assert said_once(decide(status(*[forgotten] * 12), TEN_PERCENT).reasons) == [
        ("checkout/slo-0 and 11 more", "the server keeps 15d")
    ]


ABOVE = {HOUR: Decimal("0.0439"), MINUTE * 5: Decimal("0.05")}  # The budget is 0.001, the page at 14.4 times that.


def test_a_burn_above_its_threshold_of_which_no_alert_fires_is_no_silence():
    decision = decide(status(figures(period("1", "1000000"), windows=ABOVE)), TEN_PERCENT)

    assert (decision.is_open, len(decision.notes)) == (True, 1)
    assert decision.notes[0].startswith("checkout/slo-0: it burns 43.9x over 1h, and no alert of 1h-5m fires")


def test_a_burn_whose_alert_fires_is_no_note():
    assert decide(status(figures(period("1", "1000000"), windows=ABOVE, firing=(PAGE,))), TEN_PERCENT).notes == ()


def test_without_rules_what_would_fire_is_judged_by_its_windows():
    of = status(figures(period("1", "1000000"), windows=ABOVE, windows_source="counted"))

    assert (subjects(of), decide(of, TEN_PERCENT).notes) == ([("checkout/slo-0", False)], ())


def test_a_burn_of_which_too_little_was_seen_to_page_closes_it_for_want_of_data():
    decision = decide(status(newborn(coverage=Decimal("0.01"))), TEN_PERCENT)

    assert (decision.is_open, decision.is_unknown) == (False, True)
    (reason,) = decision.reasons
    assert reason.words == (
        "it burns 1000.0x by what has been seen of the last 1h, which is 1% of it and too little for the page 1h-5m "
        "to fire"
    )


@pytest.mark.parametrize(("bad", "is_open", "state"), [("600", False, "unknown"), ("1", True, "caution")])
def test_a_page_of_a_young_service_that_is_due_and_does_not_fire_yet_closes_it(bad: str, is_open: bool, state: str):
    of = status(newborn(coverage=Decimal(2) / 60, bad=bad))

    # 1,000 times the budget, weighed by 2 of 60 minutes, is above 14.4; one bad event never pages.
    assert (decide(of, TEN_PERCENT).is_open, demand(of.standings[0], TEN_PERCENT, day_of(of)).state) == (is_open, state)
    assert [reason.words for reason in decide(of, TEN_PERCENT).reasons] == [
        "it burns 1000.0x over what has been seen of the last 1h, which is enough for the page 1h-5m, and that does "
        "not fire yet"
    ] * (not is_open)


def test_the_same_note_about_many_is_one_line():
    above = figures(period("1", "1000000"), windows=ABOVE)

    (note,) = decide(status(*[above] * 25), TEN_PERCENT).notes

    assert note.startswith("checkout/slo-0 and 24 more: it burns 43.9x over 1h, and no alert of 1h-5m fires")
