"""Incidents as they are in a ledger, without one: events in order, a minute a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sretool.incident.events import Action, Event, Happening, Opened, SeenAlert
from sretool.incident.history import Incident, fold

NAME = "inc-20261128-7k3qd"
OPENED = Opened("Orders fail", "sev2", "burns 50x", "shop", "shop/availability")


def at(minute: float) -> datetime:
    return datetime(2026, 11, 28, 3, tzinfo=UTC) + timedelta(minutes=minute)


def event(minute: float, happening: Happening, *tells: Action, number: int = 0, recorded: float | None = None) -> Event:
    """By its number, or by its minute, an event has an id that grows."""
    return Event(
        event_id=f"01KB{number or int(minute * 10):022}",
        incident_id=NAME,
        happening=happening,
        occurred_at_utc=at(minute),
        recorded_at_utc=at(minute if recorded is None else recorded),
        actor="ada@host",
        tells=tells,
    )


def incident(*events: Event) -> Incident:
    """With an opening at the minute 0, unless one of the events is one."""
    opened = () if any(isinstance(one.happening, Opened) for one in events) else (event(0, OPENED, "trigger"),)
    (found,) = fold((*opened, *events))
    return found


def alert(minute: float, name: str = "ErrorBudgetBurn", *, until: float | None = None, **labels: str) -> SeenAlert:
    ended = None if until is None else at(until)
    return SeenAlert(f"f-{name}", name, tuple(sorted(labels.items())), (), at(minute), ended)
