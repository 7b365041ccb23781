from __future__ import annotations

import pytest
from incident.postmortem.nights import OPENED, alert, at, event, incident

from sretool.incident.events import Acknowledged, AlertsSeen, DeliveryTried, Outcome, Resolved
from sretool.incident.history import Incident
from sretool.incident.postmortem import times
from sretool.incident.postmortem.times import Time, lengths

PAGE = f"01KB{0:022}/trigger"


def page(minute: float, outcome: Outcome, words: str = "") -> Incident:
    return incident(event(minute, DeliveryTried(PAGE, outcome, words)))


def test_the_first_alert_is_when_it_was_detected():
    found = times.detected(incident(event(1, AlertsSeen((alert(-2), alert(-5, "Early"))))))

    assert (found.at, found.source) == (at(-5), f"alert Early, event 01KB{10:022}")


def test_without_alerts_it_was_detected_by_whoever_opened_it():
    found = times.detected(incident())

    assert (found.at, found.source) == (at(0), f"it was opened, event 01KB{0:022}")


def test_who_opened_it_before_any_alert_was_first():
    assert times.detected(incident(event(5, AlertsSeen((alert(3),))))).at == at(0)


def test_a_page_is_when_pagerduty_took_it():
    waiting = event(1, DeliveryTried(PAGE, "later", "it answered 503"))
    taken = event(38, DeliveryTried(PAGE, "delivered", ""))
    found = times.paged(incident(waiting, taken))

    assert (found.at, found.source) == (at(38), f"PagerDuty took it, event 01KB{380:022}")


def test_that_an_acknowledgement_was_delivered_is_no_page():
    taken = event(2, Acknowledged("ada"), "acknowledge")
    told = event(3, DeliveryTried(f"{taken.event_id}/acknowledge", "delivered", ""))

    assert times.paged(incident(taken, told)).at is None


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (incident(event(0, OPENED)), "not known: no key of PagerDuty's was there, so that nobody was paged by sretool"),
        (incident(), "not yet: PagerDuty has not taken it"),
        (page(1, "later", "it answered 503"), "not yet: PagerDuty has not taken it (it answered 503)"),
        (page(1, "refused", "no such service"), "never: PagerDuty refused it (no such service)"),
        (page(1, "superseded"), "never: it was over before PagerDuty took it"),
    ],
)
def test_why_there_was_no_page_is_said(found: Incident, words: str):
    assert times.paged(found).told == words


def test_what_has_not_happened_says_so():
    found = incident()

    assert times.acknowledged(found).told == "not yet: nobody has taken it on"
    assert times.resolved(found).told == "not yet: the incident is open"
    assert times.acknowledged(incident(event(9, Resolved("")))).told == "never: it was resolved without"


def test_what_was_told_afterwards_says_so():
    found = times.resolved(incident(event(9, Resolved(""), recorded=60)))

    assert (found.told, found.source) == ("2026-11-28T03:09:00Z", f"event 01KB{90:022}, recorded afterwards")


def test_durations_are_between_known_times_in_their_order():
    known = {"Impact began": -3, "Detected": 0, "Acknowledged": 4.5, "Impact ended": 100, "Resolved": -9}
    all_times = [Time(name, at(minute), "") for name, minute in known.items()]
    told = {(one.since, one.until): one.told for one in lengths([*all_times, Time("Paged", None, "", "not yet: x")])}

    assert told == {
        ("Impact began", "Detected"): "3m00s",
        ("Detected", "Paged"): "not known: Paged is not known",
        ("Paged", "Acknowledged"): "not known: Paged is not known",
        ("Impact began", "Impact ended"): "1h43m",
        ("Impact began", "Resolved"): "none: Resolved was before Impact began",
    }
