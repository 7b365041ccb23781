"""What a refusal of PagerDuty means: one sentence with what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sretool.incident.outbox import Later, Refused
from sretool.incident.pagerduty.access import (
    API_KEY,
    EVENTS_URL_NAME,
    REST_URL_NAME,
    ROUTING_KEY,
    SENDER,
    Access,
)
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence, code, complaint

# Resolved already, acknowledged already, merged already: no error.
DONE: Final = frozenset({1001, 1002, 1019})
_ARGUMENTS: Final = 2002  # Also of an unknown service: only the words tell.
_FROM_WORDS: Final = '"From" header'
_TIMED_OUT: Final = 2016
_MENDED_SECONDS: Final = 60.0
# By PagerDuty's own numbers.
_BY_CODE: Final[Mapping[int, Callable[[Call], str]]] = {
    1006: lambda _: "PagerDuty cannot escalate the incident further: see its escalation policy",
    1008: lambda call: (
        f"no user of PagerDuty has the e-mail address {call.sender}: set {SENDER} to that of one who does"
    ),
    1013: lambda _: "PagerDuty does not snooze for so long: choose a shorter time",
    1015: lambda _: (
        "nobody is on call for this service at PagerDuty: wake somebody yourself, and mend its escalation policy"
    ),
    1020: lambda _: "PagerDuty does not know the priority: use one that the account has",
    1028: lambda call: f"PagerDuty takes {call.sender} for no e-mail address: correct {SENDER}",
    2006: lambda _: f"PagerDuty does not take the key in {API_KEY}: make another one there, and see that it may write",
    2014: lambda _: "the PagerDuty account lacks the ability for this: its plan, or an administrator, has to allow it",
    2020: lambda _: "PagerDuty takes no more requests just now",
}
_BY_STATUS: Final[Mapping[int, Callable[[Call], str]]] = {
    402: lambda _: (
        "the PagerDuty account lacks the ability for this (402): its plan, or an administrator, has to allow it"
    ),
    403: lambda _: f"the key in {API_KEY} may not do this at PagerDuty (403): use one that may write incidents",
    413: lambda _: "PagerDuty finds the request too large (413): shorten the title or the text",
}


def is_open_already(reply: Reply) -> bool:
    """Whether there is an open incident with this key, so that whoever is to be paged has been."""
    return code(reply.body) == _ARGUMENTS and "matching dedup key" in complaint(reply.body).lower()


def is_gone(call: Call, reply: Reply) -> bool:
    """Whether PagerDuty does not have an incident that it has had."""
    return reply.status in (404, 405) and _is_about_incident(call, reply)


def trouble(call: Call, reply: Reply, access: Access) -> Later | Refused:
    """What an answer that is no success means."""
    number, said = code(reply.body), access.blanked(complaint(reply.body))
    quoted = f": {said}" if said else ""
    if reply.status == 429 or number == 2020:
        return Later(_rate_limited(reply), call.route, after_seconds=reply.reset_seconds)
    if reply.status >= 500 or reply.status == 408 or (number == _TIMED_OUT and _FROM_WORDS not in said):
        words = f"PagerDuty is not well: {_host(call, access)} answers {reply.status}{quoted}"
        return Later(words, call.route, after_seconds=reply.reset_seconds, may_be_done=call.is_write)
    if (300 <= reply.status < 400 or reply.status in (404, 405)) and not _is_about_incident(call, reply):
        return _misplaced(call, reply, access, quoted=quoted)
    return Refused(_refusal(call, reply, number=number, quoted=quoted), call.route)


def silence(call: Call, met: Silence) -> Later:
    """What lasts until somebody mends it is tried again, but not so soon that anybody waits for it."""
    after_seconds = _MENDED_SECONDS if met.is_lasting else 0.0
    return Later(met.words, call.route, after_seconds=after_seconds, may_be_done=met.may_be_done and call.is_write)


def odd(call: Call, reply: Reply, access: Access) -> Later:
    """A success that says nothing which PagerDuty would say: a proxy, or a page to log in at, stands before it."""
    name = REST_URL_NAME if call.route == "rest" else EVENTS_URL_NAME
    words = (
        f"{_host(call, access)} answers {reply.status}, but not as PagerDuty does: correct {name}, or see which proxy"
        " stands before it"
    )
    return Later(words, call.route, may_be_done=call.is_write)


def _refusal(call: Call, reply: Reply, *, number: int, quoted: str) -> str:
    if is_gone(call, reply):
        name = call.path.split("/")[2]
        return (
            f"PagerDuty has no incident {name} ({reply.status}): see whether the keys are of another account, or it was"
            " removed there, as at the end of a drill"
        )
    if call.route == "events":
        return _event_refused(reply, quoted=quoted)
    if _FROM_WORDS in quoted:
        return f"PagerDuty wants to know who asks: set {SENDER} to the e-mail address of a user there"
    if number in _BY_CODE:
        return _BY_CODE[number](call)
    if reply.status == 401:
        return (
            f"PagerDuty does not know the key in {API_KEY} (401): make another one there, or set {REST_URL_NAME} if the"
            " account is of another region"
        )
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status](call)
    remedy = "correct what it names, such as the service's id in catalog.yaml" if quoted else "see docs/paging.md"
    return f"PagerDuty refuses the request ({reply.status}{f', code {number}' if number else ''}){quoted}; {remedy}"


def _event_refused(reply: Reply, *, quoted: str) -> str:
    if "routing" in quoted.lower() or reply.status in (401, 403):
        return (
            f"PagerDuty does not know the key in {ROUTING_KEY}{quoted}: copy the integration key of an Events API v2"
            " integration"
        )
    if reply.status == 413:
        return _BY_STATUS[413](Call("events", "POST", ""))
    return f"PagerDuty's Events API refuses the event ({reply.status}){quoted}; correct what it names"


def _is_about_incident(call: Call, reply: Reply) -> bool:
    """Whether it is PagerDuty who says that something is not there, and of an incident of theirs."""
    return call.route == "rest" and call.path != "/incidents" and bool(code(reply.body))


def _misplaced(call: Call, reply: Reply, access: Access, *, quoted: str) -> Later:
    """Another server answers. It may be the wrong URL, or who stands in between for a while: no page is given up."""
    name = REST_URL_NAME if call.route == "rest" else EVENTS_URL_NAME
    words = f"{_host(call, access)} has no PagerDuty at {call.path} ({reply.status}){quoted}: correct {name}"
    return Later(words, call.route, after_seconds=_MENDED_SECONDS)


def _rate_limited(reply: Reply) -> str:
    when = (
        f"; it may be asked again in {reply.reset_seconds:g} s"
        if reply.reset_seconds
        else ", and does not say until when"
    )
    return f"PagerDuty takes no more requests just now ({reply.status}){when}"


def _host(call: Call, access: Access) -> str:
    return access.rest_url if call.route == "rest" else access.events_url
