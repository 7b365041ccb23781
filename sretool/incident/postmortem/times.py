"""When it was seen, paged, acknowledged and resolved, as the incident's events say; and how long that took.

Times are told to the second. One that is not known says why, and is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sretool.incident.events import AlertsSeen, DeliveryTried, Event
from sretool.incident.history import Delivery, Incident
from sretool.incident.postmortem import form
from sretool.incident.wording import span

_LENGTHS: Final = (
    (form.BEGAN, form.DETECTED),
    (form.DETECTED, form.PAGED),
    (form.PAGED, form.ACKNOWLEDGED),
    (form.BEGAN, form.ENDED),
    (form.BEGAN, form.RESOLVED),
)


@dataclass(frozen=True, slots=True)
class Time:
    """A row of the table of times: `words` say why it is not known, where `at` is None. `source` is who says so."""

    name: str
    at: datetime | None
    source: str
    words: str = ""

    @property
    def told(self) -> str:
        return self.words if self.at is None else rfc3339(self.at)


@dataclass(frozen=True, slots=True)
class Length:
    """How long it was from one time to another, in words."""

    since: str
    until: str
    told: str


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_source(event: Event) -> str:
    """Where to look it up: in the incident ledger."""
    return f"event {event.event_id}{', recorded afterwards' if _is_late(event) else ''}"


def detected(incident: Incident) -> Time:
    """By the first alert that was told of, or by whoever opened it, whichever was earlier."""
    opening = incident.events[0]
    seen = [
        (alert.started_at_utc, f"alert {alert.name}, {event_source(event)}")
        for event, alerts in incident.all(AlertsSeen)
        for alert in alerts.alerts
    ]
    at, source = min([*seen, (incident.opened_at_utc, f"it was opened, {event_source(opening)}")])
    return Time(form.DETECTED, _second(at), source)


def paged(incident: Incident) -> Time:
    """By the first page that PagerDuty took."""
    pages = [one for one in incident.deliveries if one.action == "trigger"]
    for event, tried in incident.all(DeliveryTried):
        if tried.outcome == "delivered" and tried.delivery_id in {one.delivery_id for one in pages}:
            return Time(form.PAGED, _second(event.occurred_at_utc), f"PagerDuty took it, {event_source(event)}")
    return Time(form.PAGED, None, "", _no_page(pages))


def acknowledged(incident: Incident) -> Time:
    if incident.acknowledgement is None:
        words = "never: it was resolved without" if incident.status == "resolved" else "not yet: nobody has taken it on"
        return Time(form.ACKNOWLEDGED, None, "", words)
    event, by = incident.acknowledgement
    return Time(form.ACKNOWLEDGED, _second(event.occurred_at_utc), f"{by.by}, {event_source(event)}")


def resolved(incident: Incident) -> Time:
    if incident.resolution is None:
        return Time(form.RESOLVED, None, "", "not yet: the incident is open")
    event, _ = incident.resolution
    return Time(form.RESOLVED, _second(event.occurred_at_utc), event_source(event))


def lengths(times: Sequence[Time]) -> Iterator[Length]:
    """From one time to the next, where both are in the table."""
    by_name = {time.name: time for time in times}
    for since, until in _LENGTHS:
        yield Length(since, until, _length(by_name[since], by_name[until]))


def _length(since: Time, until: Time) -> str:
    if since.at is None or until.at is None:
        missing = since if since.at is None else until
        return f"not known: {missing.name} is not known"
    if until.at < since.at:
        return f"none: {until.name} was before {since.name}"
    return span(until.at - since.at)


def _no_page(pages: Sequence[Delivery]) -> str:
    if not pages:
        return "not known: no key of PagerDuty's was there, so that nobody was paged by sretool"
    last = pages[0].attempts[-1][1].words if pages[0].attempts else ""
    because = f" ({last})" if last else ""
    match pages[0].state:
        case "superseded":
            return f"never: it was over before PagerDuty took it{because}"
        case "refused":
            return f"never: PagerDuty refused it{because}"
        case _:
            return f"not yet: PagerDuty has not taken it{because}"


def _is_late(event: Event) -> bool:
    return (event.recorded_at_utc - event.occurred_at_utc).total_seconds() >= 1


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
