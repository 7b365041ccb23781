"""Whether a deploy may go ahead, by how its SLOs stand. What is not known closes it, and so does a silenced alert.

A gate that is closed for want of data is told apart from one that is closed because budgets are gone: the one is the
pipeline's trouble, the other the service's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from sretool.burn.evaluate import Standing
from sretool.burn.figures import Firing, NoData, PeriodFigures
from sretool.burn.status import Status


@dataclass(frozen=True, slots=True)
class Conditions:
    """Ratios: the least budget that must be left, and the least of its period that an SLO must have been seen."""

    budget_left_min: Decimal
    coverage_min: Decimal = Decimal(0)
    on_no_data: Literal["close", "open"] = "close"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate is closed, or would be: `is_unknown` where it is for want of data."""

    subject: str
    words: str
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`reasons` close the gate; `passed_over` would have, had nobody said that want of data may pass."""

    reasons: tuple[Reason, ...]
    passed_over: tuple[Reason, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.reasons

    @property
    def is_unknown(self) -> bool:
        """Whether it is closed for nothing but want of data."""
        return bool(self.reasons) and all(reason.is_unknown for reason in self.reasons)


def decide(status: Status, conditions: Conditions) -> Decision:
    """The known reasons first. An SLO with groups is judged by each, so by the worst."""
    found = [
        *(Reason(one.full_name, "is violated") for one in status.invariants if one.state == "violated"),
        *(reason for one in status.standings for reason in _reasons(one, conditions)),
        *(
            Reason(service, _fires(firing))
            for service, all_firing in status.service_alerts.items()
            for firing in all_firing
            if firing.severity == "page"
        ),
        *(Reason(one.full_name, "nothing measures it", True) for one in status.invariants if one.state == "no data"),
        *(Reason("the server", f"its answers are not whole: {words}", True) for words in status.warnings),
    ]
    known = tuple(reason for reason in found if not reason.is_unknown)
    unknown = tuple(reason for reason in found if reason.is_unknown)
    return Decision(known, unknown) if conditions.on_no_data == "open" else Decision((*known, *unknown))


def _reasons(one: Standing, conditions: Conditions) -> Iterable[Reason]:
    name, left = one.full_name, one.left
    if isinstance(left, NoData):
        yield Reason(name, f"no data: {left.reason}", True)
    elif left < conditions.budget_left_min:
        yield Reason(name, f"{_percent(left)} of the budget is left, {_percent(conditions.budget_left_min)} is asked")
    if one.pages:
        tiers = ", ".join(burning.burn_tier for burning in one.burning if burning.severity == "page")
        silenced = any(firing.silenced and firing.severity == "page" for firing in one.figures.firing)
        yield Reason(name, f"it burns fast enough to page ({tiers}){', silenced or not' if silenced else ''}")
    for firing in one.figures.firing:
        if firing.severity == "page" and not firing.is_burn:
            yield Reason(name, _fires(firing))
    period = one.figures.period
    if isinstance(period, PeriodFigures) and period.coverage < conditions.coverage_min:
        seen, asked = _percent(period.coverage), _percent(conditions.coverage_min)
        yield Reason(name, f"{seen} of its period has been seen, {asked} is asked", True)
    yield from (Reason(name, doubt, True) for doubt in one.doubts)


def _fires(firing: Firing) -> str:
    silenced = ", silenced or not" if firing.silenced else ""
    return f"{firing.alert} {firing.state}".rstrip() + f" fires{silenced}"


def _percent(ratio: Decimal) -> str:
    """Rounded down: what is a hair below a bound is not shown as the bound."""
    return f"{(ratio * 100).quantize(Decimal('0.01'), ROUND_FLOOR)}%"
