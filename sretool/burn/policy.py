"""What the policy demands of each SLO: ship, ship with care, freeze; and who agreed to an exception.

The gate, `sretool policy check` and the weekly report say the same of the same figures: all of it rests on the gate's
reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from sretool.burn import gate
from sretool.burn.evaluate import Standing, as_shown
from sretool.burn.figures import NoData
from sretool.burn.status import Status
from sretool.model.slo import Service
from sretool.settings.policy import AgreedException, Policy

State = Literal["freeze", "unknown", "exception", "caution", "ship"]
WORST_FIRST: Final[tuple[State, ...]] = ("freeze", "unknown", "exception", "caution", "ship")
_MEANING: Final[Mapping[State, str]] = {
    "freeze": "freeze, only what makes the service more reliable ships",
    "unknown": "unknown, which is closed until it is known",
    "exception": "exception, changes ship as somebody agreed",
    "caution": "caution, changes ship with care",
    "ship": "ship",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What is demanded of a subject, an SLO or a group of it, an invariant, a service or the server, and why.

    `left` is the budget that is left, None where there is no budget. `exception` is the one that holds: in the state of
    that name it lifts the freeze, in another something is wrong that it does not lift, and the words name both.
    """

    subject: str
    state: State
    words: str = ""
    left: Decimal | NoData | None = None
    exception: AgreedException | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """All demands at one instant, worst first, the gate's decision by the same policy, and what else is to be known."""

    at: float
    demands: tuple[Demand, ...]
    decision: gate.Decision
    notes: tuple[str, ...]

    @property
    def state(self) -> State:
        """The worst."""
        return self.demands[0].state if self.demands else "ship"

    @property
    def words(self) -> str:
        """What the state means for whoever wants to ship."""
        if self.state == "unknown" and self.decision.is_open:
            return "unknown, and that is let through (on_no_data: open): changes ship with care"
        return _MEANING[self.state]


def demand(standing: Standing, policy: Policy, today: date) -> Demand:
    """Of one SLO, or of one group. Exceptions end with their last day, UTC."""
    reasons = list(gate.reasons(standing, policy, today))
    if reasons:
        return _closed(standing.full_name, reasons, left=as_shown(standing).left)
    words = "; ".join(_cautions(standing, policy))
    return Demand(standing.full_name, "caution" if words else "ship", words, standing.left)


def demands(status: Status, policy: Policy) -> tuple[Demand, ...]:
    """Of all that was asked about, worst first."""
    today = gate.day_of(status)
    found = [demand(one, policy, today) for one in status.standings]
    for one in status.invariants:
        reasons = list(gate.invariant_reasons(one))
        found.append(_closed(one.full_name, reasons) if reasons else Demand(one.full_name, "ship"))
    for service in status.service_alerts:
        found += [_closed(service, [reason]) for reason in gate.service_reasons(status, service)]
    found += [_closed(reason.subject, [reason]) for reason in gate.server_reasons(status)]
    return tuple(sorted(found, key=lambda one: (WORST_FIRST.index(one.state), one.subject)))


def review(status: Status, policy: Policy, services: Sequence[Service]) -> Review:
    """What the policy demands of what was asked about. `services` are all that are promised, also where less was."""
    notes = (*gate.over(status, policy), *strangers(policy, services))
    return Review(status.at, demands(status, policy), gate.decide(status, policy), notes)


def strangers(policy: Policy, services: Iterable[Service]) -> tuple[str, ...]:
    """Exceptions that are about nothing that is promised, in words: mostly a name that has changed."""
    names = [slo.full_name for service in services for slo in service.slos]
    return tuple(
        f"the exception for {one.subject}, until {one.until}, is about nothing that is promised here"
        for one in policy.exceptions
        if not any(map(one.covers, names))
    )


def _closed(subject: str, reasons: Sequence[gate.Reason], *, left: Decimal | NoData | None = None) -> Demand:
    """What is known comes first, then what is not; an exception helps only where it lifts all there is."""
    words = "; ".join(map(gate.in_words, reasons))
    agreed = next((reason.agreed for reason in reasons if reason.agreed is not None), None)
    if any(not reason.is_unknown and reason.agreed is None for reason in reasons):
        return Demand(subject, "freeze", words, left, agreed)
    if any(reason.is_unknown for reason in reasons):
        return Demand(subject, "unknown", words, left, agreed)
    return Demand(subject, "exception", words, left, agreed)


def _cautions(standing: Standing, policy: Policy) -> Iterable[str]:
    if isinstance(standing.left, Decimal) and standing.left < policy.caution_below:
        yield f"{gate.percent(standing.left)} of the budget is left, below {gate.percent(policy.caution_below)}"
    if standing.burning:
        yield f"it burns ({', '.join(burning.burn_tier for burning in standing.burning)})"
    yield from gate.unfired(standing)
