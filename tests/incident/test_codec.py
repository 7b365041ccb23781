"""Events as JSON, and what is wrong with JSON that is none."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from incident.samples import ALERT, HAPPENINGS, NIGHT

from sretool.incident.codec import Malformed, Newer, decode, encode
from sretool.incident.events import KINDS, Acknowledged, AlertsSeen, Event, Noted


def event(happening: Any) -> Event:
    return Event(
        "01ARZ3NDEKTSV4RRFFQ69G5FAV", "inc-20261128-aaaaa", happening, NIGHT, NIGHT, "ada@desk", tells=("note",)
    )


def line(**changes: Any) -> dict[str, Any]:
    return encode(event(Acknowledged("ada"))) | changes


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda one: type(one).__name__)
def test_an_event_is_the_same_after_it_was_written_and_read(happening):
    written = json.loads(json.dumps(encode(event(happening))))

    assert decode(written) == event(happening)


def test_what_nobody_could_send_is_neither_written_nor_read():
    alert = replace(ALERT, name="caf\udce9", labels=(("caf\udce9", "\ud83e"),))
    said, seen = event(Noted("a\udcff b")), event(AlertsSeen((alert,)))
    clean = replace(alert, name="caf\ufffd", labels=(("caf\ufffd", "\ufffd"),))

    assert decode(encode(said)) == event(Noted("a\ufffd b"))
    assert decode(line(kind="noted", what={"text": "a\udcff b"})) == event(Noted("a\ufffd b"))
    assert decode(encode(seen)) == event(AlertsSeen((clean,)))
    json.dumps([encode(said), encode(seen)], ensure_ascii=False).encode()


def test_every_kind_is_among_the_samples():
    assert {type(one) for one in HAPPENINGS} == set(KINDS.values())


def test_every_field_of_every_kind_is_written_where_it_says_something():
    written: dict[type, set[str]] = {kind: set() for kind in KINDS.values()}
    for one in HAPPENINGS:
        written[type(one)] |= set(encode(event(one))["what"])

    assert written == {kind: {field.name for field in fields(kind)} for kind in KINDS.values()}


def test_a_line_reads_as_it_is_documented():
    assert line() == {
        "v": 1,
        "event_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "incident_id": "inc-20261128-aaaaa",
        "occurred_at_utc": "2026-11-28T03:04:05.678901Z",
        "recorded_at_utc": "2026-11-28T03:04:05.678901Z",
        "actor": "ada@desk",
        "tells": ["note"],
        "kind": "acknowledged",
        "what": {"by": "ada"},
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"v": "1"}, "`v` must be the version"),
        ({"v": True}, "`v` must be the version"),
        ({"v": 0}, "`v` must be the version"),
        ({"kind": 3}, "`kind` must be the name of a kind"),
        ({"what": []}, "`what` must be an object"),
        ({"what": {}}, "`what.by` is missing"),
        ({"what": {"by": 3}}, "`what.by` must be a text, not 3"),
        ({"actor": None}, "`actor` must be a text"),
        ({"origin": "space"}, "`origin` must be one of cli, alertmanager, prometheus, outbox, not 'space'"),
        ({"origin": []}, "`origin` must be one of"),
        ({"tells": "note"}, "`tells` must be a list"),
        ({"tells": ["shout"]}, "`tells` must be one of"),
        ({"occurred_at_utc": "2026-11-28T03:04:05"}, "`occurred_at_utc` must be an instant"),
        ({"occurred_at_utc": "yesterday"}, "`occurred_at_utc` must be an instant"),
        ({"kind": "opened", "what": {"title": "x", "severity": "sev9", "severity_reason": ""}}, "`what.severity` must"),
        ({"kind": "alerts_seen", "what": {"alerts": [3]}}, "`SeenAlert` must be an object"),
        ({"kind": "alerts_seen", "what": {"alerts": [{}]}}, "`SeenAlert.fingerprint` is missing"),
        (
            {"kind": "snapshot", "what": {"at_utc": "2026-11-28T03:04:05Z", "readings": [{"slo": "a", "verdict": "ok",
             "budget_left": "NaN"}]}},
            "`Reading.budget_left` must be a number",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_malformed_is_said(changes: dict[str, Any], words: str):
    with pytest.raises(Malformed, match=words.replace("(", r"\(")):
        decode(line(**changes))


def test_a_missing_field_is_named():
    without = {name: value for name, value in line().items() if name != "event_id"}

    with pytest.raises(Malformed, match="`event_id` is missing"):
        decode(without)


@pytest.mark.parametrize(
    "changes", [{"v": 2}, {"kind": "escalated"}, {"v": 2, "kind": "escalated", "what": 3}], ids=str
)
def test_what_a_newer_version_wrote_is_told_apart(changes: dict[str, Any]):
    with pytest.raises(Newer, match="it is of a newer sretool"):
        decode(line(**changes))


def test_fields_that_are_not_known_are_passed_over():
    more = line(kind="noted", what={"text": "hello", "mood": "calm"}, weather="rain")

    assert decode(more).happening == Noted("hello")
