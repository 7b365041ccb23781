"""The receiver of webhooks: what it answers, to whom, and what it does with those who mean no good."""

from __future__ import annotations

import http.client
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

import pytest
from incident.samples import NIGHT, Clock, ledger_in
from incident.webhooks import SLOW, ended, firing, posted

from sretool.demo.processes import wait_until
from sretool.incident import listening as edge
from sretool.incident.deliver import Told
from sretool.incident.events import Event
from sretool.incident.ledger import Ledger, Unwritable
from sretool.incident.listening import is_loopback, listening, place
from sretool.incident.outbox import Delivered
from sretool.incident.receiver import BODY_BYTES_MAX, Receiver
from sretool.incident.running import keep_delivering, keep_looking

JSON = {"Content-Type": "application/json"}


class Full(Ledger):
    """A ledger on a disk that is full."""

    def append_if(self, decide: object, **how: object) -> tuple:
        raise Unwritable("incidents: No space left on device")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(tmp_path: Path, clock: Clock) -> Receiver:
    return Receiver(ledger_in(tmp_path / "incidents", clock), pages=True, now=clock)


@contextmanager
def served(receiver: Receiver) -> Iterator[Callable[..., tuple[int, str]]]:
    """Ask it: method, path, body and headers to status and text."""
    with listening(receiver, "127.0.0.1", 0) as url:

        def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
            try:
                connection.request(method, path, body, {name.replace("_", "-"): said for name, said in headers.items()})
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            finally:
                connection.close()

        ask.port = urlsplit(url).port
        yield ask


def post(ask: Callable, body: bytes, **headers: str) -> int:
    return ask("POST", "/alerts", body, **(JSON | headers))[0]


def metrics(ask: Callable) -> dict[str, float]:
    """By name, without what they all begin with."""
    _, text = ask("GET", "/metrics")
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("sretool_receiver_"): float(value) for name, _, value in lines}


def test_an_answer_of_200_means_that_it_is_recorded(receiver: Receiver):
    with served(receiver) as ask:
        assert post(ask, posted(firing())) == 200
        assert [incident.status for incident in receiver.ledger.incidents()] == ["open"]
        assert post(ask, posted(ended())) == 200
        assert [incident.status for incident in receiver.ledger.incidents()] == ["resolved"]


