"""What a report says. Templates read these by their names, and the JSON is these by their names: docs/report.md.

Ratios are of a whole budget unless they say otherwise: 1 is all of it. What is not known is None, with the reason
beside it; a source that is not there is a Missing in the place of what it would have said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from sretool.money import Amount
from sretool.report.facts import Missing

VERSION: Final = 1
_WORTH_TELLING: Final = Decimal("0.01")
Kind = Literal["slo", "invariant", "service", "server"]
State = Literal["freeze", "violated", "unknown", "exception", "caution", "ship", ""]


@dataclass(frozen=True, slots=True)
class WeekShown:
    name: str
    start_utc: datetime
    as_of_utc: datetime
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """An exception to the policy; it counts up to and with its last day, UTC."""

    reason: str
    approver: str
    until: date


@dataclass(frozen=True, slots=True)
class Decision:
    """What is demanded of a subject, and why. `state` is empty where there is no policy.

    It is violated where what must never happen did, within the week, whether or not that still closes the gate.
    `trend` is how much more of the budget is left than when the week began, `spent` how much went in it.
    """

    subject: str
    kind: Kind
    state: State
    words: str
    verdict: str = ""
    budget_left: Decimal | None = None
    trend: Decimal | None = None
    spent: Decimal | None = None
    exception: Agreed | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Worst first, and how many there are of each state. `notes` tell of exceptions that are over, for one."""

    policy: str | Missing
    found: tuple[Decision, ...]
    counts: Mapping[State, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What an incident spent of a budget; without an id, what no incident went on during."""

    incident_id: str
    bad_events: int
    spent: Decimal | None


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one SLO, or group, the week's events and what spent them: the parts sum to `bad_events` and to `spent`.

    `allowed_events` may be bad in a whole period. `source` is where the events come from: counters, or recorded series.
    """

    slo: str
    objective: str
    period: str
    source: Literal["counted", "recorded", ""]
    bad_events: int | None
    all_events: int | None
    allowed_events: int | None
    spent: Decimal | None
    budget_left: Decimal | None
    parts: tuple[Part, ...] = ()
    reason: str = ""

    @property
    def worth_telling(self) -> bool:
        """Whether it spent a hundredth of its budget, or nobody knows."""
        return self.spent is None or self.spent >= _WORTH_TELLING


@dataclass(frozen=True, slots=True)
class InvariantWeek:
    """`rises` is by how much its counter rose; `measured` the share of the week's hours at whose end it was there."""

    name: str
    description: str
    state: Literal["held", "violated", "in doubt", "no data"]
    rises: Decimal
    violated_at_utc: tuple[datetime, ...]
    measured: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyWeek:
    """What was billed, voided and billed wrongly in the week; what is late and unbilled at its end, and was before."""

    currency: str
    billed: Amount | None
    voided: Amount | None
    late_unbilled: Amount | None
    late_unbilled_before: Amount | None
    mis_billed: Amount | None


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts by currency, and invoices: due in time or not, and equal to their recount or not."""

    currencies: tuple[CurrencyWeek, ...]
    invoices_on_time: int | None
    invoices_missed: int | None
    rechecked_match: int | None
    rechecked_mismatch: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentWeek:
    """An incident of the week, as it stood at its end. `spent` is by SLO, `postmortem` a path of the root or empty."""

    incident_id: str
    title: str
    severity: str
    status: str
    service: str
    slo: str
    opened_at_utc: datetime
    acknowledged_at_utc: datetime | None
    resolved_at_utc: datetime | None
    spent: Mapping[str, Decimal]
    postmortem: str
    pagerduty_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """An alert that paged for a burn, and whether real spending was its cause: `loss_spent` is what that took.

    `spent` had gone when it fired. `incident_id` is that of the incident which it belongs to, or empty.
    """

    started_at_utc: datetime
    ended_at_utc: datetime | None
    slo: str
    tier: str
    is_matched: bool
    spent: Decimal
    loss_spent: Decimal | None
    incident_id: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A stretch in which real spending took much of a budget. `spent_when_paged` is None where nothing paged for it."""

    started_at_utc: datetime
    ended_at_utc: datetime
    slo: str
    spent: Decimal
    bad_events: int
    is_paged: bool
    spent_when_paged: Decimal | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many of so many; from five on with Wilson's interval of 95%."""

    hits: int
    of: int
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A page that is not about a budget: data that are gone, or an invariant."""

    started_at_utc: datetime
    ended_at_utc: datetime | None
    alert: str
    subject: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Precision is of pages, recall of losses, which spend at least `least_loss`. `by_hour` is by day and hour, UTC;
    of the SLOs in `unjudged` nothing was recorded.
    """

    least_loss: Decimal
    pages: tuple[Page, ...]
    losses: tuple[Loss, ...]
    others: tuple[OtherPage, ...]
    precision: Ratio
    recall: Ratio
    spent_when_paged_median: Decimal | None
    spent_when_paged_max: Decimal | None
    by_hour: tuple[tuple[int, ...], ...]
    unjudged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a postmortem, the page at `page`, says is to be done. `due` is None where that says no day."""

    incident_id: str
    text: str
    type: str
    owner: str
    due: date | None
    days_overdue: int
    page: str


@dataclass(frozen=True, slots=True)
class Actions:
    """Those that are open, the longest overdue first; how many are overdue, and how many were done in the week."""

    open: tuple[Action, ...]
    overdue: int
    done: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the week in which nothing was recorded of some SLOs."""

    started_at_utc: datetime
    ended_at_utc: datetime
    slos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """An SLO that was not seen all week: the share of the week in which something was recorded of it."""

    slo: str
    coverage: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """Bad events of the week, where counters and recorded series are more than a point of the budget apart."""

    slo: str
    counted: int
    recorded: int


@dataclass(frozen=True, slots=True)
class Quality:
    """What makes the figures doubtful. `missing` are sources, `doubts` and `notes` come with an SLO's figures."""

    missing: tuple[str, ...]
    seen: tuple[Seen, ...] = ()
    gaps: tuple[Gap, ...] = ()
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report, in the order in which it is read."""

    version: int
    week: WeekShown
    services: tuple[str, ...]
    decisions: Decisions | Missing
    budgets: tuple[Budget, ...] | Missing
    invariants: tuple[InvariantWeek, ...] | Missing
    money: Money | Missing
    incidents: tuple[IncidentWeek, ...] | Missing
    pages: Pages | Missing
    actions: Actions | Missing
    quality: Quality
