"""A receiver on a port: many senders at once, none of which can hold up the others or keep a thread. An edge."""

from __future__ import annotations

import io
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any, Final

from sretool.incident.receiver import Answer, Receiver, Request

CONNECTIONS_MAX: Final = 32
# From its first byte to our answer, apart from what recording takes. Alertmanagers are not slow.
REQUEST_SECONDS_MAX: Final = 10.0
_BLOCK: Final = 65_536


@contextmanager
def listening(receiver: Receiver, host: str, port: int) -> Iterator[str]:
    """Serves until the end of the block; the URL. Raises OSError for a place that is taken, or nobody's here."""
    server = _Server(receiver, host, port)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def place(text: str) -> tuple[str, int]:
    """The host and port of HOST:PORT, of [::1]:PORT, or of :PORT on loopback. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() else -1
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not 0 <= number <= 65_535 or any(letter.isspace() for letter in host):
        raise ValueError(f"{text!r} is no HOST:PORT such as 127.0.0.1:9095")
    return host or "127.0.0.1", number


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(ThreadingHTTPServer):
    """One thread a connection, and not more of them than it can have."""

    daemon_threads = True
    request_queue_size = CONNECTIONS_MAX
    block_on_close = False

    def __init__(self, receiver: Receiver, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.receiver = receiver
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Without asking who we are by name, which may take long."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.receiver.failed(f"{CONNECTIONS_MAX} connections are open, so one more was closed")
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that left or was too slow is told of in a line, a mistake of ours with all that is known."""
        error = sys.exception()
        self.receiver.failed(f"a connection of {client_address[0]}: {type(error).__name__}: {error}")
        if not isinstance(error, OSError):
            HTTPServer.handle_error(self, request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One request a connection, all of which has to be here in time."""

    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_InTime(self.connection, time.monotonic() + REQUEST_SECONDS_MAX))

    def _answer(self) -> None:
        length = self.headers.get("content-length", "")
        is_told = "transfer-encoding" not in self.headers and length.isascii() and length.isdigit()
        size = int(length) if is_told and len(length) < 20 else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._is_read = size == 0 or self.command in ("GET", "HEAD")
        self._send(self.server.receiver.answer(Request(self.command, self.path, headers, size, self._body)))
        if not self._is_read:
            self._pass_over()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        self._is_read = True
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("it ended in the middle of a notification")
        return body

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _pass_over(self) -> None:
        """What was not read: to close before its sender has seen the answer would take the answer from it."""
        self.connection.shutdown(socket.SHUT_WR)
        while self.rfile.read(_BLOCK):
            pass

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Of what was too slow, or is no HTTP."""
        self.server.receiver.failed(f"a connection of {self.client_address[0]}: {format % args}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """The receiver tells what happened."""
        del format, args


class _InTime(io.RawIOBase):
    """What comes from a connection until a moment of the monotonic clock, however slowly. Raises TimeoutError."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long to say what it wants")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
