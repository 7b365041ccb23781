"""What is wrong with a batch, where, and what to write instead: the slow path, taken for a batch that does not decode.

It reads the text with the standard library's parser, which shows what a fast one hides, and lists every faulty event
with its faults. It has no faults to tell of a batch if and only if `event.decode` accepts it. What it costs and what it
says are bounded: of a batch that is too long it looks at as many events as one may have, and of an event with very many
faults it tells the first, and says so.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import NoReturn

from sretool.billing.quantity import INTEGER_MAX

EVENTS_MAX = 100
ID_LENGTH_MAX = 128
TYPE_LENGTH_MAX = 64
PROPERTIES_MAX = 32
KEY_LENGTH_MAX = 64
VALUE_LENGTH_MAX = 512
FAULTS_AN_EVENT_MAX = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a batch; `index` is the event's, None for the batch as a whole."""

    index: int | None
    path: str
    reason: str
    remedy: str


def faults_of(body: bytes) -> list[Fault]:
    """The faults of a batch, in the order of its events; none for a batch that `decode` accepts."""
    return list(_faults_of(body))


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it stands in the text, so that a key that comes twice is seen twice."""


def _faults_of(body: bytes) -> Iterator[Fault]:
    try:
        batch = json.loads(
            body.decode("utf-8"), object_pairs_hook=_Pairs, parse_constant=_no_constant, parse_int=_whole
        )
    except UnicodeDecodeError as error:
        yield Fault(None, "", f"the body is not UTF-8 at byte {error.start}", "send JSON in UTF-8")
    except RecursionError:
        yield Fault(None, "", "the body is nested too deeply", "send flat events")
    except json.JSONDecodeError as error:
        yield Fault(
            None, "", f"the body is not JSON: {error.msg} at character {error.pos}", "send a JSON array of events"
        )
    except ValueError as error:
        yield Fault(None, "", f"the body is not JSON: {error}", 'write quantities as strings, as in "12.5"')
    else:
        yield from _batch_faults(batch)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _whole(text: str) -> int:
    """The integer, or one that is surely too large: Python itself refuses to read more than 4300 digits."""
    return int(text) if len(text) <= 20 else 10**20


def _batch_faults(batch: object) -> Iterator[Fault]:
    if isinstance(batch, _Pairs) or not isinstance(batch, list):
        yield Fault(None, "", f"the body is {_kind(batch)}", "send a JSON array of events, also for a single one")
        return
    if not batch:
        yield Fault(None, "", "the batch is empty", "send at least one event")
    if len(batch) > EVENTS_MAX:
        remedy = f"send at most {EVENTS_MAX} in one request; no more were looked at"
        yield Fault(None, "", f"the batch has {len(batch)} events", remedy)
    for index, event in enumerate(batch[:EVENTS_MAX]):
        if isinstance(event, _Pairs):
            found = _event_faults(event)
        else:
            found = iter(
                [("", f"the event is {_kind(event)}", "send an object with transaction_id and the other fields")]
            )
        for path, reason, remedy in islice(found, FAULTS_AN_EVENT_MAX):
            yield Fault(index, path, reason, remedy)
        if next(found, None) is not None:
            yield Fault(index, "", f"there are more faults than these {FAULTS_AN_EVENT_MAX}", "correct these first")


_Findings = Iterator[tuple[str, str, str]]  # path, reason, remedy


def _event_faults(event: _Pairs) -> _Findings:
    yield from _repeated(event, prefix="")
    fields = dict(event)
    for name, check in _FIELDS.items():
        if name in fields:
            yield from check(name, fields.pop(name))
        elif name != "properties":
            yield name, "the field is missing", f"add {name}"
    for name in fields:
        yield _printable(name), "the field is unknown", f"use {', '.join(_FIELDS)}; other facts belong in properties"


def _repeated(pairs: _Pairs, *, prefix: str) -> _Findings:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            yield f"{prefix}{_printable(name)}", f"the key is there {times} times", "write it once"


def _id_faults(name: str, value: object) -> _Findings:
    yield from _name_faults(name, value, longest=ID_LENGTH_MAX)
    if isinstance(value, str) and "\0" in value:
        yield name, "the text has a NUL character", "leave U+0000 out"


def _type_faults(name: str, value: object) -> _Findings:
    yield from _name_faults(name, value, longest=TYPE_LENGTH_MAX)


def _name_faults(name: str, value: object, *, longest: int) -> _Findings:
    yield from _text_faults(name, value, longest=longest)
    if value == "":
        yield name, "the text is empty", "write at least one character"


def _text_faults(name: str, value: object, *, longest: int) -> _Findings:
    if not isinstance(value, str):
        yield name, f"the value is {_kind(value)}", "write a string"
    elif len(value) > longest:
        yield name, f"the text has {len(value)} characters", f"use at most {longest}"
    elif _printable(value) != value:
        yield name, "the text has half of a surrogate pair", "write both halves, or the character itself"


def _timestamp_faults(name: str, value: object) -> _Findings:
    if not isinstance(value, str):
        yield name, f"the value is {_kind(value)}", "write an RFC 3339 string such as 2026-01-31T12:00:00Z"
    elif timestamp(value) is None:
        yield (
            name,
            f"{_printable(value)[:64]!r} is no instant",
            "write RFC 3339 with an offset: 2026-01-31T12:00:00.5+01:00",
        )


def _properties_faults(name: str, value: object) -> _Findings:
    if not isinstance(value, _Pairs):
        yield name, f"the value is {_kind(value)}", "write an object, or leave the field out"
        return
    yield from _repeated(value, prefix="properties.")
    if len(dict(value)) > PROPERTIES_MAX:
        yield name, f"there are {len(dict(value))} properties", f"use at most {PROPERTIES_MAX}"
    for key, member in value:
        path = f"properties.{_printable(key)}"
        yield from _text_faults(path, key, longest=KEY_LENGTH_MAX)
        if isinstance(member, str):
            yield from _text_faults(path, member, longest=VALUE_LENGTH_MAX)
        elif isinstance(member, float):
            yield path, "the number has a fraction or an exponent", 'write a string, as in "12.5"'
        elif isinstance(member, list):
            yield path, f"the value is {_kind(member)}", "properties are flat: string, integer, boolean or null"
        elif isinstance(member, int) and abs(member) > INTEGER_MAX:
            yield path, "the integer is beyond 2^53", "write a string"


_FIELDS: dict[str, Callable[[str, object], _Findings]] = {
    "transaction_id": _id_faults,
    "customer_id": _id_faults,
    "event_type": _type_faults,
    "timestamp": _timestamp_faults,
    "properties": _properties_faults,
}


def _printable(text: str) -> str:
    """The text with what UTF-8 cannot say replaced: half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _kind(value: object) -> str:
    if isinstance(value, _Pairs):
        return "an object"
    names = {
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        type(None): "null",
    }
    return names[type(value)]


_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


def timestamp(text: str) -> datetime | None:
    """An RFC 3339 instant with its offset, truncated to the microsecond; None where it is none."""
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        return None
    *fields, decimals, sign, hours, minutes = matched.groups()
    zone = UTC
    if sign:
        if int(hours) > 23 or int(minutes) > 59:
            return None
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == "-" else offset)
    year, month, day, hour, minute, second = map(int, fields)
    try:
        return datetime(year, month, day, hour, minute, second, int((decimals or "")[:6].ljust(6, "0")), tzinfo=zone)
    except ValueError:
        return None
