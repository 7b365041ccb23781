"""How long is waited before a question is asked again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from sretool.clock import now
from sretool.prometheus.errors import Broken
from sretool.prometheus.retries import asked_seconds, pause_seconds
from sretool.prometheus.transport import Reply


def asking(retry_after: str) -> Reply:
    return Reply(429, {"retry-after": retry_after}, b"")


def test_pauses_double_and_half_of_each_is_chance():
    assert [pause_seconds(attempt, Broken(), jitter=jitter) for attempt in (1, 2, 3) for jitter in (0, 1)] == [
        0.1, 0.2, 0.2, 0.4, None, None,
    ]  # fmt: skip


def test_what_the_server_asks_for_is_the_least():
    assert pause_seconds(1, asking("7"), jitter=0) == 7
    assert pause_seconds(1, asking("0"), jitter=1) == 0.2
    assert pause_seconds(3, asking("7"), jitter=0) is None


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "9" * 400, "²", "Sat, 99 Nov 2026 06:00:00 GMT"])
def test_what_cannot_be_read_is_not_asked_for(text: str):
    assert asked_seconds(asking(text)) is None


def test_a_moment_is_as_far_away_as_it_is():
    past, soon = (format_datetime(now() + timedelta(hours=hours), usegmt=True) for hours in (-1, 1))

    assert asked_seconds(asking(past)) == 0
    assert asked_seconds(asking(soon)) == pytest.approx(3_600, abs=60)
