"""When a question is asked again. All of ours only read, so that asking twice does no harm."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sretool.clock import now
from sretool.prometheus.errors import Broken
from sretool.prometheus.transport import Reply

ATTEMPTS_MAX: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.2
_PASSING: Final = (429, 500, 502, 503, 504)


def may_pass(outcome: Reply | Broken) -> bool:
    """Whether the same question may be answered a moment later."""
    if isinstance(outcome, Broken):
        return True
    # A query that took longer than the server allows will do so again.
    return outcome.status in _PASSING and b'"errorType":"timeout"' not in outcome.body


def pause_seconds(attempt: int, outcome: Reply | Broken, *, jitter: float) -> float | None:
    """How long to wait after attempt 1, 2, ..., by chance `jitter` from 0 to 1; None where it was the last.

    The pauses double. Half of each is chance, so that many who were turned away at once do not come back at once.
    What the server asks for by Retry-After is the least.
    """
    if attempt >= ATTEMPTS_MAX:
        return None
    usual: float = _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (1 + jitter) / 2
    return max(usual, asked_seconds(outcome) or 0) if isinstance(outcome, Reply) else usual


def asked_seconds(reply: Reply) -> float | None:
    """What Retry-After says, as seconds or as a date; None without one that can be read."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        moment: datetime = parsedate_to_datetime(text)
        seconds = (moment - now()).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, seconds)
