"""Incidents, folded from what happened to them. Nothing is kept that is not folded again from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from sretool.incident.events import (
    Acknowledged,
    Action,
    AlertsSeen,
    DeliveryTried,
    Event,
    Happening,
    Noted,
    Opened,
    PostmortemWritten,
    Resolved,
    SeenAlert,
    Severity,
    SeveritySet,
    Snapshot,
)

Status = Literal["open", "acknowledged", "resolved"]
DeliveryState = Literal["pending", "delivered", "refused", "superseded"]
_KEY_LENGTH_MAX: Final = 255  # PagerDuty's bound.
H = TypeVar("H", bound=Happening)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that PagerDuty is to be told, and the attempts so far, in order. It is called as its event is."""

    event: Event
    action: Action
    attempts: tuple[tuple[datetime, DeliveryTried], ...] = ()

    @property
    def delivery_id(self) -> str:
        return delivery_id(self.event, self.action)

    @property
    def verdict(self) -> DeliveryTried | None:
        """The attempt that says how it stands, if there was any: what was delivered stays so, whoever else has tried it
        since, in a copy of the ledger that did not know.
        """
        delivered = (tried for _, tried in self.attempts if tried.outcome == "delivered")
        return next(delivered, self.attempts[-1][1] if self.attempts else None)

    @property
    def state(self) -> DeliveryState:
        verdict = self.verdict
        return "pending" if verdict is None or verdict.outcome == "later" else verdict.outcome


def delivery_id(event: Event, action: Action) -> str:
    return f"{event.event_id}/{action}"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident by its events, in order; the first is its opening, and it is never empty."""

    events: tuple[Event, ...]
    opened: Opened

    @property
    def incident_id(self) -> str:
        return self.events[0].incident_id

    @property
    def title(self) -> str:
        return self.opened.title

    @property
    def service(self) -> str:
        return self.opened.service

    @property
    def slo(self) -> str:
        """Its full name, or empty."""
        return self.opened.slo

    @property
    def key(self) -> str:
        """What PagerDuty knows it by: the same whenever, wherever and however often it is told."""
        _, _, slo = self.slo.partition("/")
        key = f"sretool/v1/{self.service or '-'}/{slo or '-'}/{self.incident_id}"
        return key if len(key) <= _KEY_LENGTH_MAX else f"sretool/v1/-/-/{self.incident_id}"

    @property
    def severity(self) -> Severity:
        return self.severities[-1][1]

    @property
    def severities(self) -> tuple[tuple[datetime, Severity, str], ...]:
        """Every severity that it had, since when and why."""
        first = (self.events[0].occurred_at_utc, self.opened.severity, self.opened.severity_reason)
        changes = [(event.occurred_at_utc, set_.severity, set_.reason) for event, set_ in self.all(SeveritySet)]
        return (first, *changes)

    @property
    def status(self) -> Status:
        if self.resolution is not None:
            return "resolved"
        return "open" if self.acknowledgement is None else "acknowledged"

    @property
    def opened_at_utc(self) -> datetime:
        return self.events[0].occurred_at_utc

    @property
    def acknowledgement(self) -> tuple[Event, Acknowledged] | None:
        """The first."""
        return next(self.all(Acknowledged), None)

    @property
    def resolution(self) -> tuple[Event, Resolved] | None:
        """The first: what is resolved stays so, and what comes back is another incident."""
        return next(self.all(Resolved), None)

    @property
    def acknowledged_at_utc(self) -> datetime | None:
        return None if self.acknowledgement is None else self.acknowledgement[0].occurred_at_utc

    @property
    def resolved_at_utc(self) -> datetime | None:
        return None if self.resolution is None else self.resolution[0].occurred_at_utc

    @property
    def notes(self) -> tuple[tuple[Event, Noted], ...]:
        return tuple(self.all(Noted))

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        return tuple(snapshot for _, snapshot in self.all(Snapshot))

    @property
    def alerts(self) -> tuple[SeenAlert, ...]:
        """Each as it was told last, in the order of their beginnings."""
        last = {
            (alert.fingerprint, alert.started_at_utc): alert
            for _, seen in self.all(AlertsSeen)
            for alert in seen.alerts
        }
        return tuple(sorted(last.values(), key=lambda alert: (alert.started_at_utc, alert.fingerprint)))

    @property
    def firing(self) -> tuple[SeenAlert, ...]:
        """Those of its alerts whose end nobody has told."""
        return tuple(alert for alert in self.alerts if alert.ended_at_utc is None)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """In the order in which they have to be told."""
        tried: dict[str, list[tuple[datetime, DeliveryTried]]] = {}
        for event, attempt in self.all(DeliveryTried):
            tried.setdefault(attempt.delivery_id, []).append((event.recorded_at_utc, attempt))
        return tuple(
            Delivery(event, action, tuple(tried.get(delivery_id(event, action), ())))
            for event in self.events
            for action in event.tells
        )

    @property
    def pagerduty(self) -> DeliveryTried | None:
        """The last attempt that tells PagerDuty's id of it."""
        return next((tried for _, tried in reversed(tuple(self.all(DeliveryTried))) if tried.reference), None)

    @property
    def postmortem(self) -> str:
        """The path of the last one written, relative to the root, or empty."""
        return next((written.path for _, written in reversed(tuple(self.all(PostmortemWritten)))), "")

    def all(self, kind: type[H]) -> Iterator[tuple[Event, H]]:
        """What happened to it of a kind, in order."""
        return ((event, event.happening) for event in self.events if isinstance(event.happening, kind))


def in_order(events: Iterable[Event]) -> list[Event]:
    """As they were recorded, whoever wrote them."""
    return sorted(events, key=lambda event: (event.recorded_at_utc, event.event_id))


def fold(events: Iterable[Event]) -> tuple[Incident, ...]:
    """All incidents, the first to be opened first. Events of an incident that nobody opened are passed over."""
    by_id: dict[str, list[Event]] = {}
    for event in in_order(events):
        by_id.setdefault(event.incident_id, []).append(event)
    return by_opening(incident for each in by_id.values() if (incident := _incident(each)) is not None)


def by_opening(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """The first to be opened first."""
    return tuple(sorted(incidents, key=lambda incident: (incident.opened_at_utc, incident.incident_id)))


def _incident(events: Sequence[Event]) -> Incident | None:
    """An opening is the first event, also where another writer's clock went ahead of it."""
    opening = next((event for event in events if isinstance(event.happening, Opened)), None)
    if opening is None or not isinstance(opening.happening, Opened):
        return None
    return Incident((opening, *(event for event in events if event is not opening)), opening.happening)
