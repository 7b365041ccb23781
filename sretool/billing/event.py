"""A usage event, and what makes a batch of them valid.

`decode` answers fast and says only whether a batch is valid; `faults_of` says all that is wrong with one that is not.
They agree: a batch decodes if and only if it has no faults. What needs the catalogue or the ledger is decided later, by
the applier; the time window is the gateway's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from typing import Annotated

import msgspec
from msgspec import Meta

from sretool.billing.event_faults import (
    EVENTS_MAX,
    ID_LENGTH_MAX,
    KEY_LENGTH_MAX,
    PROPERTIES_MAX,
    TYPE_LENGTH_MAX,
    VALUE_LENGTH_MAX,
    Fault,
    faults_of,
    timestamp,
)
from sretool.billing.quantity import INTEGER_MAX

__all__ = [
    "EVENTS_MAX",
    "Event",
    "Fault",
    "NotABatch",
    "decode",
    "decode_accepted",
    "faults_of",
    "same_payload",
    "timestamp",
    "timestamp_us",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABSENT: dict[str, str | int | bool | None] = {}  # Tells "properties": {} from no properties; nobody writes to it.

_Id = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
_Type = Annotated[str, Meta(min_length=1, max_length=TYPE_LENGTH_MAX)]
_Key = Annotated[str, Meta(max_length=KEY_LENGTH_MAX)]
_Value = (
    Annotated[str, Meta(max_length=VALUE_LENGTH_MAX)]
    | Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    | bool
    | None
)
_Properties = Annotated[dict[_Key, _Value], Meta(max_length=PROPERTIES_MAX)]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One use of something that is billed. `timestamp` is when it happened, to the microsecond."""

    transaction_id: _Id
    customer_id: _Id
    event_type: _Type
    timestamp: Annotated[datetime, Meta(tz=True)]
    properties: _Properties = msgspec.field(default_factory=lambda: _ABSENT)


class _TextEvent(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An event whose timestamp is still text, because it may be finer than a microsecond and msgspec would round it."""

    transaction_id: _Id
    customer_id: _Id
    event_type: _Type
    timestamp: str
    properties: _Properties = msgspec.field(default_factory=lambda: _ABSENT)


class NotABatch(ValueError):
    """The body is not a valid batch; `faults_of` says why."""


_events: msgspec.json.Decoder[list[Event]] = msgspec.json.Decoder(
    Annotated[list[Event], Meta(min_length=1, max_length=EVENTS_MAX)]
)
_text_events: msgspec.json.Decoder[list[_TextEvent]] = msgspec.json.Decoder(
    Annotated[list[_TextEvent], Meta(min_length=1, max_length=EVENTS_MAX)]
)
_PROPERTIES = attrgetter("properties")
_ZONE = attrgetter("timestamp.tzinfo")
_SEVEN_DECIMALS = re.compile(rb"\.[0-9]{7}")
_FINE_SECONDS = re.compile(rb":[0-9]{2}\.[0-9]{7}")
_NO_COLON = re.compile(rb':[0-9]{2}(?:\.[0-9]+)?[+-][0-9]{4}"')
_ESCAPED_ASCII = b"\\u00"  # Also a point, a colon or a digit, so that the bytes do not show what a text says.


def decode(body: bytes) -> list[Event]:
    """The events of a batch, in order. Raises NotABatch."""
    events = decode_accepted(body)
    if _may_lack_a_colon(body, events):
        events = [_from_text(event) for event in _text_events.decode(body)]
    if not _keys_are_unique(body, events) or (_has(b"\\u0000", body) and _has_null(events)):
        raise NotABatch("the body is not a valid batch of events")
    return events


def decode_accepted(body: bytes) -> list[Event]:
    """The events of a batch that `decode` accepted before; faster, since it does not look for repeated keys."""
    try:
        if _may_be_finer_than_a_microsecond(body):
            return [_from_text(event) for event in _text_events.decode(body)]
        return _events.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotABatch("the body is not a valid batch of events") from error


def timestamp_us(event: Event) -> int:
    """When the event happened, in microseconds since 1970 in UTC."""
    since = event.timestamp - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def same_payload(one: Event, other: Event) -> bool:
    """Whether two events say the same: timestamps as instants, and true is not 1."""
    if one != other:
        return False
    theirs = other.properties
    return all(type(value) is type(theirs[key]) for key, value in one.properties.items())


def _may_be_finer_than_a_microsecond(body: bytes) -> bool:
    if _has(_ESCAPED_ASCII, body):
        return True
    return bool(_SEVEN_DECIMALS.search(body) and _FINE_SECONDS.search(body))


def _may_lack_a_colon(body: bytes, events: list[Event]) -> bool:
    """msgspec takes +0530, which RFC 3339 does not have. Most batches are in UTC and are not searched for it."""
    if set(map(_ZONE, events)) <= {UTC} and b'+0000"' not in body and b'-0000"' not in body:
        return False
    return bool(_NO_COLON.search(body))


def _has(escape: bytes, body: bytes) -> bool:
    """A single byte is looked for forty times as fast as several, and most bodies have no backslash."""
    return b"\\" in body and escape in body


def _from_text(event: _TextEvent) -> Event:
    instant = timestamp(event.timestamp)
    if instant is None:
        raise NotABatch(f"{event.timestamp!r} is not a timestamp")
    return Event(event.transaction_id, event.customer_id, event.event_type, instant, event.properties)


def _keys_are_unique(body: bytes, events: list[Event]) -> bool:
    """msgspec lets the last of two equal keys win; but every string has two quotes in the text, also one that lost."""
    properties = list(map(_PROPERTIES, events))
    values = list(chain.from_iterable(map(dict.values, properties)))
    # Four fields, each a key and a string; "properties" and its keys; those of its values that are strings.
    strings = 9 * len(events) + len(values) + list(map(type, values)).count(str)
    if not all(properties):
        strings -= sum(one is _ABSENT for one in properties)
    return _quotes(body) == 2 * strings


def _quotes(body: bytes) -> int:
    """How many quotes begin or end a string of JSON that is well-formed."""
    if b"\\" not in body:
        return body.count(b'"')
    # Backslashes escape each other in pairs from the left; only one that is left alone escapes a quote.
    alone = body.replace(b"\\\\", b"")
    return alone.count(b'"') - alone.count(b'\\"')


def _has_null(events: list[Event]) -> bool:
    return any("\0" in event.transaction_id or "\0" in event.customer_id for event in events)
