"""What PagerDuty still has to be told, what of it has lost its point, and when to try again. Pure.

An incident's deliveries are told in their order, each at least once; keys and markers make that once for those paged.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sretool.incident.events import DeliveryTried, Route
from sretool.incident.history import Delivery, Incident

PAUSE_SECONDS_MAX: Final = 60.0
# A server may name a moment to come back at; beyond this it is not believed.
ASKED_SECONDS_MAX: Final = 300.0
# A request whose answer was lost may be carried out a while later. Until then, not to be found means nothing.
SETTLED: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Delivered:
    """`reference` is PagerDuty's id of the incident, where it is known, `url` its page.

    `may_be_twice`: the other API had been asked before, and nobody knows whether it did it, too.
    """

    words: str
    route: Route
    reference: str = ""
    url: str = ""
    may_be_twice: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """It failed, and may not the next time. `may_be_done`: nothing rules out that it was done all the same."""

    words: str
    route: Route = ""
    after_seconds: float = 0.0
    may_be_done: bool = False


@dataclass(frozen=True, slots=True)
class Broken(Later):
    """It failed by a mistake of our own, which the words place. Tried again, for it may have been the machine's day."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It fails however often it is tried, until somebody mends what the words say."""

    words: str
    route: Route = ""
    may_be_done: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """It has lost its point."""

    words: str


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such incident at PagerDuty, at least not yet."""


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing was sent, for something is missing that can be known to be missing."""

    words: str


Result = Delivered | Later | Refused | Superseded | Held


class Pager(Protocol):
    """PagerDuty, as far as the outbox knows it."""

    def tell(self, delivery: Delivery, incident: Incident, *, is_fresh: bool, until: float) -> Result | Absent:
        """Try once, and be back by a moment of the monotonic clock.

        `is_fresh`: nobody can have tried before. Otherwise an earlier attempt may have been carried out, also one that
        nobody recorded, for whoever made it was killed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Send:
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Drop:
    """Not to be sent any more, and why."""

    delivery: Delivery
    words: str


Step = Send | Drop


def next_step(incident: Incident, *, again: Container[str] = ()) -> Step | None:
    """What comes next for an incident; None where nothing is left, or waits behind a page that was refused.

    `again` are deliveries that are tried once more although they were refused. A note that was tried in vain lets pass
    what keeps people from being woken.
    """
    wished = []
    for delivery in incident.deliveries:
        if delivery.state == "pending" or (delivery.state == "refused" and delivery.delivery_id in again):
            wished.append(delivery)
        elif delivery.state == "refused" and delivery.action == "trigger" and incident.resolution is None:
            return None
    if not wished:
        return None
    first = wished[0]
    if first.action == "note" and first.attempts:
        first = next((delivery for delivery in wished if delivery.action != "note"), first)
    return _step(first, incident)


def refused(incident: Incident) -> tuple[Delivery, ...]:
    """What PagerDuty has refused, so that it wakes nobody, or goes on waking people for nothing."""
    matters = ("resolve",) if incident.resolution is not None else ("trigger", "acknowledge")
    return tuple(one for one in incident.deliveries if one.state == "refused" and one.action in matters)


def still_to_send(incident: Incident) -> tuple[Delivery, ...]:
    """What would be sent if all went well, in order."""
    pending = (delivery for delivery in incident.deliveries if delivery.state == "pending")
    return tuple(delivery for delivery in pending if isinstance(_step(delivery, incident), Send))


def trigger_of(incident: Incident) -> Delivery | None:
    """The page, if there was ever to be one."""
    return next((delivery for delivery in incident.deliveries if delivery.action == "trigger"), None)


def may_be_known(delivery: Delivery) -> bool:
    """Whether there was an attempt of which nobody knows whether it was carried out."""
    return any(tried.may_be_done for _, tried in delivery.attempts)


def pause_seconds(failures: int, *, chance: float, asked_seconds: float = 0.0) -> float:
    """How long to wait after so many failures in a row: up to 1 s, then 2 s, 4 s…, by a chance from 0 to 1."""
    usual = min(PAUSE_SECONDS_MAX, 2.0 ** min(failures - 1, 10))
    return max(usual * (1 + chance) / 2, min(asked_seconds, ASKED_SECONDS_MAX))


def settled(result: Result | Absent, incident: Incident, *, now: datetime) -> Result:
    """What an answer means: that PagerDuty has no such incident is believed once nothing can be under way any more."""
    if not isinstance(result, Absent):
        return result
    left_seconds = (_last_sent(incident) + SETTLED - now).total_seconds()
    if left_seconds <= 0:
        return Superseded("PagerDuty knows nothing of it, so there is nothing to tell")
    words = "PagerDuty does not know it, but an attempt to page may still be under way: it is looked for once more"
    return Later(words, "rest", after_seconds=left_seconds)


def tried(delivery: Delivery, result: Result) -> DeliveryTried | None:
    """How an attempt is written down; None where none was made."""
    match result:
        case Delivered(words, route, reference, url, may_be_twice):
            return DeliveryTried(delivery.delivery_id, "delivered", words, route, reference, url, may_be_twice)
        case Later(words, route, _, may_be_done):
            return DeliveryTried(delivery.delivery_id, "later", words, route, may_be_done=may_be_done)
        case Refused(words, route, may_be_done):
            return DeliveryTried(delivery.delivery_id, "refused", words, route, may_be_done=may_be_done)
        case Superseded(words):
            return DeliveryTried(delivery.delivery_id, "superseded", words)
        case Held():
            return None


def _step(delivery: Delivery, incident: Incident) -> Step:
    page, is_resolved = trigger_of(incident), incident.resolution is not None
    if page is None:
        return Drop(delivery, "PagerDuty was not told of the incident when it was opened")
    if is_resolved and delivery.action in ("trigger", "acknowledge"):
        return Drop(delivery, "it was resolved before PagerDuty could be told")
    if delivery.action == "note" and not (page.state == "delivered" or (page.state == "pending" and not is_resolved)):
        return Drop(delivery, "PagerDuty was never told of the incident that it belongs to")
    if delivery.action == "resolve" and page.state == "refused" and not may_be_known(page):
        return Drop(delivery, "PagerDuty had refused the incident")
    return Send(delivery)


def _last_sent(incident: Incident) -> datetime:
    """When the page was last under way, as far as anybody can know."""
    page = trigger_of(incident)
    if page is None:
        return incident.events[0].recorded_at_utc
    return max([page.event.recorded_at_utc, *(at for at, tried in page.attempts if tried.outcome != "superseded")])
