"""Sockets: what breaks a bound is told so, and what others sent is answered all the same."""

import contextlib
import time

import pytest
from billing.gateway.running import KEY, Connection, Running, batch, event, http

from sretool.billing.gateway.protocol import BoundedProtocol

JSON = {"content-type": "application/json"}


def ingest(transaction_id: str) -> bytes:
    return http("POST", "/v1/ingest", key=KEY, body=batch(event(transaction_id)), headers=JSON)


def test_pipelined_batches_are_answered_in_order(gateway):
    connection = gateway.connect()

    connection.send(b"".join(ingest(f"t-{number}") for number in range(20)))

    answers = [connection.response().json()["position"] for _ in range(20)]
    assert answers == [record.position for record in gateway.batches()]


def test_garbage_behind_a_batch_does_not_take_its_answer(gateway):
    connection = gateway.connect()

    connection.send(ingest("t-1") + b"\x00\x01 nonsense\r\n\r\n")

    assert connection.response().status == 200
    assert connection.is_closed()
    assert len(gateway.batches()) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /v1/ingest HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"POST /v1/ingest HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
    ],
    ids=repr,
)
def test_garbage_is_answered_with_a_client_error_and_leaves_no_traceback(shared_gateway, garbage, capfd, caplog):
    connection = shared_gateway.connect()

    connection.send(garbage)

    assert 400 <= connection.response().status < 500
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_half_a_body_and_a_hang_up_count_as_the_clients_error_and_store_nothing(gateway, capfd, caplog):
    whole = ingest("t-1")

    connection = gateway.connect()
    connection.send(whole[:-10])
    connection.close()

    while not gateway.outcomes():
        time.sleep(0.001)
    assert gateway.outcomes() == {"client_error": 1}
    assert gateway.batches() == []
    assert "Traceback" not in capfd.readouterr().err + caplog.text


@pytest.mark.parametrize(
    "sent", [b"", b"POST /v1/ing", ingest("t-1")[:-10]], ids=["nothing", "half a header", "half a body"]
)
def test_a_slow_client_is_told_after_a_while_and_closed(shared_gateway, sent, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "request_seconds_max", 0.05)
    connection = shared_gateway.connect()

    connection.send(sent)

    assert connection.response().status == 408
    assert connection.is_closed()


def answered_in_time(gateway: Running) -> Connection:
    """A connection whose first request came in time, which on a busy machine not every one does."""
    while True:
        connection = gateway.connect()
        connection.send(ingest("t-1"))
        if connection.response().status == 200:
            return connection
        connection.close()


def test_a_connection_that_rests_between_requests_stays_open(shared_gateway, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "request_seconds_max", 0.05)
    connection = answered_in_time(shared_gateway)
    shared_gateway.connect().response()  # a slow one: 408 says that the time has passed

    connection.send(ingest("t-2"))

    assert connection.response().status == 200


def test_a_header_without_end_is_431(shared_gateway):
    connection = shared_gateway.connect()

    connection.send(b"GET / HTTP/1.1\r\nx: " + b"x" * 40_000)

    assert connection.response().status == 431
    assert connection.is_closed()


def test_more_connections_than_the_bound_are_503_and_the_others_are_served(gateway: Running, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "connections_max", 1)
    first = gateway.connect()
    first.send(ingest("t-1"))
    first.response()

    second = gateway.connect()

    assert second.response().status == 503
    assert second.is_closed()
    first.send(ingest("t-2"))
    assert first.response().status == 200


def test_a_websocket_is_not_spoken_and_not_a_bug(shared_gateway, capfd):
    headers = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "x", "sec-websocket-version": "13"}

    answer = shared_gateway.request("GET", "/healthz", headers=headers)

    assert answer.status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_an_answer_that_is_not_awaited_leaves_no_traceback(gateway, capfd, caplog):
    for number in range(20):
        connection = gateway.connect()
        connection.send(ingest(f"t-{number}-a") + ingest(f"t-{number}-b") + ingest(f"t-{number}-c"))
        connection.close()

    while len(gateway.batches()) < 20:
        time.sleep(0.001)
    assert gateway.ingest(batch()).status == 200
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_whole_header_above_the_bound_is_431_also_when_it_comes_at_once(gateway):
    connection = gateway.connect()

    connection.send(http("GET", "/healthz", headers={"x-long": "x" * 60_000}))

    assert connection.response().status == 431


def test_a_trailer_without_end_is_cut_off_and_not_kept(gateway):
    connection = gateway.connect()
    connection.send(b"POST /v1/ingest HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n0\r\n")

    with contextlib.suppress(ConnectionError):
        for number in range(2_000):
            connection.send(b"x-%d: %s\r\n" % (number, b"y" * 100))

    # No key is worth an answer before the trailer is, so that there may be two; or the end is all there is to read.
    assert set(connection.statuses()) <= {401, 431}


def test_a_target_above_the_bound_is_431_also_when_it_comes_at_once(gateway):
    connection = gateway.connect()

    connection.send(http("GET", "/healthz?" + "x" * 60_000))

    assert connection.response().status == 431


def test_a_trailer_whose_one_value_never_ends_is_cut_off(gateway):
    connection = gateway.connect()
    connection.send(
        b"POST /v1/ingest HTTP/1.1\r\nauthorization: Bearer acme-1.secret\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n1\r\n[\r\n0\r\nx: "
    )

    with contextlib.suppress(ConnectionError):
        connection.send(b"y" * 8_000_000)

    with contextlib.suppress(ConnectionError):
        assert connection.response().status == 431
    assert connection.is_closed()


def test_a_batch_in_many_small_chunks_is_taken(gateway):
    body, connection = batch(*(event(f"t-{number}") for number in range(100))), gateway.connect()

    connection.send(
        b"POST /v1/ingest HTTP/1.1\r\nauthorization: Bearer acme-1.secret\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    )

    assert connection.response().status == 200
