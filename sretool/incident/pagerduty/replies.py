"""What came back from PagerDuty, as values. Nothing that a server sends is trusted to have its promised shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_WORDS_LENGTH_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is the JSON, None where there was none. `reset_seconds` is when a server wants to be asked again."""

    status: int
    body: object = None
    reset_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, and why. `may_be_done`: the request may have arrived. `is_lasting`: asking again will not help."""

    words: str
    may_be_done: bool = False
    is_lasting: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """An incident of theirs."""

    reference: str
    url: str = ""
    is_open: bool = True


def reply(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """Of an answer; the names of its headers are in any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    return Reply(status, _json(content), _seconds(lower.get("ratelimit-reset") or lower.get("retry-after") or ""))


def incident(body: object) -> Found | None:
    """That of `{"incident": {…}}`."""
    return _found(body.get("incident")) if isinstance(body, dict) else None


def incidents(body: object) -> tuple[Found, ...] | None:
    """Those of `{"incidents": […]}`; None where the answer has not that shape."""
    listed = body.get("incidents") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return None
    read = [_found(each) for each in listed]
    return None if None in read else tuple(found for found in read if found is not None)


def is_note(body: object) -> bool:
    """Whether it is `{"note": {…}}`."""
    return isinstance(body, dict) and isinstance(body.get("note"), dict)


def is_accepted(body: object) -> bool:
    """Whether the Events API says that it took an event. Others answer 202, too."""
    return isinstance(body, dict) and body.get("status") == "success"


def note_texts(body: object) -> tuple[str, ...] | None:
    """Those of `{"notes": […]}`; None where the answer has not that shape."""
    listed = body.get("notes") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return None
    return tuple(str(each.get("content", "")) for each in listed)


def code(body: object) -> int:
    """PagerDuty's own number of what is wrong, 0 without one."""
    number = _error(body).get("code")
    return number if isinstance(number, int) else 0


def complaint(body: object) -> str:
    """What PagerDuty says is wrong, in its words, on one line; empty if it says nothing."""
    error = _error(body) or (body if isinstance(body, dict) else {})
    details = error.get("errors")
    said = [str(each) for each in details] if isinstance(details, list) else []
    words = "; ".join(said) or str(error.get("message") or "")
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return plain if len(plain) <= _WORDS_LENGTH_MAX else f"{plain[:_WORDS_LENGTH_MAX]}…"


def _error(body: object) -> Mapping[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _found(entry: object) -> Found | None:
    if not isinstance(entry, dict):
        return None
    reference, url = entry.get("id"), entry.get("html_url")
    if not isinstance(reference, str) or not (reference.isalnum() and reference.isascii()):
        return None
    return Found(
        reference, url if isinstance(url, str) and url.isprintable() else "", entry.get("status") != "resolved"
    )


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
