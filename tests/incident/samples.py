"""Events of every kind, and a ledger whose clock and dice are the test's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sretool.incident.events import (
    Acknowledged,
    AlertsSeen,
    DeliveryTried,
    Happening,
    Noted,
    Opened,
    PostmortemWritten,
    Reading,
    Resolved,
    SeenAlert,
    SeveritySet,
    Snapshot,
)
from sretool.incident.ledger import Draft, Ledger

NIGHT = datetime(2026, 11, 28, 3, 4, 5, 678_901, tzinfo=UTC)
ALERT = SeenAlert(
    fingerprint="f00",
    name="ErrorBudgetBurn",
    labels=(("service", "shop"), ("slo", "availability")),
    annotations=(("summary", "It burns."),),
    started_at_utc=NIGHT,
)
READING = Reading(
    slo="shop/availability",
    verdict="burning",
    budget_left=Decimal("-0.5"),
    burn_rates=(("5m", Decimal("50.0")), ("1h", Decimal(20))),
    firing=("page 1h-5m",),
    doubts=("it is young",),
    runbook="runbooks/shop.md",
)
OPENED = Opened("Orders fail", "sev2", "it was said", service="shop", slo="shop/availability", group="{}:{a}")
HAPPENINGS: tuple[Happening, ...] = (
    OPENED,
    Opened("Zahlungen verzögert \u2028 \x00 \U0001f93f", "sev4", ""),
    SeveritySet("sev1", "nobody can pay"),
    Acknowledged("ada"),
    Noted('first line\nsecond line, with "quotes" and a \\'),
    AlertsSeen(()),
    AlertsSeen((ALERT, SeenAlert("f01", "Dead", (), (), NIGHT, NIGHT + timedelta(minutes=1)))),
    Snapshot(NIGHT, (READING, Reading("shop/latency", "no data"))),
    Snapshot(NIGHT, failure="it does not answer"),
    Resolved(""),
    DeliveryTried("01/trigger", "later", "busy"),
    DeliveryTried("01/trigger", "delivered", "", "rest", "P1", "https://example.org/P1", may_be_done=True),
    PostmortemWritten("postmortems/one.md"),
)


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NIGHT) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def dice(start: int = 0) -> Callable[[int], bytes]:
    """Random bytes that are the same in every run: those of 1, 2, 3 and so on."""
    thrown = start

    def throw(count: int) -> bytes:
        nonlocal thrown
        thrown += 1
        return thrown.to_bytes(count)

    return throw


def ledger_in(directory: Path, clock: Clock | None = None) -> Ledger:
    return Ledger(directory, now=clock or Clock())


def draft(happening: Happening = OPENED, incident_id: str = "inc-20261128-aaaaa") -> Draft:
    return Draft(incident_id, happening, actor="ada@desk")
