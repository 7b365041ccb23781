"""What became of deliveries, in words for whoever waits for them."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final, Literal

from sretool.incident.deliver import Report, Told
from sretool.incident.events import Action
from sretool.incident.history import Delivery, Incident
from sretool.incident.outbox import Broken, Delivered, Held, Later, Refused, Superseded

Verdict = Literal["told", "queued", "refused", "broken"]
_THINGS: Final[dict[Action, str]] = {
    "trigger": "the page",
    "acknowledge": "the acknowledgement",
    "resolve": "the resolution",
    "note": "the note",
}
GOES_ON: Final = "sretool incident deliver goes on with it"
_OTHER: Final = "another sretool process (from-alert --listen, or deliver)"
_AFTERWARDS: Final = "mend that, then: sretool incident deliver"


def verdict(report: Report) -> Verdict:
    """`refused`: something waits for people, and not for PagerDuty. `broken`: for us, and perhaps for us alone."""
    last = {one.delivery.delivery_id: one for one in report.told}
    if any(isinstance(told.result, Broken) for told in last.values()):
        return "broken"
    if report.refused or any(isinstance(told.result, Refused | Held) for told in report.told):
        return "refused"
    return "queued" if report.left else "told"


def told(one: Told) -> str:
    """One attempt, in a line."""
    thing = f"{_THINGS[one.delivery.action]} of {one.incident.incident_id}"
    match one.result:
        case Delivered(words=words, url=url):
            return f"PagerDuty: {one.incident.incident_id} {words}{f', {url}' if url else ''}"
        case Later(words=words):
            return f"PagerDuty: {thing} failed: {words}"
        case Refused(words=words):
            return f"PagerDuty: {thing} is refused: {words}; {_AFTERWARDS} --again"
        case Superseded(words=words):
            return f"PagerDuty: {thing} is not sent: {words}"
        case Held(words=words):
            return f"PagerDuty: {thing} is not sent: {words}; {_AFTERWARDS}"


def as_json(report: Report) -> dict[str, object]:
    """All attempts of a run in their order, what is left and what is refused."""
    return {
        "told": [told_json(one) for one in report.told],
        "left": [_named(incident, delivery) for incident, delivery in report.left],
        "refused": [_named(incident, delivery) for incident, delivery in report.refused],
    }


def told_json(one: Told) -> dict[str, object]:
    """`outcome` is as `show` has it in an event, and `held` or `broken`, for which an event has no name of its own."""
    url = one.result.url if isinstance(one.result, Delivered) else ""
    outcome = type(one.result).__name__.lower()
    return _named(one.incident, one.delivery) | {"outcome": outcome, "words": one.result.words, "url": url or None}


def _named(incident: Incident, delivery: Delivery) -> dict[str, object]:
    return {"incident": incident.incident_id, "action": delivery.action, "delivery_id": delivery.delivery_id}


def summary(report: Report) -> Iterator[str]:
    """A line for each delivery: how its last attempt ended, and what is left."""
    last = {one.delivery.delivery_id: one for one in report.told}
    yield from (told(one) for one in last.values() if not isinstance(one.result, Later))
    for incident, delivery in report.left:
        one = last.get(delivery.delivery_id)
        if one is None or isinstance(one.result, Later):
            yield queued(incident, delivery, one.result.words if one else f"{_OTHER} is delivering just now")
    yield from _refused_before(report, last)


def seen_to_by_others(incident: Incident, asked: Container[str], report: Report) -> Iterator[str]:
    """Of what was asked for, that which another sretool has told before this one could: a receiver, or --watch."""
    here = {one.delivery.delivery_id for one in report.told}
    for delivery in incident.deliveries:
        is_theirs = delivery.delivery_id in asked and delivery.delivery_id not in here
        if is_theirs and delivery.state == "delivered" and delivery.verdict is not None:
            words, url = delivery.verdict.words, delivery.verdict.url
            news = f"{incident.incident_id} {words}{f', {url}' if url else ''}"
            yield f"PagerDuty: {news}, told by {_OTHER}"


def leftovers(report: Report) -> Iterator[str]:
    """What a run leaves, and how it goes on."""
    last = {one.delivery.delivery_id: one for one in report.told}
    for incident, delivery in report.left:
        one = last.get(delivery.delivery_id)
        if one is None or isinstance(one.result, Later):
            yield queued(incident, delivery, "")
    yield from _refused_before(report, last)
    if not report.left and not report.refused:
        yield "nothing is left to be told"


def _refused_before(report: Report, last: Container[str]) -> Iterator[str]:
    """What was not tried now."""
    for incident, delivery in report.refused:
        if delivery.delivery_id not in last and delivery.verdict is not None:
            thing = f"{_THINGS[delivery.action]} of {incident.incident_id}"
            yield f"PagerDuty has refused {thing}: {delivery.verdict.words}; {_AFTERWARDS} --again"


def queued(incident: Incident, delivery: Delivery, words: str) -> str:
    tries = len(delivery.attempts)
    after = f" after {tries} attempts" if tries > 1 else ""
    return (
        f"queued: {_THINGS[delivery.action]} of {incident.incident_id}{after}{f': {words}' if words else ''}; {GOES_ON}"
    )
