"""HTTP/1.1 over one kept-open connection, a request at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httptools

LOST = 0  # the status of a request whose connection broke before its answer was whole


class Answer(NamedTuple):
    """What came back. Status 0: nothing whole did."""

    status: int
    body: bytes


class Endpoint(NamedTuple):
    """Where a service listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """Raises ValueError for what is not http:// or https:// with a host."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(f"{url!r} is not the address of a service, such as http://127.0.0.1:8480")
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls)

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def request_head(endpoint: Endpoint, target: str, *, method: str = "GET", key: str = "") -> bytes:
    """The start of a request; a body's length is still to come: see `Connection.send`."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {endpoint.host_header}"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if method == "POST":
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


class Connection(asyncio.Protocol):
    """Sends one request at a time. `heard` is called once a request, with its answer; then the connection is free."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard: Callable[[Answer], None] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, endpoint: Endpoint) -> Connection:
        """Raises OSError where nobody listens."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, endpoint.host, endpoint.port, ssl=endpoint.tls)
        return connection

    def send(self, head: bytes, heard: Callable[[Answer], None], body: bytes = b"") -> None:
        """Send a request; the connection must be free."""
        assert self._heard is None
        self._heard = heard
        if self._transport is None:
            self._answer(Answer(LOST, b""))
        elif body:
            self._transport.writelines((head, b"Content-Length: %d\r\n\r\n" % len(body), body))
        else:
            self._transport.write(head + b"\r\n")

    async def ask(self, head: bytes, body: bytes = b"", *, timeout_seconds: float) -> Answer:
        """Send a request and wait for its answer. Raises TimeoutError, after which the connection is closed."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.send(head, lambda heard: None if answer.done() else answer.set_result(heard), body)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await answer
        except TimeoutError:
            self.abort()
            raise

    def abort(self) -> None:
        """Close at once; who waits hears that the connection is lost."""
        if self._transport is not None:
            self._transport.abort()

    # --- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        if not self.closed.done():
            self.closed.set_result(None)
        if self._heard is not None:
            self._answer(Answer(LOST, b""))

    # --- what the parser calls

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer = Answer(self._parser.get_status_code(), b"".join(self._body))
        self._body.clear()
        if not self._parser.should_keep_alive():
            self.abort()
            self._transport = None
        self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        heard, self._heard = self._heard, None
        if heard is not None:
            heard(answer)

    @property
    def is_open(self) -> bool:
        return self._transport is not None
