"""The account: who is in it, its incidents, and what may happen to them.

It knows neither HTTP nor JSON. `now` comes in with every change; identifiers are counted, not drawn, so that the same
requests leave the same account.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Status = Literal["triggered", "acknowledged", "resolved"]
Urgency = Literal["high", "low"]
Via = Literal["rest", "events"]

NOTES_MAX = 2_000


class AlreadyOpen(Exception):
    """An open incident of this service has this key."""


class AlreadyResolved(Exception):
    """A resolved incident does not change any more."""


class AlreadyAcknowledged(Exception):
    """Somebody is at it."""


class TooManyNotes(Exception):
    """An incident holds 2,000 notes."""


@dataclass(frozen=True, slots=True)
class Named:
    """A service or a priority."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the account. They are made up by whoever starts the sandbox, and never real."""

    api_key: str
    routing_key: str

    def __post_init__(self) -> None:
        if len(self.routing_key) != 32:
            raise ValueError(f"a routing key has 32 characters, not {len(self.routing_key)}")


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    content: str
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`kind` is PagerDuty's, without its ending: trigger, notify, acknowledge, resolve, annotate.

    `content` is what a note says.
    """

    id: str
    kind: str
    at: datetime
    by: str
    summary: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What the Events API attaches to an incident. Its key, the dedup_key, is the incident's."""

    summary: str
    severity: str


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody was woken."""

    incident_id: str
    key: str
    title: str
    service_id: str
    via: Via
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    number: int
    title: str
    service: Named
    key: str
    via: Via
    urgency: Urgency
    created_at: datetime
    changed_at: datetime
    changed_by: str
    details: str = ""
    priority: Named | None = None
    status: Status = "triggered"
    acknowledged_at: datetime | None = None
    acknowledged_by: Person | None = None
    resolved_at: datetime | None = None
    alert: Alert | None = None
    notes: tuple[Note, ...] = ()
    log: tuple[LogEntry, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"


@dataclass(frozen=True, slots=True)
class Draft:
    """An incident that somebody wants to open."""

    title: str
    service: Named
    key: str = ""
    urgency: Urgency = "high"
    details: str = ""
    priority: Named | None = None
    alert: Alert | None = None


@dataclass(slots=True)
class Account:
    """Changed in place, by one caller at a time.

    `are_keys_shared`: whether each API finds by its key what the other has opened. The REST API's own words ("Open
    incident with matching dedup key already exists on this service") suggest it, and no document says so; False is the
    worse world, in which the same key over both opens two incidents.
    """

    keys: Keys
    services: tuple[Named, ...]
    people: tuple[Person, ...]
    priorities: tuple[Named, ...] = (Named("PSEV1", "SEV-1"), Named("PSEV2", "SEV-2"), Named("PSEV3", "SEV-3"))
    are_keys_shared: bool = True
    incidents: dict[str, Incident] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    counted: int = 0

    @property
    def on_call(self) -> Person:
        return self.people[0]

    @property
    def integrated(self) -> Named:
        """The service that the routing key belongs to."""
        return self.services[0]

    def open_with(self, key: str, service: Named, *, via: Via) -> Incident | None:
        """The open incident of a service that has this key, as far as the API asked can see it."""
        seen = (one for one in self.incidents.values() if self.are_keys_shared or one.via == via)
        return next((one for one in seen if one.is_open and one.service == service and one.key == key), None)

    def open(self, draft: Draft, *, via: Via, by: str, now: datetime) -> Incident:
        """Opens an incident, and pages whoever is on call if it is urgent. Raises AlreadyOpen."""
        key = draft.key or self._next("K")
        if self.open_with(key, draft.service, via=via) is not None:
            raise AlreadyOpen(key)
        identifier = self._next("Q")
        made = Incident(
            id=identifier,
            number=len(self.incidents) + 1,
            title=draft.title,
            service=draft.service,
            key=key,
            via=via,
            urgency=draft.urgency,
            created_at=now,
            changed_at=now,
            changed_by=by,
            details=draft.details,
            priority=draft.priority,
            alert=draft.alert,
        )
        kept = self._log(made, "trigger", by=by, summary=f"Triggered through the {via} API", now=now)
        return self._page(kept, now=now) if draft.urgency == "high" else kept

    def attach(self, incident: Incident, alert: Alert, *, now: datetime) -> Incident:
        """A trigger for an incident that is open: its alert is replaced and nobody is paged again."""
        found = replace(incident, alert=alert)
        return self._log(found, "trigger", by="Events API", summary=alert.summary, now=now)

    def acknowledge(self, incident: Incident, *, by: str, person: Person | None, now: datetime) -> Incident:
        """Raises AlreadyResolved, AlreadyAcknowledged."""
        _require_open(incident)
        if incident.status == "acknowledged":
            raise AlreadyAcknowledged(incident.id)
        taken = replace(incident, status="acknowledged", acknowledged_at=now, acknowledged_by=person)
        return self._log(taken, "acknowledge", by=by, summary=f"Acknowledged by {by}", now=now)

    def resolve(self, incident: Incident, *, by: str, now: datetime) -> Incident:
        """Raises AlreadyResolved."""
        _require_open(incident)
        closed = replace(incident, status="resolved", resolved_at=now)
        return self._log(closed, "resolve", by=by, summary=f"Resolved by {by}", now=now)

    def change(
        self, incident: Incident, *, title: str | None, urgency: Urgency | None, priority: Named | None, now: datetime
    ) -> Incident:
        """What is None stays as it is. An incident that becomes urgent pages. Raises AlreadyResolved."""
        _require_open(incident)
        changed = replace(
            incident,
            title=title or incident.title,
            urgency=urgency or incident.urgency,
            priority=priority or incident.priority,
            changed_at=now,
        )
        self.incidents[changed.id] = changed
        is_new_page = changed.urgency == "high" and incident.urgency == "low"
        return self._page(changed, now=now) if is_new_page else changed

    def annotate(self, incident: Incident, content: str, *, by: Person, now: datetime) -> Note:
        """A note, on resolved incidents too. Nothing tells two notes of the same content apart. Raises TooManyNotes."""
        if len(incident.notes) >= NOTES_MAX:
            raise TooManyNotes(incident.id)
        note = Note(self._next("P"), content, by, now)
        entry = replace(self._entry("annotate", by=by.name, summary=f"Noted by {by.name}", now=now), content=content)
        self.incidents[incident.id] = replace(incident, notes=(*incident.notes, note), log=(*incident.log, entry))
        return note

    def _page(self, incident: Incident, *, now: datetime) -> Incident:
        who = self.on_call
        self.pages.append(
            Page(incident.id, incident.key, incident.title, incident.service.id, incident.via, who.email, now)
        )
        entry = self._entry("notify", by="PagerDuty", summary=f"Notified {who.name}", now=now)
        self.incidents[incident.id] = replace(incident, log=(*incident.log, entry))
        return self.incidents[incident.id]

    def _log(self, incident: Incident, kind: str, *, by: str, summary: str, now: datetime) -> Incident:
        entry = self._entry(kind, by=by, summary=summary, now=now)
        kept = replace(incident, changed_at=now, changed_by=by, log=(*incident.log, entry))
        self.incidents[kept.id] = kept
        return kept

    def _entry(self, kind: str, *, by: str, summary: str, now: datetime) -> LogEntry:
        return LogEntry(self._next("R"), kind, now, by, summary)

    def _next(self, letter: str) -> str:
        self.counted += 1
        return f"{letter}{self.counted:013d}"


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise AlreadyResolved(incident.id)
