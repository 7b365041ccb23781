"""The sandbox on a port of loopback, over TLS. An edge."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import assert_never
from urllib.parse import parse_qsl, unquote

from sretool.incident.sandbox.control import control, is_control
from sretool.incident.sandbox.exchange import Answered, Lost, Reply, Sandbox, Unreachable
from sretool.incident.sandbox.messages import Request, Response
from sretool.incident.sandbox.tls import HOST, server_context

_READ_BYTES_MAX = 16 * 1024 * 1024
_IDLE_SECONDS_MAX = 60


class CannotListen(Exception):
    """The port is taken, or not for us."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a sandbox is reached, and the file that its clients have to trust."""

    url: str
    trust: Path


@contextmanager
def listening(
    sandbox: Sandbox, directory: Path, *, port: int = 0, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Listening]:
    """Serves until the end of the block. `tell` hears a line about every request. Raises CannotListen."""
    trust = directory / "trust.pem"
    context = server_context(trust)
    try:
        server = _Server(sandbox, port, context, tell)
    except OSError as error:
        raise CannotListen(f"port {port} of {HOST}: {error.strerror}") from error
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield Listening(f"https://{HOST}:{server.server_port}", trust)
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


class _Server(ThreadingHTTPServer):
    """One thread a connection, so that a slow reply holds up nobody else; one request at a time in the account."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, sandbox: Sandbox, port: int, context: ssl.SSLContext, tell: Callable[[str], None]) -> None:
        super().__init__((HOST, port), _Handler)
        # The handshake waits for the connection's own thread: a client that never speaks must not hold up others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.sandbox = sandbox
        self.tell = tell
        self._one_at_a_time = threading.Lock()

    def reply_to(self, request: Request) -> Reply:
        with self._one_at_a_time:
            before = len(self.sandbox.account.pages)
            reply = self._reply_to(request)
            self.tell(_plain(f"{request.method} {request.path}: {_words(reply)}"))
            for page in self.sandbox.account.pages[before:]:
                self.tell(_plain(f"page to {page.who}: {page.title} ({page.incident_id}, key {page.key})"))
            return reply

    def _reply_to(self, request: Request) -> Reply:
        if is_control(request):
            return Answered(control(self.sandbox, request))
        return self.sandbox.exchange(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves, or does not trust the certificate, is nothing to trace."""
        del request, client_address


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS_MAX
    server: _Server

    def _answer(self) -> None:
        request = self._received()
        if request is None:
            self.close_connection = True
            return
        match self.server.reply_to(request):
            case Answered(response, after_seconds):
                time.sleep(float(after_seconds))
                self._send(response)
            case Lost() | Unreachable():
                self.close_connection = True
            case never:
                assert_never(never)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _answer  # noqa: N815 - http.server's names

    def _received(self) -> Request | None:
        """None if the body has no length that can be read, which is answered already."""
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self._send(Response(411))
            return None
        if int(length) > _READ_BYTES_MAX:
            self._send(Response(413))
            return None
        path, _, query = self.path.partition("?")
        return Request(
            self.command,
            unquote(path),
            tuple(parse_qsl(query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(length)),
        )

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """The server tells what was asked and answered."""
        del format, args


def _plain(text: str) -> str:
    """What a client sent must not steer the terminal of who runs the drill, nor begin a line of its own."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _words(reply: Reply) -> str:
    match reply:
        case Answered(response, after_seconds):
            late = f", {after_seconds} s late" if after_seconds else ""
            return f"{response.status}{late}"
        case Lost():
            return "done, and the reply is lost"
        case Unreachable():
            return "the connection is dropped"
        case never:
            assert_never(never)
