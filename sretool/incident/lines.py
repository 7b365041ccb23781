"""A line of the ledger: an event and its place in the chain of its writer, as bytes.

Each line names the hash of the line before it and ends with its own, which is over all that stands before it, byte by
byte. So a line that was changed, added, taken out or moved is found. Nobody's signature is in it: it tells accidents
and hasty hands, not those who write the whole file again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from sretool.incident.codec import Malformed, Undecodable, decode, encode
from sretool.incident.events import Event

FIRST: Final = "0" * 64  # What the first line of a writer names as the hash before it.
_HASH: Final = b',"hash":"'
_ENDING_LENGTH: Final = len(_HASH) + 64 + len(b'"}')


@dataclass(frozen=True, slots=True)
class Place:
    """Where a writer's chain ends: what the next line follows. `event_id` is the last one's, or empty."""

    seq: int = 0
    hash: str = FIRST
    event_id: str = ""
    recorded_at: str = ""


def sealed(event: Event, after: Place) -> tuple[bytes, Place]:
    """The line of an event that follows a place, with its newline, and the place where it ends."""
    fields = encode(event)
    fields = {"v": fields.pop("v"), "seq": after.seq + 1, "prev": after.hash} | fields
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = text.encode()[:-1]
    digest = _digest(head)
    place = Place(after.seq + 1, digest, event.event_id, fields["recorded_at_utc"])
    return head + _HASH + digest.encode() + b'"}\n', place


def is_whole(line: bytes) -> bool:
    """Whether the hash at the end of a line, without its newline, is of what stands before it."""
    head, ending = line[:-_ENDING_LENGTH], line[-_ENDING_LENGTH:]
    return ending == _HASH + _digest(head).encode() + b'"}'


def fields_of(line: bytes) -> dict[str, Any]:
    """The JSON object of a line. Raises Malformed."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:  # Bytes that are no text are a ValueError, too.
        raise Malformed(f"it is not JSON: {_words(error)}") from error
    if not isinstance(found, dict):
        raise Malformed("it is not a JSON object")
    return found


def event_of(line: bytes) -> Event:
    """The event of a line. Raises Malformed or Newer."""
    return decode(fields_of(line))


def place_of(line: bytes) -> Place | None:
    """Where the chain ends with a line, or None if this is no line that a chain could go on from."""
    try:
        fields = fields_of(line)
    except Undecodable:
        return None
    seq, digest = fields.get("seq"), fields.get("hash")
    event_id, recorded_at = fields.get("event_id"), fields.get("recorded_at_utc")
    if not isinstance(seq, int) or not all(isinstance(text, str) for text in (digest, event_id, recorded_at)):
        return None
    return Place(seq, str(digest), str(event_id), str(recorded_at))


def _digest(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()


def _words(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "it nests too deep"
    return "its bytes are no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
