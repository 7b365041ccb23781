"""The Events API: what it refuses, and what it drops with a 202."""

import pytest
from incident.sandbox.asking import Asker, refused, said

from sretool.incident.sandbox.state import Named


@pytest.fixture
def asker() -> Asker:
    return Asker()


def test_a_trigger_is_one_page_however_often_it_is_sent(asker):
    answers = [said(asker.event("trigger")) for _ in range(3)]

    assert answers == [{"status": "success", "message": "Event processed", "dedup_key": "K"}] * 3
    assert len(asker.account.pages) == 1


def test_an_event_moves_what_it_has_triggered(asker):
    asker.event("trigger")
    asker.event("acknowledge")
    seen = [one.status for one in asker.account.incidents.values()]
    asker.event("resolve")

    assert seen + [one.status for one in asker.account.incidents.values()] == ["acknowledged", "resolved"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_an_event_about_nothing_that_is_open_is_dropped_with_202(asker, action):
    asker.event("trigger")
    asker.event("resolve")

    assert [asker.event(action, key).status for key in ("K", "never")] == [202, 202]
    assert [one.status for one in asker.account.incidents.values()] == ["resolved"]


def test_an_acknowledgement_that_comes_twice_is_dropped_with_202(asker):
    asker.event("trigger")

    assert [asker.event("acknowledge").status for _ in range(2)] == [202, 202]


def test_a_late_trigger_pages_again(asker):
    asker.event("trigger")
    asker.event("resolve")
    asker.event("trigger")

    assert len(asker.account.pages) == 2


def test_without_a_key_pagerduty_makes_one_up_each_time(asker):
    first, second = (said(asker.event("trigger", None))["dedup_key"] for _ in range(2))

    assert first != second
    assert len(asker.account.pages) == 2


def test_an_incident_of_an_event_shows_no_key_and_is_found_by_it(asker):
    asker.event("trigger")
    listed = said(asker.ask("GET", "/incidents?incident_key=K"))["incidents"]
    alerts = said(asker.ask("GET", f"/incidents/{listed[0]['id']}/alerts"))["alerts"]

    assert [one["incident_key"] for one in listed] == [None]
    assert [one["alert_key"] for one in alerts] == ["K"]


def test_both_apis_share_their_keys(asker):
    asker.event("trigger", "from events")
    asker.open("from rest")
    asker.event("trigger", "from rest")

    assert refused(asker.open("from events"))[1] == 2002
    assert len(asker.account.pages) == 2


def test_an_event_resolves_what_the_rest_api_opened(asker):
    asker.open("K")
    asker.event("resolve")

    assert [one.status for one in asker.account.incidents.values()] == ["resolved"]


def test_with_separate_keys_the_same_key_pages_twice():
    asker = Asker(are_keys_shared=False)
    asker.open("K")
    asker.event("trigger")
    asker.event("resolve")

    assert len(asker.account.pages) == 2
    assert [one.status for one in asker.account.incidents.values()] == ["triggered", "resolved"]


def test_the_routing_key_belongs_to_the_first_service_alone():
    asker = Asker(services=(Named("PFIRST", "first"), Named("PSECOND", "second")))
    asker.open("K", service={"id": "PSECOND", "type": "service_reference"})
    asker.event("trigger")

    assert [page.service_id for page in asker.account.pages] == ["PSECOND", "PFIRST"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": None}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": "f" * 32}, "Invalid routing key"),
        ({"event_action": "close"}, "'event_action' must be one of trigger, acknowledge, resolve"),
        ({"dedup_key": "k" * 256}, "'dedup_key' must be a string of at most 255 characters"),
        ({"dedup_key": 7}, "'dedup_key' must be a string of at most 255 characters"),
        ({"payload": None}, "'payload' is missing or blank"),
    ],
)
def test_a_wrong_event_is_refused(asker, fields, sentence):
    response = asker.event("trigger", **fields)

    assert response.status == 400
    assert said(response) == {"status": "invalid event", "message": "Event object is invalid", "errors": [sentence]}
    assert asker.account.pages == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("summary", "x" * 1025, "'summary' is too long (maiximum is 1024 characters)"),
        ("summary", "", "'payload.summary' is missing or blank"),
        ("source", None, "'payload.source' is missing or blank"),
        ("severity", 7, "'payload.severity' is missing or blank"),
        ("severity", "page", "'severity' is invalid (must be one of the following: critical, error, warning, info)"),
    ],
)
def test_a_wrong_payload_is_refused(asker, field, value, sentence):
    payload = {"summary": "x", "source": "billing", "severity": "critical", field: value}

    assert said(asker.event("trigger", payload=payload))["errors"] == [sentence]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_moves_an_alert_needs_its_key(asker, action):
    assert said(asker.event(action, None))["errors"] == ["'dedup_key' is missing or blank"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_what_is_no_event_is_refused(asker, body):
    assert asker.ask("POST", "/v2/enqueue", body).status == 400


def test_the_longest_summary_and_key_are_taken(asker):
    payload = {"summary": "x" * 1024, "source": "billing", "severity": "info"}

    assert asker.event("trigger", "k" * 255, payload=payload).status == 202


def test_more_than_512_kb_are_too_many(asker):
    assert asker.ask("POST", "/v2/enqueue", b" " * (512 * 1024 + 1)).status == 413


def test_a_change_event_pages_nobody(asker):
    assert asker.ask("POST", "/v2/change/enqueue", {"routing_key": "f" * 32}).status == 400
    assert asker.event("trigger").status == 202
    changed = {"routing_key": asker.account.keys.routing_key, "payload": {"summary": "Deployed 1.2"}}
    assert asker.ask("POST", "/v2/change/enqueue", changed).status == 202
    assert len(asker.account.pages) == 1
