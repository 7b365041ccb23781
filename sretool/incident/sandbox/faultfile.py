"""Faults as JSON, in a file or through the control endpoint, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sretool.incident.sandbox.faults import KINDS, SCOPES, Fault
from sretool.incident.sandbox.shapes import Json
from sretool.model.duration import Duration

_KNOWN = ("fault", "share", "seed", "on", "until", "for", "seconds")


class FaultUnknown(ValueError):
    """The JSON names no fault that there is; the message says what would be right."""


def read_faults(text: str | bytes, *, now: datetime) -> tuple[Fault, ...]:
    """Of one object, or of a list of them, the first of which that strikes wins. Raises FaultUnknown."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise FaultUnknown(f"faults are JSON, and this is none: {error}") from error
    entries = value if isinstance(value, list) else [value]
    return tuple(_read(entry, now) for entry in entries)


def fault_json(fault: Fault) -> Json:
    """What `read_faults` would read as this fault."""
    shown: Json = {"fault": fault.kind, "share": str(fault.share), "seed": fault.seed, "on": fault.on}
    if fault.until is not None:
        shown["until"] = fault.until.isoformat().replace("+00:00", "Z")
    return {**shown, "seconds": str(fault.seconds)} if fault.seconds else shown


def share_of(text: str) -> Decimal:
    """`95%` and `0.95` alike. Raises ValueError."""
    share = _number(text.removesuffix("%"), f"{text!r} is not a share such as 95% or 0.95")
    return share / 100 if text.endswith("%") else share


def _number(text: str, otherwise: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(otherwise) from error
    if not number.is_finite():
        raise ValueError(otherwise)
    return number


def _read(entry: object, now: datetime) -> Fault:
    if not isinstance(entry, dict):
        raise FaultUnknown('a fault is an object such as {"fault": "5xx", "share": "0.95"}')
    for key in entry:
        if key not in _KNOWN:
            raise FaultUnknown(f"the key {key!r} is not known; a fault has {', '.join(_KNOWN)}")
    kind, scope = entry.get("fault"), entry.get("on", "all")
    if kind not in KINDS:
        raise FaultUnknown(f"the fault {kind!r} is not known: write one of {', '.join(KINDS)}")
    if scope not in SCOPES:
        raise FaultUnknown(f"a fault is on {', '.join(SCOPES)}, not {scope!r}")
    seed = entry.get("seed", 0)
    if not isinstance(seed, int):
        raise FaultUnknown(f"a seed is a whole number, not {seed!r}")
    try:
        late = str(entry.get("seconds", 0))
        return Fault(
            kind,
            share=share_of(str(entry.get("share", 1))),
            seed=seed,
            on=scope,
            until=_until(entry, now),
            seconds=_number(late, f"{late!r} is not a number of seconds"),
        )
    except ValueError as error:
        raise FaultUnknown(str(error)) from error


def _until(entry: Mapping[str, Any], now: datetime) -> datetime | None:
    if "for" in entry:
        return now + timedelta(milliseconds=Duration.parse(str(entry["for"])).milliseconds)
    if entry.get("until") is None:
        return None
    until = datetime.fromisoformat(str(entry["until"]))
    if until.tzinfo is None:
        raise ValueError(f"{entry['until']!r} has no zone: write 2026-03-04T03:38:00Z")
    return until
