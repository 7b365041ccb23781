"""RFC 3339 instants as whole microseconds since 1970, truncated and never rounded.

Accepted is what the gateway accepts: `T`, `t` or a space before the time, `Z`, `z` or an offset with its colon. A
leap second, an hour 24 and a time without an offset are refused.
"""

from __future__ import annotations

import re
from datetime import date

_EPOCH = date(1970, 1, 1).toordinal()
_SHAPE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}):([0-5][0-9])(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
_known: dict[tuple[str, str], int] = {}  # events of a minute share what is slow to read


def microseconds(text: str) -> int:
    """The instant that `text` names. Raises ValueError."""
    start = _known.get((text[:16], text[26:]))  # the common case: six decimals, of a minute that was read before
    if start is not None and text[16] == ":" and text[19] == ".":
        digits = text[17:19] + text[20:26]
        if digits < "6" and digits.isdecimal() and digits.isascii():
            return start + int(digits)
    shape = _SHAPE(text)
    if shape is None:
        raise ValueError(f"{text!r} is not an RFC 3339 instant with an offset")
    minute, second, fraction, offset = shape.groups()
    start = _known.get((minute, offset))
    if start is None:
        start = _remember(minute, offset)
    if fraction is None:
        return start + int(second) * 1_000_000
    return start + int(second) * 1_000_000 + int((fraction + "00000")[:6])


def _remember(minute: str, offset: str) -> int:
    if len(_known) >= 200_000:
        _known.clear()
    start = _known[minute, offset] = (_minutes(minute) - _offset_minutes(offset)) * 60_000_000
    return start


def _minutes(text: str) -> int:
    """`2026-01-31T10:20` as minutes since 1970, as if it were UTC."""
    day = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - _EPOCH
    hour, minute = int(text[11:13]), int(text[14:16])
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r} names no minute of a day")
    return (day * 24 + hour) * 60 + minute


def _offset_minutes(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} is not an offset from UTC")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
