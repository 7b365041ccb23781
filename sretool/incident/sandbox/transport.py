"""The sandbox without a socket: the official client runs against the same routes, on any clock."""

from __future__ import annotations

from typing import assert_never

import httpx2

from sretool.incident.sandbox.exchange import Answered, Lost, Sandbox, Unreachable
from sretool.incident.sandbox.messages import Request


class SandboxTransport(httpx2.BaseTransport):
    """`RestApiV2Client(key, transport=SandboxTransport(sandbox))`, and the same for `EventsApiV2Client`.

    A reply that is lost, or later than the client would wait, raises ReadTimeout after it was done; a sandbox that is
    unreachable raises ConnectError. Nothing waits, so whoever injects the clock moves it.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        match self.sandbox.exchange(_received(request)):
            case Answered(response, after_seconds):
                read_seconds = request.extensions.get("timeout", {}).get("read")
                if read_seconds is not None and after_seconds > read_seconds:
                    raise httpx2.ReadTimeout("the sandbox is too slow", request=request)
                # A stream, and not content: the client asks for `elapsed`, which only a stream that is read has.
                stream = httpx2.ByteStream(response.body)
                return httpx2.Response(response.status, headers=dict(response.headers), stream=stream)
            case Lost():
                raise httpx2.ReadTimeout("the sandbox lost the reply", request=request)
            case Unreachable():
                raise httpx2.ConnectError("the sandbox is unreachable", request=request)
            case never:
                assert_never(never)


def _received(request: httpx2.Request) -> Request:
    return Request(
        request.method,
        request.url.path,
        tuple(request.url.params.multi_items()),
        {name.lower(): value for name, value in request.headers.items()},
        request.read(),
    )
