"""What a policy demands: of the same figures the same as the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from burn.test_evaluate import NOBODY_KNOWS, SLO, figures, judged, period
from burn.test_gate import NEVER, PAGE, status

from sretool.burn.figures import Figures, Firing, NoData
from sretool.burn.gate import decide
from sretool.burn.invariants import InvariantStanding
from sretool.burn.policy import Demand, demand, demands, review, strangers
from sretool.model.slo import Service
from sretool.settings.policy import AgreedException, Policy

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
TODAY = NOW.date()
USUAL = Policy()
AGREED = AgreedException("checkout/availability", "The vendor", "Ada", date(2026, 11, 30))
LIFTED = Policy(exceptions=(AGREED,))
CHECKOUT = Service("checkout", (SLO,))
OVERSPENT = figures(period("1100", "1000000"))


def state(known: Figures, policy: Policy = USUAL, *, today: date = TODAY) -> str:
    return demand(judged(known), policy, today).state


@pytest.mark.parametrize(
    ("bad", "demanded"),
    [("0", "ship"), ("750", "ship"), ("750.001", "caution"), ("1000", "caution"), ("1000.001", "freeze")],
)
def test_the_budget_that_is_left_decides(bad: str, demanded: str):
    assert state(figures(period(bad, "1000000"))) == demanded


def test_where_no_data_come_any_more_no_budget_is_told_as_left():
    found = demand(judged(figures(period("0", "600"), is_current=False, doubts=("it is gone",))), USUAL, TODAY)

    assert found == Demand("checkout/availability", "unknown", "it is gone", NoData("it is gone"))


def test_an_exception_lifts_a_freeze_and_says_who_agreed_and_until_when():
    found = demand(judged(OVERSPENT), LIFTED, TODAY)

    assert found == Demand(
        "checkout/availability",
        "exception",
        "its budget is overspent by 10.00%; an exception holds until 2026-11-30, approved by Ada: The vendor",
        Decimal("-0.1"),
        AGREED,
    )


def test_an_exception_that_is_over_lifts_nothing():
    assert state(OVERSPENT, LIFTED, today=date(2026, 12, 1)) == "freeze"


def test_an_exception_lifts_no_burn_that_pages():
    assert state(replace(OVERSPENT, firing=(PAGE,)), LIFTED) == "freeze"


def test_an_exception_does_not_make_known_what_is_not():
    assert state(figures(NOBODY_KNOWS), LIFTED) == "unknown"
    assert state(replace(OVERSPENT, doubts=("4m old",)), LIFTED) == "unknown"


@pytest.mark.parametrize(
    "known", [replace(OVERSPENT, firing=(PAGE,)), replace(OVERSPENT, doubts=("4m old",))], ids=["freeze", "unknown"]
)
def test_an_exception_that_the_words_name_is_in_the_values_too_whatever_else_is_wrong(known: Figures):
    found = demand(judged(known), LIFTED, TODAY)

    assert ("an exception holds until 2026-11-30" in found.words, found.exception) == (True, AGREED)


def test_a_ticket_demands_care():
    ticketed = figures(period("1", "1000000"), firing=(replace(PAGE, severity="ticket"),))

    assert state(ticketed) == "caution"


def test_everything_that_was_asked_about_is_told_worst_first():
    of = status(
        figures(period("1", "1000000")),
        figures(NOBODY_KNOWS),
        OVERSPENT,
        invariants=(InvariantStanding(NEVER, "violated", Decimal(1)),),
        service_alerts={"checkout": (Firing("SloTargetsDead", "page"), Firing("SloIdle", "ticket"))},
        warnings=("a store is down",),
    )

    assert [(one.state, one.subject) for one in demands(of, Policy())] == [
        ("freeze", "checkout"),
        ("freeze", "checkout/charged-twice"),
        ("freeze", "checkout/slo-2"),
        ("unknown", "checkout/slo-1"),
        ("unknown", "the server"),
        ("ship", "checkout/slo-0"),
    ]


@pytest.mark.parametrize("on_no_data", ["close", "open"])
@pytest.mark.parametrize("agreed", [(), (replace(AGREED, subject="checkout"),)])
@pytest.mark.parametrize(
    "known",
    [
        figures(period("1", "1000000")),
        figures(period("900", "1000000")),
        OVERSPENT,
        figures(NOBODY_KNOWS),
        replace(OVERSPENT, doubts=("4m old",)),
        replace(OVERSPENT, firing=(PAGE,)),
        figures(period("1", "1000000"), firing=(Firing("SloNoData", "page", state="lost"),)),
    ],
)
def test_the_gate_is_closed_exactly_where_a_demand_closes_it(known: Figures, agreed: tuple, on_no_data: str):
    policy = Policy(exceptions=agreed, on_no_data=on_no_data)
    of = status(known, at=NOW.timestamp())

    (found,) = demands(of, policy)
    closing = {"freeze"} if on_no_data == "open" else {"freeze", "unknown"}
    assert (found.state not in closing) == decide(of, policy).is_open


def test_what_is_excepted_is_told_and_what_is_over_too():
    of = status(OVERSPENT, at=NOW.timestamp())
    ended = AgreedException("checkout", "The move", "Grace", date(2026, 11, 27))
    policy = Policy(exceptions=(replace(AGREED, subject="checkout/slo-0"), ended))

    decision = decide(of, policy)

    assert (decision.is_open, [reason.subject for reason in decision.excepted]) == (True, ["checkout/slo-0"])
    assert decision.notes == (
        "the exception for checkout ended on 2026-11-27 and counts for nothing (approved by Grace: The move)",
    )


def test_an_exception_about_nothing_that_is_promised_is_told():
    policy = Policy(exceptions=(AGREED, replace(AGREED, subject="checkuot"), replace(AGREED, subject="checkout/gone")))

    assert [words.split()[3] for words in strangers(policy, [CHECKOUT])] == ["checkuot,", "checkout/gone,"]


def test_a_review_says_in_words_what_its_worst_means():
    unknown = status(figures(NOBODY_KNOWS), at=NOW.timestamp())

    assert review(unknown, Policy(), [CHECKOUT]).words == "unknown, which is closed until it is known"
    assert (
        review(unknown, Policy(on_no_data="open"), [CHECKOUT]).words
        == "unknown, and that is let through (on_no_data: open): changes ship with care"
    )
    assert review(status(), Policy(), [CHECKOUT]).words == "ship"
