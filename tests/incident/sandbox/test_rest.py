"""The REST API's refusals, word by word, and what it does when it does not refuse."""

from datetime import timedelta

import pytest
from incident.sandbox.asking import Asker, draft, refused, said

TAKEN = "Open incident with matching dedup key already exists on this service"


@pytest.fixture
def asker() -> Asker:
    return Asker()


def test_an_open_key_is_taken(asker):
    asker.open("K")

    assert refused(asker.open("K")) == (400, 2002, "Arguments Caused Error", [TAKEN])
    assert len(asker.account.pages) == 1


def test_a_key_is_free_again_once_its_incident_is_resolved(asker):
    asker.put(asker.opened("K"), status="resolved")

    assert asker.open("K").status == 201
    assert len(asker.account.pages) == 2


def test_without_a_key_nothing_is_taken(asker):
    assert [asker.open("").status, asker.open("").status] == [201, 201]


def test_an_unknown_service_has_the_code_of_a_taken_key(asker):
    response = asker.open(service={"id": "PNOBODY", "type": "service_reference"})

    assert refused(response) == (400, 2002, "Arguments Caused Error", ["Service not found"])


def test_an_unknown_priority_is_refused(asker):
    response = asker.open(priority={"id": "PNONE", "type": "priority_reference"})

    assert refused(response)[:2] == (400, 1020)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("resolved", "resolved", 1001),
        ("resolved", "acknowledged", 1001),
        ("acknowledged", "acknowledged", 1002),
    ],
)
def test_a_state_is_entered_once(asker, first, second, code):
    identifier = asker.opened()
    asker.put(identifier, status=first)

    assert refused(asker.put(identifier, status=second))[:2] == (400, code)


def test_an_acknowledged_incident_is_resolved(asker):
    identifier = asker.opened()
    asker.put(identifier, status="acknowledged")

    assert said(asker.put(identifier, status="resolved"))["incident"]["status"] == "resolved"


def test_a_resolved_incident_is_not_renamed(asker):
    identifier = asker.opened()
    asker.put(identifier, status="resolved")

    assert refused(asker.put(identifier, title="Another"))[:2] == (400, 1001)


def test_a_refused_acknowledgement_renames_nothing(asker):
    identifier = asker.opened()
    asker.put(identifier, status="acknowledged")
    asker.put(identifier, status="acknowledged", title="Another")

    assert asker.account.incidents[identifier].title == "Invoices are late"


def test_many_incidents_change_together_or_not_at_all(asker):
    first, second = asker.opened("A"), asker.opened("B")
    asker.put(second, status="resolved")
    both = [{"id": one, "type": "incident_reference", "status": "resolved"} for one in (first, second)]

    assert refused(asker.ask("PUT", "/incidents", {"incidents": both}))[:2] == (400, 1001)
    assert asker.account.incidents[first].status == "triggered"


def test_more_than_250_incidents_at_once_are_too_many(asker):
    assert asker.ask("PUT", "/incidents", {"incidents": [{}] * 251}).status == 413


def test_an_incident_that_becomes_urgent_pages(asker):
    identifier = asker.opened(urgency="low")
    before = len(asker.account.pages)
    asker.put(identifier, urgency="high")

    assert (before, len(asker.account.pages)) == (0, 1)


@pytest.mark.parametrize(
    ("sender", "code", "message"),
    [
        (None, 2016, 'You must specify a user\'s email address in the "From" header to perform this action'),
        ("ada", 1028, 'Malformed "From" header'),
        ("ada@elsewhere.example", 1008, "Requester User Not Found"),
    ],
)
def test_who_writes_has_to_be_said(asker, sender, code, message):
    identifier = asker.opened("other")
    writes = [
        ("POST", "/incidents", draft()),
        ("PUT", f"/incidents/{identifier}", {"incident": {"status": "resolved"}}),
        ("PUT", "/incidents", {"incidents": []}),
        ("POST", f"/incidents/{identifier}/notes", {"note": {"content": "x"}}),
    ]

    answers = [refused(asker.ask(method, path, value, **{"from": sender})) for method, path, value in writes]

    assert answers == [(400, code, message, [])] * 4


@pytest.mark.parametrize("authorization", [None, "Token token=wrong", "Bearer sandbox-key-of-tests", ""])
def test_a_wrong_key_is_refused_without_a_word_of_json(asker, authorization):
    response = asker.ask("GET", "/incidents", authorization=authorization)

    assert (response.status, response.body) == (401, b"")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"incident": []}', b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_incident_is_refused_with_the_one_odd_sentence(asker, body):
    assert refused(asker.ask("POST", "/incidents", body)) == (
        400,
        2001,
        "Invalid Input Provided",
        ["params must be a Hash"],
    )


