"""Names that nobody else gives: of events, incidents and writers. Crockford's base 32, which can be read out loud.

Randomness is an argument: a function that gives as many random bytes as it is asked for, such as os.urandom.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

Random = Callable[[int], bytes]
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(_LETTERS)}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ULID_LENGTH: Final = 26
_RANDOM_BITS: Final = 80
_INCIDENT: Final = re.compile(r"inc-[0-9]{8}-[0-9a-hjkmnp-tv-z]{5}")


def next_ulid(at: datetime, after: str, random: Random) -> str:
    """A ULID (48 bits of milliseconds, 80 random ones) that is greater than the one before, whatever the clock says.

    `after` is empty where there is none before.
    """
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    value = milliseconds << _RANDOM_BITS | int.from_bytes(random(_RANDOM_BITS // 8))
    if after:
        before = _number(after)
        if milliseconds <= before >> _RANDOM_BITS:
            value = before + 1
    return _spelled(value, _ULID_LENGTH)


def incident_id(opened_at: datetime, random: Random) -> str:
    """Such as inc-20261128-7k3qd: the day in UTC on which it was opened, and five random letters."""
    return f"inc-{opened_at:%Y%m%d}-{_random_letters(5, random)}"


def is_incident_id(text: str) -> bool:
    return _INCIDENT.fullmatch(text) is not None


def opened_on(incident_id: str) -> date | None:
    """The day in UTC on which an incident was opened; None for what is no such name."""
    if not is_incident_id(incident_id):
        return None
    try:
        return date.fromisoformat(incident_id[4:12])
    except ValueError:
        return None


def writer_id(random: Random) -> str:
    return _random_letters(12, random)


def _random_letters(count: int, random: Random) -> str:
    return _spelled(int.from_bytes(random(count)) % 32**count, count).lower()


def _spelled(value: int, length: int) -> str:
    return "".join(_LETTERS[value >> 5 * place & 31] for place in reversed(range(length)))


def _number(ulid: str) -> int:
    """Of a ULID; what is none counts as the least."""
    if len(ulid) != _ULID_LENGTH or any(letter not in _VALUES for letter in ulid):
        return 0
    value = 0
    for letter in ulid:
        value = value << 5 | _VALUES[letter]
    return value
