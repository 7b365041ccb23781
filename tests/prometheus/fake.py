"""A server on a real socket that answers as it is told to: well, badly, a byte at a time or never."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

_TLS_HANDSHAKE = 0x16  # The first byte of it, where HTTP has a letter.
GOOD = {"status": "success", "data": {"resultType": "vector", "result": []}}


@dataclass(frozen=True)
class Request:
    """What came; the names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Wire:
    """The way back to whoever asked. It is over when the server stops, which trickling answers wait for."""

    socket: socket.socket
    over: threading.Event

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def trickle(self, content: bytes) -> None:
        """Send `content`, then the same byte again and again, until the server stops or the other side has gone."""
        self.send(content)
        while not self.over.wait(0.01):
            self.send(b"a")


Answer = Callable[[Request, Wire], None]


@dataclass
class Fake:
    """A running server, and all that it was asked."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def reply(
    content: object = GOOD,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    kind: str = "application/json",
    length: int | None = None,
) -> Answer:
    """An answer of JSON, or of bytes as they are; with `length`, one that says another length than it has."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    said = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length)} | dict(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return raw(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body)


def packed(content: object) -> Answer:
    return reply(gzip.compress(json.dumps(content).encode()), headers={"Content-Encoding": "gzip"})


def raw(content: bytes) -> Answer:
    return lambda _, wire: wire.send(content)


def trickling(content: bytes) -> Answer:
    return lambda _, wire: wire.trickle(content)


def never(_: Request, wire: Wire) -> None:
    wire.over.wait()


def hang_up(_: Request, wire: Wire) -> None:
    wire.socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def refusing() -> Iterator[int]:
    """A port of loopback that refuses connections: it is taken, so that nobody else begins to listen there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None, handshakes: bool = True) -> Iterator[Fake]:
    """Serve the first answer to the first request and so on, and the last to all that follow.

    Without `handshakes` connections are accepted and nobody reads from them.
    """
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake = Fake(listener.getsockname()[1], "https" if tls else "http")
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):  # Of the listener, which is closed at the end.
                while True:
                    connected, _ = listener.accept()
                    fake.connections += 1
                    work = _speak if handshakes else _keep
                    thread = threading.Thread(target=work, args=(connected, fake, answers, over, tls), daemon=True)
                    thread.start()
                    threads.append(thread)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield fake
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _keep(connected: socket.socket, _: Fake, __: Any, over: threading.Event, ___: Any) -> None:
    with connected:
        over.wait()


def _speak(
    connected: socket.socket, fake: Fake, answers: tuple[Answer, ...], over: threading.Event, tls: ssl.SSLContext | None
) -> None:
    """Answer requests until the other side has gone, which is no news."""
    with suppress(OSError), connected, tls.wrap_socket(connected, server_side=True) if tls else connected as speaking:
        speaking.settimeout(0.05)
        wire = Wire(speaking, over)
        while (request := _request(speaking, over)) is not None:
            fake.requests.append(request)
            speaking.settimeout(None)
            answers[min(len(fake.requests), len(answers)) - 1](request, wire)
            speaking.settimeout(0.05)


def _request(speaking: socket.socket, over: threading.Event) -> Request | None:
    came = b""
    while b"\r\n\r\n" not in came:
        more = _received(speaking, over)
        if not more:
            return None
        came += more
        if came[0] == _TLS_HANDSHAKE:
            return Request("a handshake", "", {}, came)
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        more = _received(speaking, over)
        if not more:
            return None
        body += more
    method, target, _ = first.split(" ")
    return Request(method, target, headers, body)


def _received(speaking: socket.socket, over: threading.Event) -> bytes:
    while not over.is_set():
        with suppress(TimeoutError):
            return speaking.recv(65_536)
    return b""
