"""What comes in over the wire and is no request that a client of PagerDuty would send."""

import socket
import ssl
from collections.abc import Iterator

import httpx2
import pytest
from incident.sandbox.asking import KEYS, START, draft

from sretool.incident.sandbox.fresh import new_sandbox
from sretool.incident.sandbox.server import CannotListen, Listening, listening

PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Listening]:
    with listening(new_sandbox(KEYS, clock=lambda: START), tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture
def client(place) -> Iterator[httpx2.Client]:
    trusted = ssl.create_default_context(cafile=place.trust)
    with httpx2.Client(base_url=place.url, verify=trusted, timeout=PATIENCE_SECONDS) as made:
        made.headers["authorization"] = f"Token token={KEYS.api_key}"
        yield made


def sent(place: Listening, text: bytes) -> bytes:
    """What the server says to these bytes, until it ends the connection."""
    context = ssl.create_default_context(cafile=place.trust)
    address = ("127.0.0.1", int(place.url.rpartition(":")[2]))
    with (
        socket.create_connection(address, timeout=PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_client_that_never_speaks_holds_up_nobody(place, client):
    address = ("127.0.0.1", int(place.url.rpartition(":")[2]))
    with socket.create_connection(address):
        assert client.get("/abilities").status_code == 200


def test_a_client_that_does_not_trust_the_certificate_is_refused_by_itself(place, client):
    trusting_others = ssl.create_default_context(cadata=None)

    with (
        httpx2.Client(verify=trusting_others, timeout=PATIENCE_SECONDS) as other,
        pytest.raises(httpx2.ConnectError),
    ):
        other.get(place.url)

    assert client.get("/abilities").status_code == 200


def test_http_without_tls_is_dropped_and_others_are_served(place, client):
    with pytest.raises(httpx2.TransportError):
        httpx2.get(place.url.replace("https", "http"), timeout=PATIENCE_SECONDS)

    assert client.get("/abilities").status_code == 200


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /incidents HTTP/1.1\r\ncontent-length: many\r\n\r\n", b"411"),
        (b"POST /incidents HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"411"),
        (b"POST /incidents HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST /incidents HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", b"413"),
        (b"GET http://[ HTTP/1.1\r\nconnection: close\r\n\r\n", b"401"),
        (b"TRACE / HTTP/1.1\r\nconnection: close\r\n\r\n", b"501"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_what_is_no_request_is_answered_and_the_connection_ends(place, text, status):
    assert status in sent(place, text).partition(b"\r\n")[0]


def test_a_body_of_a_megabyte_is_answered_with_413(client):
    response = client.post("/v2/enqueue", content=b" " * 1_000_000)

    assert response.status_code == 413


def test_a_connection_is_kept_after_a_reply_without_a_body(client):
    statuses = [client.get(path).status_code for path in ("/abilities/teams", "/abilities", "/nothing", "/abilities")]

    assert statuses == [204, 200, 404, 200]


def test_a_path_may_be_escaped(client):
    assert client.get("/%61bilities").status_code == 200


def test_a_taken_port_is_told(place, tmp_path):
    port = int(place.url.rpartition(":")[2])

    with (
        pytest.raises(CannotListen, match="Address already in use"),
        listening(new_sandbox(KEYS, clock=lambda: START), tmp_path, port=port),
    ):
        pass


def test_requests_and_pages_are_told_and_what_was_sent_steers_no_terminal(tmp_path):
    told: list[str] = []
    sandbox = new_sandbox(KEYS, clock=lambda: START)
    with listening(sandbox, tmp_path, tell=told.append) as found:
        trusted = ssl.create_default_context(cafile=found.trust)
        headers = {"authorization": f"Token token={KEYS.api_key}", "from": "on-call@example.com"}
        with httpx2.Client(base_url=found.url, verify=trusted, headers=headers, timeout=PATIENCE_SECONDS) as client:
            client.post("/incidents", json=draft("K", title="Late\n\x1b[31minvoices"))
            client.get("/%1b[31m")
    (name,) = sandbox.account.incidents

    assert told == [
        "POST /incidents: 201",
        f"page to on-call@example.com: Late  [31minvoices ({name}, key K)",
        "GET / [31m: 404",
    ]
