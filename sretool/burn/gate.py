"""Whether a deploy may go ahead, by how its SLOs stand. What is not known closes it, and so does a silenced alert.

A gate that is closed for want of data is told apart from one that is closed because budgets are gone: the one is the
pipeline's trouble, the other the service's. An exception of the policy lifts what is said of the budget that is left,
and nothing else: neither a burn that pages nor want of data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

from sretool.burn.evaluate import Standing
from sretool.burn.figures import Firing, NoData, PeriodFigures
from sretool.burn.invariants import InvariantStanding
from sretool.burn.status import Status
from sretool.burn.together import in_lines, together
from sretool.burn.unfired import early
from sretool.burn.unfired import unfired as unfired_burn
from sretool.settings.policy import AgreedException, Policy

RULES_FAIL: Final = ("SloRulesFailing", "failing")
BUDGET_LEFT_MIN: Final = Decimal("0.1")  # Where nobody has written a policy.


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate is closed, or would be: `is_unknown` where it is for want of data.

    `agreed` is the exception by which it does not close the gate.
    """

    subject: str
    words: str
    is_unknown: bool = False
    agreed: AgreedException | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`reasons` close the gate; `passed_over` would have, had nobody said that want of data may pass; `excepted`, had
    nobody agreed to an exception. `notes` are what else whoever deploys should know.
    """

    reasons: tuple[Reason, ...]
    passed_over: tuple[Reason, ...] = ()
    excepted: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.reasons

    @property
    def is_unknown(self) -> bool:
        """Whether it is closed for nothing but want of data."""
        return bool(self.reasons) and all(reason.is_unknown for reason in self.reasons)


def conditions(
    written: Policy | None,
    *,
    budget_left_min: Decimal | None,
    coverage_min: Decimal | None,
    on_no_data: Literal["close", "open"] | None,
) -> Policy:
    """What the gate goes by: the policy that is written, if one is, and what is asked for instead of parts of it.

    Whoever names the budget that must be left sets the policy aside, its exceptions, too.
    """
    chosen = (written if budget_left_min is None else None) or Policy(BUDGET_LEFT_MIN)
    return replace(
        chosen,
        freeze_below=chosen.freeze_below if budget_left_min is None else budget_left_min,
        min_coverage=chosen.min_coverage if coverage_min is None else coverage_min,
        on_no_data=on_no_data or chosen.on_no_data,
    )


def decide(status: Status, policy: Policy) -> Decision:
    """The known reasons first. An SLO with groups is judged by each, so by the worst."""
    today = day_of(status)
    found = [
        *(reason for one in status.invariants for reason in invariant_reasons(one)),
        *(reason for one in status.standings for reason in reasons(one, policy, today)),
        *(reason for service in status.service_alerts for reason in service_reasons(status, service)),
        *server_reasons(status),
    ]
    known = tuple(reason for reason in found if not reason.is_unknown and reason.agreed is None)
    unknown = tuple(reason for reason in found if reason.is_unknown)
    excepted = tuple(reason for reason in found if reason.agreed is not None)
    notes = (
        *over(status, policy),
        *in_lines((one.full_name, words) for one in status.standings for words in unfired(one)),
    )
    if policy.on_no_data == "open":
        return Decision(known, unknown, excepted, notes)
    return Decision((*known, *unknown), (), excepted, notes)


def day_of(status: Status) -> date:
    """The day of UTC on which the status is, by which exceptions end."""
    return datetime.fromtimestamp(status.at, UTC).date()


def over(status: Status, policy: Policy) -> tuple[str, ...]:
    """Exceptions that counted once for what was asked about, in words."""
    ended = policy.over((one.slo.full_name for one in status.standings), day_of(status))
    return tuple(
        f"the exception for {one.subject} ended on {one.until} and counts for nothing (approved by {one.approver}: "
        f"{one.reason})"
        for one in ended
    )


def said_once(reasons: Iterable[Reason]) -> list[tuple[str, str]]:
    """Subjects and what holds for them; what holds for many is said once."""
    return together((reason.subject, in_words(reason)) for reason in reasons)


def in_words(reason: Reason) -> str:
    """What is said of the subject; of an exception who agreed to it, until when, and why."""
    return reason.words if reason.agreed is None else f"{reason.words}; {exception_words(reason.agreed)}"


def exception_words(agreed: AgreedException) -> str:
    return f"an exception holds until {agreed.until}, approved by {agreed.approver}: {agreed.reason}"


def invariant_reasons(one: InvariantStanding) -> Iterable[Reason]:
    if one.state == "violated":
        yield Reason(one.full_name, "is violated")
    elif one.state == "no data":
        yield Reason(one.full_name, "nothing measures it", True)


def service_reasons(status: Status, service: str) -> Iterable[Reason]:
    """The pages about a whole service, each once, and that its rules fail: then alerts are blind."""
    for firing in dict.fromkeys(status.service_alerts[service]):
        if firing.severity == "page":
            yield Reason(service, _fires(firing))
        elif (firing.alert, firing.state) == RULES_FAIL:
            yield Reason(service, _fires(firing), True)


def server_reasons(status: Status) -> Iterable[Reason]:
    for words in status.warnings:
        yield Reason("the server", f"its answers are not whole: {words}", True)


def reasons(one: Standing, policy: Policy, today: date) -> Iterable[Reason]:
    """All that speaks against shipping, also what an exception lifts."""
    name, left = one.full_name, one.left
    if isinstance(left, NoData):
        yield Reason(name, f"no data: {left.reason}", True)
    elif left < policy.freeze_below:
        yield Reason(name, _too_little(left, policy.freeze_below), agreed=policy.agreed(one.slo.full_name, today))
    if one.pages:
        tiers = ", ".join(burning.burn_tier for burning in one.burning if burning.severity == "page")
        silenced = any(firing.silenced and firing.severity == "page" for firing in one.figures.firing)
        yield Reason(name, f"it burns fast enough to page ({tiers}){', silenced or not' if silenced else ''}")
    elif one.pages_soon:
        yield from (Reason(name, words, True) for words in early(one))
    for firing in one.figures.firing:
        if firing.severity == "page" and not firing.is_burn:
            yield Reason(name, _fires(firing))
    period = one.figures.period
    if isinstance(period, PeriodFigures) and period.coverage < policy.min_coverage:
        seen, asked = percent(period.coverage), percent(policy.min_coverage)
        yield Reason(name, f"{seen} of its period has been seen, {asked} is asked", True)
    yield from (Reason(name, doubt, True) for doubt in one.doubts)


def unfired(one: Standing) -> Iterable[str]:
    """A burn of which no alert fires, and that closes nothing."""
    yield from (() if one.pages_soon else early(one))
    yield from unfired_burn(one)


def _too_little(left: Decimal, asked: Decimal) -> str:
    """Nobody thinks in budgets of which less than nothing is left."""
    if left >= 0:
        return f"{percent(left)} of the budget is left, {percent(asked)} is asked"
    overspent = f"its budget is overspent by {percent(left).removeprefix('-')}"
    return f"{overspent}, {percent(asked)} left is asked" if asked else overspent


def _fires(firing: Firing) -> str:
    silenced = ", silenced or not" if firing.silenced else ""
    return f"{firing.alert} {firing.state}".rstrip() + f" fires{silenced}"


def percent(ratio: Decimal) -> str:
    """Rounded down: what is a hair below a bound is not shown as the bound."""
    return f"{(ratio * 100).quantize(Decimal('0.01'), ROUND_FLOOR)}%"
