"""An incident in words, also one that is too big to be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from incident.samples import ALERT, NIGHT, OPENED

from sretool.incident.events import AlertsSeen, Event
from sretool.incident.history import Incident
from sretool.incident.wording import about, happened


def test_of_thousands_of_alerts_ten_are_told_and_those_that_fire_go_first():
    ended = replace(ALERT, fingerprint="e0", name="Over", ended_at_utc=NIGHT + timedelta(minutes=1))
    firing = [replace(ALERT, fingerprint=f"f{number}") for number in range(9_999)]
    opening = Event("01A", "inc-20261128-aaaaa", OPENED, NIGHT, NIGHT, "ada@desk")
    seen = replace(opening, event_id="01B", happening=AlertsSeen((ended, *firing)))
    told = [words for name, words in about(Incident((opening, seen), OPENED), NIGHT) if name == "alert"]

    assert len(told) == 11
    assert told[-1] == "and 9990 more, 9989 of which fire"
    assert not any("Over" in words for words in told)
    assert happened(seen).endswith("; and 9990 more, 9989 of which fire")
