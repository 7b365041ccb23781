"""What is folded of events, whoever wrote them and in whatever order they come together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from incident.samples import NIGHT, OPENED

from sretool.incident.events import DeliveryTried, Event
from sretool.incident.history import Delivery, fold

OPENING = Event("01A", "inc-20261128-aaaaa", OPENED, NIGHT, NIGHT, "ada@desk", tells=("trigger",))
PAGED = DeliveryTried("01A/trigger", "delivered", "paged", "rest", "P1")
FAILED = DeliveryTried("01A/trigger", "later", "it did not answer")


def page_after(*attempts: DeliveryTried) -> Delivery:
    """The page, once each of these was recorded, a second apart."""
    tried = [
        replace(
            OPENING, event_id=f"01B{number}", happening=one, recorded_at_utc=NIGHT + timedelta(seconds=number), tells=()
        )
        for number, one in enumerate(attempts)
    ]
    (incident,) = fold([OPENING, *tried])
    return incident.deliveries[0]


def test_a_page_is_pending_until_it_is_delivered():
    assert [page_after().state, page_after(FAILED).state, page_after(FAILED, PAGED).state] == [
        "pending",
        "pending",
        "delivered",
    ]


def test_what_another_copy_of_the_ledger_failed_to_tell_afterwards_does_not_make_a_page_undone():
    superseded = DeliveryTried("01A/trigger", "superseded", "it was resolved before PagerDuty could be told")

    assert page_after(PAGED, FAILED).state == "delivered"
    assert page_after(PAGED, superseded).verdict == PAGED
