"""POST /v1/ingest: a batch is accepted or refused whole, with every reason, and counted once."""

import json
import threading
import time

import pytest
from billing.gateway.running import KEY, OTHER_KEY, SLOW_KEY, ago, batch, event, http

MIB = 2**20


def test_an_acknowledged_batch_stands_in_the_journal_byte_for_byte_at_its_position(gateway):
    body = batch(event("t-1"), event("t-2"))

    answer = gateway.ingest(body)

    [record] = gateway.batches()
    assert (answer.status, answer.json()) == (200, {"accepted": 2, "position": record.position})
    assert (record.tenant, record.count, record.body) == ("acme", 2, body)
    assert gateway.outcomes() == {"accepted": 2}


def test_an_acknowledgement_is_observed_once_a_batch(gateway):
    gateway.ingest(batch(event("t-1"), event("t-2")))

    assert gateway.metrics()["billing_ingest_ack_seconds_count"] == 1


def test_a_duplicate_is_accepted_because_the_ledger_decides_later(shared_gateway):
    body = batch(event("t-1"))

    answers = [shared_gateway.ingest(body).status for _ in range(2)]

    assert answers == [200, 200]


def test_every_faulty_event_is_listed_by_index_with_all_its_reasons_and_nothing_is_stored(gateway):
    body = batch(
        event("fine"),
        event("old", timestamp=ago(days=35)),
        event("", customer_id=7),
        event("ahead", timestamp=ago(hours=-25)),
    )

    answer = gateway.ingest(body)

    said = {row["index"]: [fault["path"] for fault in row["faults"]] for row in answer.json()["events"]}
    assert answer.status == 400
    assert said == {1: ["timestamp"], 2: ["transaction_id", "customer_id"], 3: ["timestamp"]}
    assert gateway.batches() == []
    assert gateway.outcomes() == {"client_error": 4}


def test_what_is_wrong_with_the_batch_itself_has_no_index(shared_gateway):
    answer = shared_gateway.ingest(b'{"transaction_id": "t-1"}')

    assert answer.status == 400
    assert [fault["remedy"] for fault in answer.json()["batch"]] == [
        "send a JSON array of events, also for a single one"
    ]


@pytest.mark.parametrize(
    ("age", "status"),
    [({"days": 33.99}, 200), ({"days": 34.01}, 400), ({"hours": -23.9}, 200), ({"hours": -24.1}, 400)],
    ids=["almost 34 days back", "more than 34 days back", "almost 24 h ahead", "more than 24 h ahead"],
)
def test_timestamps_are_taken_from_34_days_back_to_24_hours_ahead(shared_gateway, age, status):
    assert shared_gateway.ingest(batch(event(timestamp=ago(**age)))).status == status


@pytest.mark.parametrize(
    "key", [None, "", "acme-1", "acme-1.wrong", "nobody.secret", "acme-1.secret.", "globex-1.secret"]
)
def test_an_unknown_key_is_401(shared_gateway, key):
    answer = shared_gateway.ingest(batch(), key=key)

    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_batch_whose_body_was_not_read_counts_as_one(gateway):
    gateway.ingest(batch(event("t-1"), event("t-2")), key="nobody.secret")

    assert gateway.outcomes() == {"client_error": 1}


def test_both_keys_of_a_tenant_are_live_so_that_one_can_follow_another(shared_gateway):
    assert shared_gateway.ingest(batch(), key="acme-2.second").status == 200


def test_a_stranger_hears_401_before_the_body_is_sent(shared_gateway):
    connection = shared_gateway.connect()

    connection.send(b"POST /v1/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 500000\r\n\r\n")

    assert connection.response().status == 401


def test_a_body_above_a_mebibyte_is_413_before_it_is_sent(shared_gateway):
    connection = shared_gateway.connect()

    connection.send(
        b"POST /v1/ingest HTTP/1.1\r\nauthorization: Bearer acme-1.secret\r\ncontent-type: application/json\r\n"
        b"content-length: 1048577\r\n\r\n"
    )

    assert connection.response().status == 413


def test_a_body_of_unsaid_size_is_cut_off_above_a_mebibyte(shared_gateway):
    connection = shared_gateway.connect()

    connection.send(
        b"POST /v1/ingest HTTP/1.1\r\nauthorization: Bearer acme-1.secret\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )
    for _ in range(17):
        connection.send(b"10000\r\n" + bytes(65536) + b"\r\n")

    assert connection.response().status == 413


def test_a_batch_in_chunks_is_taken(shared_gateway):
    body, connection = batch(), shared_gateway.connect()
    half = len(body) // 2

    connection.send(
        b"POST /v1/ingest HTTP/1.1\r\nauthorization: Bearer acme-1.secret\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )
    for part in (body[:half], body[half:], b""):
        connection.send(b"%x\r\n" % len(part) + part + b"\r\n")

    assert connection.response().status == 200


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}]
    + [{"content-type": f"application/json; charset={name}"} for name in ("utf-16", "latin-1", '"utf-16"', "")],
)
def test_what_is_not_plain_json_is_415(shared_gateway, headers):
    assert shared_gateway.ingest(batch(), headers=headers).status == 415


