"""The probe's /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_READ_SECONDS = 5.0
_HEAD_BYTES_MAX = 16_384


async def serve_page(text: Callable[[], str], *, host: str, port: int) -> asyncio.Server:
    """Answers GET /metrics and /healthz, a request a connection. Raises OSError where the port is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(head, text))
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # Whoever asked has left, or asks for nothing that we have.
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=_HEAD_BYTES_MAX)


def _response(head: bytes, text: Callable[[], str]) -> bytes:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    method, target = (words[0], words[1].split(b"?", 1)[0]) if len(words) == 3 else (b"", b"")
    match target:
        case b"/metrics":
            status, kind, body = "200 OK", "text/plain; version=0.0.4; charset=utf-8", text().encode()
        case b"/healthz":
            status, kind, body = "200 OK", "application/json", b'{"alive":true}'
        case _:
            status, kind, body = "404 Not Found", "text/plain; charset=utf-8", b"see /metrics\n"
    if method not in {b"GET", b"HEAD"}:
        status, body = "405 Method Not Allowed", b""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == b"HEAD" else body)
