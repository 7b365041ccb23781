"""Batches as the recount reads them: with the standard library's json, strictly, sharing nothing with the gateway.

A batch that this module refuses was acknowledged by a reader that disagrees with it. That is a finding, never silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from sretool.billing.recount.instant import microseconds

Scalar = str | int | bool | None
#: transaction_id, customer_id, event_type, timestamp in microseconds, properties.
Event = tuple[str, str, str, int, Mapping[str, Scalar]]

INTEGER_MAX = 2**53
PICO = 10**12
_BATCH_MAX = 100
_NO_PROPERTIES: Mapping[str, Scalar] = {}
_SCALES = [10 ** (12 - decimals) for decimals in range(13)]
_QUANTITY = re.compile(r"(-?)([0-9]{1,16})(?:\.([0-9]{1,12}))?").fullmatch


class Unreadable(ValueError):
    """These bytes are not a batch of events."""


def events(body: bytes) -> list[Event]:
    """The events of a batch, in order. Raises Unreadable."""
    try:
        text = body.decode()
        batch = _decode(text)
        if "\\u" in text:
            json.dumps(batch, ensure_ascii=False).encode()  # half of a surrogate pair is no text
        if type(batch) is not list or not 1 <= len(batch) <= _BATCH_MAX:
            raise Unreadable(f"a batch is a list of 1 to {_BATCH_MAX} events")
        return [_event(item) for item in batch]
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:
        raise Unreadable(str(error)) from error


def pico(value: Scalar) -> int | None:
    """A quantity in units of 10**-12; None where the value is none."""
    if type(value) is int:
        return value * PICO if -INTEGER_MAX <= value <= INTEGER_MAX else None
    if type(value) is not str:
        return None
    whole, point, fraction = value.partition(".")
    if value.isascii() and whole.isdecimal() and (fraction.isdecimal() or not point):  # the quick way for most
        if len(whole) > 16 or len(fraction) > 12:
            return None
        return int(whole) * PICO + (int(fraction) * _SCALES[len(fraction)] if point else 0)
    shape = _QUANTITY(value)
    if shape is None:
        return None
    sign, whole, fraction = shape.groups()
    size = int(whole) * PICO + (int(fraction.ljust(12, "0")) if fraction else 0)
    return -size if sign else size


def same(one: Event, other: Event) -> bool:
    """Whether two events say the same: the same instant, and the same values of the same types (true is not 1)."""
    return one == other and all(type(value) is type(other[4][key]) for key, value in one[4].items())


def _event(item: object) -> Event:
    if type(item) is not dict:
        raise Unreadable("an event is an object")
    properties = item.get("properties", _NO_PROPERTIES)
    if len(item) != (4 if properties is _NO_PROPERTIES else 5):
        raise Unreadable("an event has four fields, and perhaps properties")
    try:
        identity, customer = item["transaction_id"], item["customer_id"]
        event_type, timestamp = item["event_type"], item["timestamp"]
    except KeyError as error:
        raise Unreadable(f"an event needs {error}") from error
    if type(identity) is not str or not 0 < len(identity) <= 128 or "\0" in identity:
        raise Unreadable("transaction_id is 1 to 128 characters without NUL")
    if type(customer) is not str or not 0 < len(customer) <= 128 or "\0" in customer:
        raise Unreadable("customer_id is 1 to 128 characters without NUL")
    if type(event_type) is not str or not 0 < len(event_type) <= 64:
        raise Unreadable("event_type is 1 to 64 characters")
    if type(timestamp) is not str:
        raise Unreadable("timestamp is text")
    if properties:
        _check_properties(properties)
    elif type(properties) is not dict:
        raise Unreadable("properties are an object")
    return identity, customer, event_type, microseconds(timestamp), properties


def _check_properties(properties: object) -> None:
    if type(properties) is not dict or len(properties) > 32:
        raise Unreadable("properties are an object of at most 32 keys")
    for key, value in properties.items():
        kind = type(value)
        if len(key) > 64:
            raise Unreadable("a property's name is at most 64 characters")
        if kind is str:
            if len(value) > 512:
                raise Unreadable("a property's text is at most 512 characters")
        elif kind is int:
            if not -INTEGER_MAX <= value <= INTEGER_MAX:
                raise Unreadable("an integer is at most 2**53")
        elif kind is not bool and value is not None:
            raise Unreadable("properties are flat: text, integers, true, false and null")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a key stands twice in an object")
    return found


def _no_number(text: str) -> NoReturn:
    raise Unreadable(f"{text} is neither text nor an integer")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number).decode
