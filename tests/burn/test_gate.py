"""A gate that is open only where all is known and well."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from burn.test_evaluate import NOBODY_KNOWS, SLO, figures, judged, period

from sretool.burn.figures import Firing
from sretool.burn.gate import Conditions, decide
from sretool.burn.invariants import InvariantStanding
from sretool.burn.status import Status
from sretool.model.slo import Invariant

TEN_PERCENT = Conditions(Decimal("0.1"))
PAGE = Firing("ErrorBudgetBurn", "page", "1h-5m")
NEVER = Invariant("checkout", "charged-twice", "charged_twice_total")


def status(*known, **more) -> Status:
    standings = tuple(judged(one, replace(SLO, name=f"slo-{number}")) for number, one in enumerate(known))
    return replace(Status(0, standings, (), {}, (), ()), **more)


def subjects(of: Status, conditions: Conditions = TEN_PERCENT) -> list[tuple[str, bool]]:
    return [(reason.subject, reason.is_unknown) for reason in decide(of, conditions).reasons]


def test_enough_budget_opens_it():
    assert decide(status(figures(period("900", "1000000"))), TEN_PERCENT).is_open


def test_a_hair_too_little_closes_it_and_is_not_shown_as_enough():
    decision = decide(status(figures(period("900.001", "1000000"))), TEN_PERCENT)

    assert [reason.words for reason in decision.reasons] == ["9.99% of the budget is left, 10.00% is asked"]


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


def test_an_invariant_that_nothing_measures_closes_it():
    assert subjects(status(invariants=(InvariantStanding(NEVER, "no data"),))) == [("checkout/charged-twice", True)]


def test_a_period_seen_too_little_is_want_of_data():
    of = status(figures(period("0", "1000", coverage="0.2")))

    assert subjects(of, replace(TEN_PERCENT, coverage_min=Decimal("0.5"))) == [("checkout/slo-0", True)]


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
