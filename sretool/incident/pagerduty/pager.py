"""How a delivery is told: by the REST API where it may be asked, by the Events API where that fails, with one key.

Whoever is paged is paged once: the incident's key is taken once while it is open; and before a page goes out that may
have gone out before, the key is looked up, also among what is resolved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sretool.incident.events import Action
from sretool.incident.history import Delivery, Incident
from sretool.incident.outbox import (
    Absent,
    Delivered,
    Held,
    Later,
    Refused,
    Result,
    Superseded,
    may_be_known,
    trigger_of,
)
from sretool.incident.pagerduty import calls, replies, sentences
from sretool.incident.pagerduty.access import ROUTING_KEY, Access, lacking_to_page, lacking_to_write
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Found, Reply, Silence
from sretool.incident.pagerduty.wire import Wire

Trouble = Later | Refused
# At most 2 s to look, 4 s to open, 3.5 s for the other API: a page fits into the 10 s that a person waits.
SEARCH_SECONDS, WRITE_SECONDS, EVENT_SECONDS = 2.0, 4.0, 3.5
_LEAST_SECONDS: Final = 0.05
_UNASKED: Final = "the time was up before PagerDuty could be asked"
_DONE: Final[Mapping[Action, str]] = {"trigger": "paged", "acknowledge": "acknowledged", "resolve": "resolved"}


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """`now` is the time of day, `monotonic` the clock that limits refer to."""

    access: Access
    wire: Wire
    now: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic

    def tell(self, delivery: Delivery, incident: Incident, *, is_fresh: bool, until: float) -> Result | Absent:
        attempt = _Attempt(self, delivery, incident, until)
        match delivery.action:
            case "trigger":
                return attempt.page(is_doubtful=not is_fresh)
            case "note":
                return attempt.annotate()
            case "acknowledge" | "resolve":
                return attempt.change()


@dataclass(frozen=True, slots=True)
class _Attempt:
    pager: PagerDuty
    delivery: Delivery
    incident: Incident
    until: float

    def page(self, *, is_doubtful: bool) -> Result:
        access = self.pager.access
        lacking = lacking_to_page(access, self.incident, actor=calls.acting(self.delivery))
        if lacking and not access.routing_key:
            return Held(lacking)
        if is_doubtful and access.api_key and (found := self._search(self._reserved)) and isinstance(found, tuple):
            return _already(found)
        by_rest = None if lacking else self._page_by_rest()
        if isinstance(by_rest, Delivered) or (by_rest is not None and not access.routing_key):
            return by_rest
        by_event = self._event()
        if isinstance(by_event, Delivered):
            why = by_rest.words if by_rest is not None else lacking if access.api_key else ""
            where = f", at the service of {ROUTING_KEY}" if access.has_several_services else ""
            words = f"{by_event.words}{where}{f', because: {why}' if why else ''}"
            return replace(by_event, words=words, may_be_twice=by_rest is not None and by_rest.may_be_done)
        return by_event if by_rest is None else _together([by_rest, by_event])

    def _page_by_rest(self) -> Delivered | Trouble:
        """Open it, and look for it where nobody knows whether that was done."""
        access = self.pager.access
        call = calls.creation(self.incident, service_id=access.services[self.incident.service], sender=self._sender)
        met = self._ask(call, WRITE_SECONDS, reserved=self._reserved)
        opened = replies.incident(met.body) if isinstance(met, Reply) and met.status in (200, 201) else None
        if opened is not None:
            return Delivered("paged", "rest", opened.reference, opened.url)
        is_open_already = isinstance(met, Reply) and sentences.is_open_already(met)
        trouble = self._trouble(call, met)
        if not (is_open_already or trouble.may_be_done):
            return trouble
        found = self._search(self._reserved)
        if isinstance(found, tuple) and found:
            return _already(found)
        # Not to be found so soon proves nothing, but nobody sleeps on for that: the Events API is asked.
        return Delivered("paged, as an earlier attempt had been", "rest") if is_open_already else trouble

    def change(self) -> Result | Absent:
        """Acknowledge or resolve. What is done already is done."""
        lacking = self._lacking_to_write()
        by_rest = None if lacking else self._change_by_rest()
        # What the REST API opened, the Events API does not know: it would drop the event, and say 202.
        is_for_events = self.pager.access.routing_key and self._may_be_known_to_events
        if isinstance(by_rest, Delivered) or not is_for_events:
            return by_rest or Held(lacking)
        by_event = self._event()
        if by_rest is None or (self._is_paged and not self._is_doubtful and isinstance(by_event, Delivered)):
            return by_event
        # Of a page that went out unseen, or perhaps by either API, the word of the Events API proves nothing.
        if isinstance(by_event, Delivered):
            return by_rest
        return by_event if isinstance(by_rest, Absent) else _together([by_rest, by_event])

    def _change_by_rest(self) -> Delivered | Trouble | Absent:
        known = None if self._is_doubtful else self.incident.pagerduty
        found: tuple[Found, ...] | Trouble = (Found(known.reference, known.url),) if known else self._search(0.0)
        if not isinstance(found, tuple):
            return found
        done: Delivered | Trouble | Absent = Absent()
        for each in found:  # One, or one of each API, should they not heed each other's keys.
            done = self._changed(each)
            if not isinstance(done, Delivered):
                return done
        return done

    def _changed(self, found: Found) -> Delivered | Trouble | Absent:
        call = calls.change(found.reference, self.delivery, sender=self._sender)
        met = self._ask(call, WRITE_SECONDS)
        if isinstance(met, Reply):
            if met.status == 200 and replies.incident(met.body) is not None:
                return Delivered(_DONE[self.delivery.action], "rest", found.reference, found.url)
            if met.status == 400 and replies.code(met.body) in sentences.DONE:
                words = f"{_DONE[self.delivery.action]} already"
                return Delivered(words, "rest", found.reference, found.url)
        return self._trouble_or_gone(call, met)

    def annotate(self) -> Result | Absent:
        if not self.pager.access.api_key and self.pager.access.routing_key:
            return Superseded("PagerDuty takes notes by its REST API alone, and there is no key for it")
        if lacking := self._lacking_to_write():
            return Held(lacking)
        known = self.incident.pagerduty
        found: tuple[Found, ...] | Trouble = (Found(known.reference, known.url),) if known else self._search(0.0)
        if not isinstance(found, tuple):
            return found
        return self._annotated(found[0]) if found else Absent()

    def _annotated(self, found: Found) -> Delivered | Trouble | Absent:
        """Write the note, unless it is there."""
        asked = calls.notes(found.reference)
        met = self._ask(asked, SEARCH_SECONDS)
        texts = replies.note_texts(met.body) if isinstance(met, Reply) and met.status == 200 else None
        if texts is None:
            return self._trouble_or_gone(asked, met)
        if any(calls.marker(self.delivery) in text for text in texts):
            return Delivered("it was noted already", "rest", found.reference, found.url)
        call = calls.annotation(found.reference, self.delivery, sender=self._sender)
        met = self._ask(call, WRITE_SECONDS)
        if isinstance(met, Reply) and met.status in (200, 201) and replies.is_note(met.body):
            return Delivered("noted", "rest", found.reference, found.url)
        return self._trouble(call, met)

    def _event(self) -> Delivered | Trouble:
        call = calls.event(self.incident, self.delivery)
        met = self._ask(call, EVENT_SECONDS)
        if isinstance(met, Reply) and met.status == 202 and replies.is_accepted(met.body):
            return Delivered(f"{_DONE[self.delivery.action]} by the Events API", "events")
        return self._trouble(call, met)

    def _search(self, reserved: float) -> tuple[Found, ...] | Trouble:
        """All that has the key, the open ones first."""
        call = calls.search(self.incident, now=self.pager.now())
        met = self._ask(call, SEARCH_SECONDS, reserved=reserved)
        found = replies.incidents(met.body) if isinstance(met, Reply) and met.status == 200 else None
        if found is None:
            return self._trouble(call, met)
        return tuple(sorted(found, key=lambda each: not each.is_open))

    def _ask(self, call: Call, seconds: float, *, reserved: float = 0.0) -> Reply | Silence:
        left = min(seconds, self.until - reserved - self.pager.monotonic())
        if left < _LEAST_SECONDS:
            return Silence(_UNASKED)
        return self.pager.wire.ask(call, seconds=left)

    def _trouble(self, call: Call, met: Reply | Silence) -> Trouble:
        if isinstance(met, Silence):
            return sentences.silence(call, met)
        if 200 <= met.status < 300:
            return sentences.odd(call, met, self.pager.access)
        return sentences.trouble(call, met, self.pager.access)

    def _trouble_or_gone(self, call: Call, met: Reply | Silence) -> Trouble | Absent:
        """What was refused because PagerDuty does not have the incident, and is tried again after somebody has looked
        why, is believed if it is over here as well.
        """
        trouble = self._trouble(call, met)
        is_gone = isinstance(met, Reply) and sentences.is_gone(call, met)
        was_gone = any(
            tried.words == trouble.words for _, tried in self.delivery.attempts if tried.outcome == "refused"
        )
        return Absent() if is_gone and was_gone and self.incident.resolution is not None else trouble

    def _lacking_to_write(self) -> str:
        return lacking_to_write(self.pager.access, actor=calls.acting(self.delivery))

    @property
    def _reserved(self) -> float:
        """What is left to the Events API of the time that there is to page."""
        return EVENT_SECONDS if self.pager.access.routing_key else 0.0

    @property
    def _sender(self) -> str:
        return self.pager.access.sender_for(calls.acting(self.delivery))

    @property
    def _is_paged(self) -> bool:
        page = trigger_of(self.incident)
        return page is not None and page.state == "delivered"

    @property
    def _is_doubtful(self) -> bool:
        page = trigger_of(self.incident)
        return page is not None and may_be_known(page)

    @property
    def _may_be_known_to_events(self) -> bool:
        """Whether the page went out by events, or nobody knows whether and how it did."""
        page = trigger_of(self.incident)
        return page is None or page.verdict is None or page.state != "delivered" or page.verdict.route == "events"


def _already(found: Sequence[Found]) -> Delivered:
    return Delivered("paged, as an earlier attempt had been", "rest", found[0].reference, found[0].url)


def _together(troubles: Sequence[Trouble]) -> Trouble:
    """Of both APIs: it is refused if both refuse, and tried again as soon as one of them may be."""
    asked = [trouble for trouble in troubles if trouble.words != _UNASKED] or troubles
    words = "; ".join(dict.fromkeys(trouble.words for trouble in asked))
    may_be_done = any(trouble.may_be_done for trouble in troubles)
    waiting = [trouble for trouble in troubles if isinstance(trouble, Later)]
    if not waiting:
        return Refused(words, troubles[-1].route, may_be_done=may_be_done)
    after_seconds = min(trouble.after_seconds for trouble in waiting)
    return Later(words, troubles[-1].route, after_seconds=after_seconds, may_be_done=may_be_done)