@pytest.mark.parametrize("more", ["; charset=utf-8", ';charset="UTF-8"', " ; profile=x; charset = utf-8", "; odd"])
def test_the_charset_of_json_may_be_said(shared_gateway, more):
    assert shared_gateway.ingest(batch(), headers={"content-type": f"Application/JSON{more}"}).status == 200


@pytest.mark.parametrize(("scheme", "status"), [("bearer", 200), ("BEARER", 200), ("Basic", 401), ("", 401)])
def test_the_name_of_the_scheme_is_read_without_regard_to_case(shared_gateway, scheme, status):
    headers = {"authorization": f"{scheme} acme-1.secret"}

    assert shared_gateway.ingest(batch(), key=None, headers=headers).status == status


def test_a_tenant_above_its_rate_is_told_when_to_come_back_and_others_are_not_disturbed(gateway):
    gateway.stop_the_clock_of_rates()
    full = batch(*(event(f"t-{number}") for number in range(100)))

    answers = [gateway.ingest(full, key=SLOW_KEY) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "10"
    assert gateway.ingest(full, key=OTHER_KEY).status == 200
    assert gateway.outcomes() == {"accepted": 200, "throttled": 100}


def test_bytes_in_flight_above_their_bound_are_shed(gateway):
    gateway.gateway.ingest.in_flight.maximum = 100

    answer = gateway.ingest(batch())

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert gateway.outcomes() == {"shed": 1}


def test_bytes_are_given_back_whatever_became_of_their_batch(gateway):
    for body in (batch(), b"nonsense", batch(event(timestamp=ago(days=99)))):
        gateway.ingest(body)

    assert gateway.gateway.ingest.in_flight.now == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        batch(event()).replace(b'"1.5"', b"NaN"),
        batch(event()).replace(b'"1.5"', b"1e400"),
        batch(event()).replace(b'"1.5"', b"1" * 40),
        batch(event()).replace(b'"1.5"', b"0.5"),
        batch(event()).replace(b'"1.5"', b'{"a": [1]}'),
        batch(event(extra=1)),
        batch(event(timestamp="2026-01-31T12:00:60Z")),
        json.dumps([event(f"t-{number}") for number in range(101)]).encode(),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_bad_input_is_400_with_a_reason_and_leaves_no_traceback(shared_gateway, body, capfd, caplog):
    before = shared_gateway.outcomes().get("client_error", 0)
    answer = shared_gateway.ingest(body)

    said = answer.json()
    assert answer.status == 400
    assert said["batch"] or said["events"]
    assert shared_gateway.outcomes()["client_error"] > before
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_the_contracted_rate_counts_events_however_their_names_are_spelt(gateway):
    gateway.stop_the_clock_of_rates()
    plain = batch(*(event(f"t-{number}") for number in range(100)))
    spelt = plain.replace(b'"transaction_id"', b'"transaction_\\u0069d"')

    statuses = [gateway.ingest(spelt, key=SLOW_KEY).status for _ in range(3)]

    assert statuses == [200, 429, 429]


def test_a_mebibyte_of_faults_is_answered_in_few_words(gateway):
    answer = gateway.ingest(b"[" + b",".join([b"{}"] * 349_000) + b"]")

    assert (answer.status, len(answer.json()["events"])) == (400, 100)
    assert len(answer.body) < 100_000


def test_nobody_waits_for_the_faults_of_others(gateway):
    ingest, found = gateway.gateway.ingest, threading.Event()
    ingest._finder.submit(found.wait)
    connections = [gateway.connect() for _ in range(ingest.faulty.maximum_a_tenant)]
    for connection in connections:
        connection.send(
            http("POST", "/v1/ingest", key=KEY, body=b"nonsense", headers={"content-type": "application/json"})
        )
    while not ingest.faulty.is_full("acme"):
        time.sleep(0.001)

    try:
        asked, taken, shed = gateway.get("/v1/invoices"), gateway.ingest(batch()), gateway.ingest(b"nonsense")
    finally:
        found.set()

    assert (asked.status, taken.status, shed.status, shed.headers["retry-after"]) == (200, 200, 503, "1")
    assert [connection.response().status for connection in connections] == [400] * len(connections)
    assert gateway.ingest(b"nonsense").status == 400