def test_what_cannot_be_recorded_is_5xx_so_that_it_is_sent_again(tmp_path: Path):
    with served(Receiver(Full(tmp_path))) as ask:
        assert post(ask, posted(firing())) == 503


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {}, 400),
        (b"\xff", {}, 400),
        (posted(firing(), version="5"), {}, 400),
        (posted(firing()), {"Content_Type": "text/plain"}, 415),
        (posted(firing()), {"Content_Type": "application/json; charset=utf-8"}, 200),
        (posted(firing()), {"Content_Length": "-1"}, 411),
        (posted(firing()), {"Content_Length": "9" * 40}, 411),
        (posted(firing()), {"Content_Length": str(BODY_BYTES_MAX + 1)}, 413),
        (posted(firing()), {"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_what_is_no_notification_is_4xx_so_that_it_is_not(receiver: Receiver, body, headers, status):
    with served(receiver) as ask:
        answered, words = ask("POST", "/alerts", body, **({"Content_Type": "application/json"} | headers))

    assert (answered, bool(words)) == (status, True)


def test_only_notifications_are_posted(receiver: Receiver):
    with served(receiver) as ask:
        asked = [("GET", "/alerts"), ("PUT", "/alerts"), ("POST", "/"), ("POST", "/metrics"), ("GET", "/-/ready")]
        assert [ask(method, path)[0] for method, path in asked] == [405, 405, 404, 404, 200]


def test_with_a_token_only_those_who_show_it_open_incidents(receiver: Receiver):
    receiver.token = "hush"
    with served(receiver) as ask:
        shown = [
            {},
            {"Authorization": "Bearer husher"},
            {"Authorization": "Basic hush"},
            {"Authorization": "Bearer hüsh"},
        ]
        assert [post(ask, posted(firing()), **one) for one in shown] == [401, 401, 401, 401]
        assert receiver.ledger.incidents() == ()
        assert post(ask, posted(firing()), Authorization="bearer hush") == 200
        assert ask("GET", "/-/ready")[0] == 200


def test_many_who_tell_the_same_at_once_are_told_of_one_incident(receiver: Receiver, tmp_path: Path):
    other = Receiver(ledger_in(tmp_path / "incidents"), pages=True)
    answers: list[int] = []
    with served(receiver) as first, served(other) as second:
        asking = [
            threading.Thread(target=lambda ask=ask: answers.append(post(ask, posted(firing(), firing(SLOW)))))
            for ask in (first, second) * 4
        ]
        for one in asking:
            one.start()
        for one in asking:
            one.join()

    assert answers == [200] * 8
    assert len(receiver.ledger.incidents()) == 1


def test_a_sender_that_is_slow_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edge, "REQUEST_SECONDS_MAX", 0.1)
    with served(receiver) as ask, socket.create_connection(("127.0.0.1", ask.port), timeout=20) as slow:
        slow.sendall(b"POST /alerts HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        assert slow.recv(1) == b""
        monkeypatch.undo()
        assert metrics(ask)['notifications_total{outcome="failed"}'] == 1


def test_a_sender_that_leaves_in_the_middle_records_nothing(receiver: Receiver):
    body = posted(firing())
    with served(receiver) as ask:
        with socket.create_connection(("127.0.0.1", ask.port), timeout=20) as leaves:
            leaves.sendall(b"POST /alerts HTTP/1.1\r\nContent-Type: application/json\r\n")
            leaves.sendall(b"Content-Length: %d\r\n\r\n" % (len(body) + 1) + body)
            leaves.shutdown(socket.SHUT_WR)
            assert leaves.recv(1) == b""
        assert metrics(ask)['notifications_total{outcome="failed"}'] == 1

    assert receiver.ledger.incidents() == ()


def test_who_comes_when_all_connections_are_taken_is_sent_away(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edge, "REQUEST_SECONDS_MAX", 600.0)  # So none of them ends by itself, however busy the machine.
    with served(receiver) as ask, ExitStack() as idle:
        taken = [
            idle.enter_context(socket.create_connection(("127.0.0.1", ask.port), timeout=20))
            for _ in range(edge.CONNECTIONS_MAX)
        ]
        one_more = idle.enter_context(socket.create_connection(("127.0.0.1", ask.port), timeout=20))
        assert one_more.recv(1) == b""
        taken[0].close()  # Its thread ends, and its place is free at some time after.
        wait_until(lambda: is_answered(ask), seconds_max=30, what="a free place")


def is_answered(ask: Callable) -> bool:
    try:
        return ask("GET", "/-/ready")[0] == 200
    except (ConnectionError, http.client.HTTPException):
        return False


def test_what_is_no_http_is_sent_away(receiver: Receiver):
    with served(receiver) as ask, socket.create_connection(("127.0.0.1", ask.port), timeout=20) as rude:
        rude.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert b"400" in rude.recv(1_000)


def test_it_counts_what_it_hears_and_what_is_left_to_tell(receiver: Receiver, clock: Clock):
    with served(receiver) as ask:
        for body in (posted(firing()), posted(firing()), b"{}"):
            post(ask, body)
        clock.now = NIGHT.replace(minute=5)
        counted = metrics(ask)

        assert [counted[f'notifications_total{{outcome="{one}"}}'] for one in ("recorded", "known", "refused")] == [
            1,
            1,
            1,
        ]
        assert (counted["incidents_opened_total"], counted["incidents_resolved_total"]) == (1, 0)
        assert (counted["waiting_incidents"], counted["waiting_seconds"]) == (1, 60)
        assert "last_delivery_timestamp_seconds" not in counted

        (incident,) = receiver.ledger.incidents()
        receiver.told(Told(incident, incident.deliveries[0], Delivered("paged", "rest")))
        told = metrics(ask)
        assert told['deliveries_total{outcome="delivered"}'] == 1
        assert told["last_delivery_timestamp_seconds"] == pytest.approx(clock.now.timestamp(), abs=0.001)


def test_who_delivers_outlives_what_nobody_expected_and_it_is_seen_meanwhile(receiver: Receiver):
    stopped, said, rounds = threading.Event(), [], []
    receiver.tell = said.append
    with served(receiver) as ask:

        def next_round(seconds: float) -> None:
            rounds.append((seconds, ask("GET", "/-/ready")[0], metrics(ask)["delivery_stuck"]))
            if len(rounds) == 1:
                stopped.wait = lambda _: True  # Nobody waits in a test.
                raise LookupError("Token token=u+Secret")
            if len(rounds) == 3:
                stopped.set()

        keep_delivering(receiver, next_round, stopped)

        assert rounds == [(300, 200, 0), (5, 503, 1), (300, 200, 0)]
        assert metrics(ask)["bugs_total"] == 1
        assert ask("GET", "/-/healthy")[0] == 200
    assert any("a bug of ours (LookupError" in line for line in said)
    assert not any("Secret" in line for line in said)


def test_who_looks_back_outlives_what_nobody_expected(receiver: Receiver):
    opened, looked, errors = SimpleQueue(), [], []
    receiver.tell = errors.append
    with served(receiver) as ask:
        post(ask, posted(firing()))
    events = receiver.ledger.events()
    for event in (events[0], events[1]):
        opened.put(event)

    def look(event: Event) -> None:
        looked.append(event)
        if len(looked) == 1:
            raise LookupError
        raise SystemExit  # So the thread of a test ends.

    with pytest.raises(SystemExit):
        keep_looking(receiver, opened, look)
    assert looked == [events[0], events[1]]
    assert "bug of ours (LookupError" in errors[-1]


def test_metrics_are_as_prometheus_wants_them(receiver: Receiver, promtool: Path):
    with served(receiver) as ask:
        _, text = ask("GET", "/metrics")
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:9095", ("127.0.0.1", 9095)),
        (":0", ("127.0.0.1", 0)),
        ("[::1]:80", ("::1", 80)),
        ("alerts.example:80", ("alerts.example", 80)),
    ],
)
def test_a_place_to_listen(text, meant):
    assert place(text) == meant


@pytest.mark.parametrize("text", ["", "9095", "localhost", "a:b", "a:65536", "a:-1", "a b:1", "a:²"])
def test_what_is_no_place_to_listen(text):
    with pytest.raises(ValueError, match="is no HOST:PORT"):
        place(text)


@pytest.mark.parametrize(
    ("host", "is_one"), [("127.0.0.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("here", False)]
)
def test_what_only_this_machine_reaches(host, is_one):
    assert is_loopback(host) == is_one
