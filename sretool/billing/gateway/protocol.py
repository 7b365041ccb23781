"""HTTP on a socket with bounds: on connections, on the header, and on how long a request may take to come.

uvicorn's protocol bounds none of these with httptools. A body's size is the application's matter.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sretool.billing.gateway.answers import to_json
from sretool.billing.gateway.ingest import ABORT

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

CONNECTIONS_MAX = 1_000
HEADER_BYTES_MAX = 32 * 2**10
REQUEST_SECONDS_MAX = 30.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. What breaks a bound is told so where that is possible, and closed."""

    connections_max = CONNECTIONS_MAX
    header_bytes_max = HEADER_BYTES_MAX
    request_seconds_max = REQUEST_SECONDS_MAX

    _idle_bytes = 0  # since something came of what was sent: a whole header, or a piece of a body
    _field_bytes = 0  # of the header with its target and, behind a body in chunks, of its trailer
    _is_in_header = True
    _is_over = False  # nothing more is read
    _running: RequestResponseCycle | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            self._refuse(503, "there are too many connections", "close some, or try again in a second")
        else:
            self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)
        # uvicorn tells only the last of several pipelined requests, which is not the one that runs.
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._is_over or self.transport.is_closing():
            return
        if self._is_in_header and self._deadline is None:
            self._start_deadline()
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > self.header_bytes_max:  # The parser keeps what is not whole yet, also of a trailer.
            self._refuse_header()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the caller's words say less
        if self._field_bytes > self.header_bytes_max:
            self._refuse_header()
        else:
            self._refuse(400, "this is not HTTP/1.1", "send a request as /openapi.json describes it")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]
        self._field_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        if self._is_in_header:  # Nobody reads a trailer.
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_header = False
        self._idle_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_header = True
        self._idle_bytes = 0
        self._stop_deadline()
        super().on_message_complete()

    def _count(self, field_bytes: int) -> None:
        self._field_bytes += field_bytes
        if self._field_bytes > self.header_bytes_max:
            raise ValueError("too many bytes of header")  # ends the parsing; send_400_response is next

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _start_deadline(self) -> None:
        self._stop_deadline()
        self._deadline = self.loop.call_later(self.request_seconds_max, self._give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self._refuse(408, f"the request was not whole after {self.request_seconds_max:g} s", "send it at once")

    def _refuse_header(self) -> None:
        self._refuse(431, f"the header is larger than {self.header_bytes_max} bytes", "send fewer headers")

    def _refuse(self, status: int, reason: str, remedy: str) -> None:
        """Say so and close: at once, or after the answers that are due, so that none is taken for another's."""
        if self.transport.is_closing():
            return
        if self.pipeline or self._owes_an_answer():
            self._is_over = True
            self.cycle.keep_alive = False
            self._start_deadline()
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            body = to_json({"error": reason, "remedy": remedy})
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (status, HTTPStatus(status).phrase.encode(), len(body), body)
            )
        self.transport.close()

    def _owes_an_answer(self) -> bool:
        """Whether a whole request has been taken and is not answered yet."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete
