"""What happens to an incident, as it is written down: never changed later, and one line of the ledger each.

An event holds what is to be told of it, too: a page that is due cannot be torn from the opening that demands it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, get_args

Severity = Literal["sev1", "sev2", "sev3", "sev4"]
Action = Literal["trigger", "acknowledge", "resolve", "note"]
Outcome = Literal["delivered", "later", "refused", "superseded"]
Route = Literal["", "rest", "events"]
Origin = Literal["cli", "alertmanager", "prometheus", "outbox"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Opened:
    """`slo` is a full name, service/slo, or empty. `group` is the Alertmanager's key of a group of alerts, or empty."""

    title: str
    severity: Severity
    severity_reason: str
    service: str = ""
    slo: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class SeveritySet:
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    by: str


@dataclass(frozen=True, slots=True)
class Noted:
    text: str


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert as an Alertmanager told of it. `ended_at_utc` is None while it fires."""

    fingerprint: str
    name: str
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    started_at_utc: datetime
    ended_at_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertsSeen:
    alerts: tuple[SeenAlert, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How an SLO, or an invariant, stood. What is not known is None, and `doubts` say why.

    Ratios are of the budget, burn rates by window. `runbook` is a link, or a path in the repository.
    """

    slo: str
    verdict: str
    budget_left: Decimal | None = None
    burn_rates: tuple[tuple[str, Decimal], ...] = ()
    firing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Prometheus said at an instant; or, with `failure`, why it said nothing, and what is known without it."""

    at_utc: datetime
    readings: tuple[Reading, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    resolution: str


@dataclass(frozen=True, slots=True)
class DeliveryTried:
    """What became of an attempt. `reference` is PagerDuty's id of the incident, where it is known, `url` its page.

    `may_be_done`: no answer came that rules out that PagerDuty did what it was asked.
    """

    delivery_id: str
    outcome: Outcome
    words: str
    route: Route = ""
    reference: str = ""
    url: str = ""
    may_be_done: bool = False


@dataclass(frozen=True, slots=True)
class PostmortemWritten:
    """`path` is relative to the root of the repository."""

    path: str


Happening = (
    Opened | SeveritySet | Acknowledged | Noted | AlertsSeen | Snapshot | Resolved | DeliveryTried | PostmortemWritten
)
# By the name that a line of the ledger has.
KINDS: Final[dict[str, type[Happening]]] = {
    "opened": Opened,
    "severity_set": SeveritySet,
    "acknowledged": Acknowledged,
    "noted": Noted,
    "alerts_seen": AlertsSeen,
    "snapshot": Snapshot,
    "resolved": Resolved,
    "delivery_tried": DeliveryTried,
    "postmortem_written": PostmortemWritten,
}


@dataclass(frozen=True, slots=True)
class Event:
    """`event_id` is a ULID, which grows within a writer. `occurred_at_utc` is what its author says; never later than
    `recorded_at_utc`. `actor` is user@host. `tells` are the deliveries that it asks for.
    """

    event_id: str
    incident_id: str
    happening: Happening
    occurred_at_utc: datetime
    recorded_at_utc: datetime
    actor: str
    origin: Origin = "cli"
    tells: tuple[Action, ...] = ()
