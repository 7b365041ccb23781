"""The box at the top: what each budget, invariant and service demands this week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, get_args

from sretool.burn.evaluate import Standing
from sretool.burn.figures import NoData
from sretool.burn.policy import Demand, Review
from sretool.burn.status import Status
from sretool.model.duration import HOUR
from sretool.report.facts import Asked, Key, Missing
from sretool.report.shares import change, share
from sretool.report.values import Agreed, Budget, Decision, Decisions, InvariantWeek, Kind, State

_NO_POLICY: Final = Missing("there is no policy.yaml: budgets are told, and nothing is demanded of them")
_ORDER: Final[tuple[State, ...]] = get_args(State)


def decisions(
    asked: Asked,
    status: Status,
    review: Review | None,
    *,
    policy: str,
    left: Mapping[Key, Sequence[tuple[float, Decimal]]],
    budgets: Iterable[Budget],
    invariants: Iterable[InvariantWeek],
) -> Decisions:
    """Worst first; without a review, as the policy is not there, by how SLOs stand. `policy` names its file."""
    spent = {one.slo: one.spent for one in budgets}
    found = [_undemanded(one) for one in status.standings] if review is None else _demanded(status, review)
    found = _with_violations(found, [one for one in invariants if one.state == "violated"])
    by_name = {one.full_name: one for one in status.standings}
    shown = [
        replace(
            one, verdict=standing.verdict, trend=trend(left.get(key(standing), ()), asked), spent=spent.get(one.subject)
        )
        if (standing := by_name.get(one.subject))
        else one
        for one in found
    ]
    counted = Counter(one.state for one in shown)
    return Decisions(
        policy=_NO_POLICY if review is None else policy,
        found=tuple(shown),
        counts={state: counted[state] for state in _ORDER if state and counted[state]},
        notes=() if review is None else review.notes,
    )


def key(standing: Standing) -> Key:
    return standing.slo.full_name, standing.group


def trend(points: Sequence[tuple[float, Decimal]], asked: Asked) -> Decimal | None:
    """How much more is left at the last point than at the first; None where either is not within the week's edge hours.

    What was born in the week, or not recorded at an end of it, has no trend of a week.
    """
    hour, week = float(asked.timing.scaled(HOUR).seconds), asked.week
    if len(points) < 2 or points[0][0] > week.start + hour or points[-1][0] < week.end - hour:
        return None
    return change(points[-1][1] - points[0][1])


def _demanded(status: Status, review: Review) -> list[Decision]:
    """Of all SLOs; of invariants, services and the server where something is wrong with them."""
    kinds: dict[str, Kind] = dict.fromkeys((one.full_name for one in status.invariants), "invariant")
    kinds.update(dict.fromkeys(status.service_alerts, "service"))
    kinds.update(dict.fromkeys((one.full_name for one in status.standings), "slo"))
    found = [_decision(one, kinds.get(one.subject, "server")) for one in review.demands]
    return [one for one in found if one.kind == "slo" or one.state != "ship"]


def _with_violations(found: Iterable[Decision], violations: Iterable[InvariantWeek]) -> list[Decision]:
    """What must never happen is decided about, also when its hour is over, and the gate open again."""
    by_name = {one.name: one for one in violations}
    known = [
        _violated(one, by_name.pop(one.subject)) if one.kind == "invariant" and one.subject in by_name else one
        for one in found
    ]
    known += [_violated(Decision(name, "invariant", "violated", ""), one) for name, one in by_name.items()]
    return sorted(known, key=lambda one: (_ORDER.index(one.state), one.subject))


def _violated(one: Decision, week: InvariantWeek) -> Decision:
    """A freeze stays one; what is unknown is at least known to have happened."""
    first = week.violated_at_utc[0]
    happened = (
        f"what must never happen did: rose by {week.rises:,f}, first in the hour up to {first:%Y-%m-%d %H:%M} UTC"
    )
    state: State = "freeze" if one.state == "freeze" else "violated"
    return replace(one, state=state, words="; ".join(filter(None, (one.words, happened))))


def _decision(demand: Demand, kind: Kind) -> Decision:
    agreed = demand.exception
    exception = None if agreed is None else Agreed(agreed.reason, agreed.approver, agreed.until)
    left = None if demand.left is None else _left(demand.left)
    return Decision(demand.subject, kind, demand.state, demand.words, budget_left=left, exception=exception)


def _undemanded(one: Standing) -> Decision:
    words = "; ".join((one.left.reason, *one.doubts) if isinstance(one.left, NoData) else one.doubts)
    return Decision(one.full_name, "slo", "", words, budget_left=_left(one.left))


def _left(ratio: Decimal | NoData) -> Decimal | None:
    return None if isinstance(ratio, NoData) else share(ratio)
