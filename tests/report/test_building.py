from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

import pytest
from report.made_up import NONE, RATE, asked, counted, facts, hour, incident, measured, recorded

from sretool.burn.invariants import InvariantHistory, InvariantStanding
from sretool.burn.policy import review
from sretool.incident.postmortem.reading import ActionItem
from sretool.model.slo import Invariant
from sretool.report.building import report
from sretool.report.facts import Facts, Missing
from sretool.report.values import Report
from sretool.settings.policy import AgreedException, Policy
from sretool.yamltext.source import Place

KEY = ("shop/availability", ())
WHOLE = measured(
    counts={KEY: counted(RATE)},
    recorded={KEY: recorded()},
    left={KEY: ((hour(0).timestamp(), Decimal("0.9")), (hour(168).timestamp(), Decimal("0.7")))},
)


def made(**more: object) -> Report:
    return report(facts(**more), policy="policy.yaml")


def judged(policy: Policy) -> Facts:
    return facts(measured=WHOLE, policy=policy, review=review(WHOLE.status, policy, asked().services))


def test_without_any_source_every_section_says_what_is_missing():
    found = made()

    sections = (
        found.decisions,
        found.budgets,
        found.invariants,
        found.money,
        found.incidents,
        found.pages,
        found.actions,
    )
    assert set(sections) == {NONE}
    assert found.quality.missing == tuple(
        f"{name}: nobody asked" for name in ("Prometheus", "the policy", "the incident ledger", "postmortems")
    )


def test_incidents_and_actions_are_told_without_a_server():
    found = made(incidents=(incident(1, 2),), actions=())

    assert not isinstance(found.incidents, Missing)
    assert [one.spent for one in found.incidents] == [{}]
    assert not isinstance(found.actions, Missing)


def test_a_decision_has_what_is_left_the_trend_what_was_spent_and_what_the_policy_demands():
    found = report(judged(Policy(caution_below=Decimal("0.8"))), policy="rules.yaml").decisions

    assert not isinstance(found, Missing)
    (one,) = found.found
    assert (one.state, one.budget_left, one.trend) == ("caution", Decimal("0.7000"), Decimal("-0.2000"))
    # Ten of 25,920.
    assert one.spent == Decimal("0.0003")
    assert (found.policy, found.counts) == ("rules.yaml", {"caution": 1})


def test_an_exception_is_told_with_its_approver_and_its_last_day():
    agreed = AgreedException("shop", "we move", "Ada", date(2026, 12, 1))
    found = report(judged(Policy(freeze_below=Decimal("0.9"), exceptions=(agreed,))), policy="").decisions

    assert not isinstance(found, Missing)
    assert found.found[0].state == "exception"
    assert found.found[0].exception is not None
    assert (found.found[0].exception.approver, found.found[0].exception.until) == ("Ada", date(2026, 12, 1))


def test_without_a_policy_budgets_are_told_and_nothing_is_demanded():
    found = made(measured=WHOLE).decisions

    assert not isinstance(found, Missing)
    assert isinstance(found.policy, Missing)
    assert [(one.state, one.budget_left) for one in found.found] == [("", Decimal("0.7000"))]


@pytest.mark.parametrize(
    ("first", "end", "is_told"),
    [(-30, -1, False), (-30, 1, True), (-30, None, True), (100, 101, True), (167, None, True), (169, None, False)],
)
def test_the_incidents_of_a_week_are_those_that_went_on_in_it(first: float, end: float | None, is_told: bool):
    found = made(incidents=(incident(first, end),))

    assert not isinstance(found.incidents, Missing)
    assert bool(found.incidents) == is_told


@pytest.mark.parametrize(
    ("rises", "hours_measured", "is_measured_now", "state"),
    [
        ((), 168, True, "held"),
        ((), 150, True, "held"),  # What rose in a gap shorter than a day is seen after it.
        ((), 150, False, "in doubt"),
        ((), 140, True, "in doubt"),
        ((), 0, False, "no data"),
        (((hour(3).timestamp(), Decimal(2)),), 1, False, "violated"),
    ],
)
def test_an_invariant_held_only_where_something_looked(
    rises: tuple[tuple[float, Decimal], ...], hours_measured: int, is_measured_now: bool, state: str
):
    one = InvariantHistory(Invariant("shop", "nothing-lost", "lost_total"), rises, hours_measured, 168, is_measured_now)

    found = made(measured=replace(WHOLE, invariants=(one,)))

    assert not isinstance(found.invariants, Missing)
    assert [each.state for each in found.invariants] == [state]


