"""What a client sent, field by field; what is wrong with it is refused as PagerDuty refuses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sretool.incident.sandbox.messages import Request, invalid

BODY_BYTES_MAX = 512 * 1024

_Object = Mapping[str, Any]


def sent(request: Request) -> object:
    """The JSON of the body, None where there is none to be had."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def wrapped(request: Request, entity: str) -> _Object:
    """The object within `{"incident": {…}}`.

    Without the content type, and for whatever is no such object, PagerDuty has one and the same odd sentence.
    """
    value = sent(request) if "json" in request.headers.get("content-type", "") else None
    inner = value.get(entity) if isinstance(value, dict) else None
    if not isinstance(inner, dict):
        raise invalid("params must be a Hash")
    return inner


def text(value: _Object, field: str) -> str | None:
    """A string, None if it is missing or null."""
    found = value.get(field)
    if found is not None and not isinstance(found, str):
        raise invalid(f"{field.capitalize()} must be a string.")
    return found


def referred(value: _Object, field: str) -> str | None:
    """The id of a reference such as `{"id": …, "type": "service_reference"}`, None if there is no reference."""
    found = value.get(field)
    if found is None:
        return None
    identifier = found.get("id") if isinstance(found, dict) else None
    if not isinstance(identifier, str):
        raise invalid(f"{field.capitalize()} must be a reference with an id.")
    return identifier


def whole_number(request: Request, name: str, *, otherwise: int) -> int:
    found = request.parameter(name)
    if found is None:
        return otherwise
    if not (found.isascii() and found.isdigit() and len(found) < 10):
        raise invalid(f"{name.capitalize()} must be a whole number.")
    return int(found)


def moment(request: Request, name: str) -> datetime | None:
    """An instant of the query. A `+` of an offset that was not escaped has become a blank, and is none."""
    found = request.parameter(name)
    if found is None:
        return None
    try:
        read = datetime.fromisoformat(found)
    except ValueError as error:
        raise invalid(f"{name.capitalize()} is not a valid date.") from error
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
