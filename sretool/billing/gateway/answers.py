"""What the gateway says: an answer is a status, a body and its type; a refusal is JSON with a reason and a remedy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"
METRICS = b"text/plain; version=0.0.4; charset=utf-8"

_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        head = [(b"content-type", self.content_type), (b"content-length", b"%d" % len(self.body)), *_SAFE]
        await send({"type": "http.response.start", "status": self.status, "headers": [*head, *self.headers]})
        await send({"type": "http.response.body", "body": self.body})


class Refusal(Exception):
    """A request that cannot be served, and what its sender can do about it."""

    def __init__(
        self, status: int, reason: str, remedy: str, *, headers: Iterable[tuple[bytes, bytes]] = (), **more: Any
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.answer = Answer(status, to_json({"error": reason, "remedy": remedy, **more}), JSON, tuple(headers))


def to_json(value: object) -> bytes:
    return msgspec.json.encode(value)


def ok(value: object) -> Answer:
    return Answer(200, to_json(value))


def not_found(what: str) -> Refusal:
    """Also what another tenant's thing is answered with."""
    return Refusal(404, f"there is no {what}", "check the id; what belongs to another tenant cannot be seen")