LOST = Invariant("shop", "nothing-lost", "lost_total")


def decided(*rises: float, now: Literal["held", "violated", "no data"], policy: Policy | None) -> list[tuple[str, str]]:
    """Of an invariant that rose by two in some hours, in the week or still: states and words, worst first."""
    status = replace(WHOLE.status, invariants=(InvariantStanding(LOST, now, Decimal(2)),))
    history = InvariantHistory(LOST, tuple((hour(at).timestamp(), Decimal(2)) for at in rises), 168, 168, True)
    known = replace(WHOLE, status=status, invariants=(history,))
    found = report(
        facts(
            measured=known,
            policy=policy or NONE,
            review=None if policy is None else review(status, policy, asked().services),
        ),
        policy="policy.yaml",
    ).decisions
    assert not isinstance(found, Missing)
    assert found.counts == Counter(one.state for one in found.found if one.state)
    return [(one.state, one.words) for one in found.found if one.kind == "invariant"]


HAPPENED = "what must never happen did: rose by 4, first in the hour up to 2026-11-23 03:00 UTC"


def test_what_must_never_happen_is_decided_about_also_when_its_hour_is_over():
    assert decided(3, 9, now="held", policy=Policy()) == [("violated", HAPPENED)]
    assert decided(3, 9, now="held", policy=None) == [("violated", HAPPENED)]


def test_what_closes_the_gate_still_is_a_freeze_and_what_nothing_measures_any_more_is_violated_all_the_same():
    assert decided(3, 9, now="violated", policy=Policy()) == [("freeze", f"is violated; {HAPPENED}")]
    assert decided(3, 9, now="no data", policy=Policy()) == [("violated", f"nothing measures it; {HAPPENED}")]


def test_an_invariant_that_held_needs_no_decision():
    assert decided(now="held", policy=Policy()) == decided(now="held", policy=None) == []


@pytest.mark.parametrize(
    ("first", "last", "is_known"), [(0, 168, True), (1, 167, True), (2, 168, False), (0, 166, False)]
)
def test_there_is_a_trend_of_the_week_only_where_both_of_its_ends_are_known(first: float, last: float, is_known: bool):
    points = ((hour(first).timestamp(), Decimal("0.9")), (hour(last).timestamp(), Decimal("0.7")))
    found = made(measured=replace(WHOLE, left={KEY: points})).decisions

    assert not isinstance(found, Missing)
    assert [one.trend for one in found.found] == [Decimal("-0.2000") if is_known else None]


def action(text: str, *, due: date | None = None, status: str = "open", closed_on: date | None = None) -> ActionItem:
    place = Place("postmortems/a.md", 1, 1, 2)
    return ActionItem("inc-20261123-aaaaa", text, "prevent", "ada", due, "", status, place, closed_on)


def test_actions_are_open_until_they_are_done_and_overdue_from_the_day_after():
    found = made(
        actions=(
            action("some day"),
            action("on Sunday", due=date(2026, 11, 29)),
            action("on Saturday", due=date(2026, 11, 28)),
            action("done on Monday after", status="done", closed_on=date(2026, 11, 30), due=date(2026, 11, 20)),
            action("done this week", status="done", closed_on=date(2026, 11, 25)),
            action("done long ago", status="done", closed_on=date(2026, 10, 25)),
            action("dropped", status="dropped"),
        )
    ).actions

    assert not isinstance(found, Missing)
    assert [(one.text, one.days_overdue) for one in found.open] == [
        ("done on Monday after", 9),
        ("on Saturday", 1),
        ("on Sunday", 0),
        ("some day", 0),
    ]
    assert (found.overdue, found.done) == (2, 1)


def test_the_week_is_told_with_the_instant_that_it_is_as_of():
    week = made().week

    assert (week.name, week.is_whole) == ("2026-W48", True)
    assert (week.start_utc, week.as_of_utc) == (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC))