def test_without_a_content_type_the_body_is_not_read(asker):
    assert refused(asker.ask("POST", "/incidents", draft(), **{"content-type": None}))[3] == ["params must be a Hash"]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": " "},
        {"title": None},
        {"title": 7},
        {"title": "x" * 1025},
        {"incident_key": "k" * 256},
        {"incident_key": 7},
        {"service": None},
        {"service": "PSANDBX"},
        {"service": {"id": 7}},
        {"urgency": "medium"},
        {"priority": "P1"},
        {"body": {"type": "incident_body", "details": {"not": "a text"}}},
        {"body": "text"},
    ],
)
def test_a_wrong_field_is_refused_and_nobody_is_paged(asker, fields):
    response = asker.ask("POST", "/incidents", draft(**fields))

    assert refused(response)[:3] == (400, 2001, "Invalid Input Provided")
    assert asker.account.pages == []


def test_the_longest_title_and_key_are_taken(asker):
    assert asker.open("k" * 255, title="x" * 1024).status == 201


def test_more_than_512_kb_are_too_many(asker):
    assert asker.ask("POST", "/incidents", b" " * (512 * 1024 + 1)).status == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/incidents/Q1"),
        ("PUT", "/incidents/Q1"),
        ("DELETE", "/incidents"),
        ("GET", "/"),
        ("GET", "/nothing"),
        ("POST", "/services"),
        ("GET", "/services/PNOBODY"),
        ("GET", "/v2/enqueue"),
        ("POST", "/incidents/Q1/merge"),
    ],
)
def test_what_is_not_there_is_not_found(asker, method, path):
    assert refused(asker.ask(method, path, {})) == (404, 2100, "Not Found", [])


def test_a_note_is_kept_each_time_that_it_is_sent(asker):
    identifier = asker.opened()
    statuses = [asker.ask("POST", f"/incidents/{identifier}/notes", {"note": {"content": "x"}}).status for _ in "12"]

    assert statuses == [200, 200]
    assert [one["content"] for one in said(asker.ask("GET", f"/incidents/{identifier}/notes"))["notes"]] == ["x", "x"]


def test_an_empty_note_is_refused(asker):
    assert asker.ask("POST", f"/incidents/{asker.opened()}/notes", {"note": {"content": " "}}).status == 400


def test_the_log_tells_what_happened_newest_first(asker):
    identifier = asker.opened()
    asker.put(identifier, status="acknowledged")
    asker.put(identifier, status="resolved", resolution="Restarted")
    entries = said(asker.ask("GET", f"/incidents/{identifier}/log_entries"))["log_entries"]

    assert [one["type"].removesuffix("_log_entry") for one in entries] == [
        "annotate",
        "resolve",
        "acknowledge",
        "notify",
        "trigger",
    ]


def test_a_list_without_a_window_is_of_the_last_month(asker):
    asker.open("old")
    asker.now += timedelta(days=31)
    asker.open("new")

    assert asker.found("") == ["new"]
    assert asker.found("date_range=all") == ["old", "new"]
    assert asker.found("since=2026-03-01T00:00:00Z&until=2026-03-05T00:00:00Z") == ["old"]


def test_a_window_of_more_than_six_months_is_refused(asker):
    assert asker.ask("GET", "/incidents?since=2025-01-01T00:00:00Z&until=2026-01-01T00:00:00Z").status == 400


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-03-01T00:00:00+01:00",  # The + was not escaped, and is a blank.
        "statuses[]=ack",
        "limit=many",
        "offset=9990&limit=25",
        "sort_by=colour",
    ],
)
def test_a_wrong_query_is_refused(asker, query):
    assert refused(asker.ask("GET", f"/incidents?{query}"))[:2] == (400, 2001)


def test_filters_narrow_a_list(asker):
    asker.open("low", urgency="low")
    asker.put(asker.opened("done"), status="resolved")
    asker.put(asker.opened("seen"), status="acknowledged")

    assert asker.found("statuses[]=resolved&statuses[]=acknowledged") == ["done", "seen"]
    assert asker.found("urgencies[]=low") == ["low"]
    assert asker.found("service_ids[]=PNOBODY") == []
    assert asker.found("incident_key=done") == ["done"]
    assert asker.found("sort_by=incident_number:desc") == ["seen", "done", "low"]


def test_an_empty_key_lists_everything_that_is_open(asker):
    asker.open("A")
    asker.open("B")
    asker.put(asker.opened("C"), status="resolved")

    assert asker.found("incident_key=") == ["A", "B"]


def test_a_list_comes_in_pages(asker):
    for number in range(5):
        asker.open(f"K{number}")
    page = said(asker.ask("GET", "/incidents?limit=2&offset=2&total=true"))

    assert [one["incident_key"] for one in page["incidents"]] == ["K2", "K3"]
    assert (page["limit"], page["offset"], page["more"], page["total"]) == (2, 2, True, 5)


def test_no_page_is_longer_than_100(asker):
    page = said(asker.ask("GET", "/incidents?limit=1000"))

    assert (page["limit"], page["more"], page["total"]) == (100, False, None)
