"""Every request: which module answers it, and who may ask. Nothing that happens here leaves a connection unanswered."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, unquote

from sretool.billing.gateway.answers import Answer, Receive, Refusal, Scope, Send, not_found
from sretool.billing.gateway.auth import is_admin
from sretool.billing.gateway.ingest import Ingest

ADMIN_BODY_BYTES_MAX = 8 * 2**20
_log = logging.getLogger("sretool.billing.gateway")


class Audience(Enum):
    """Who may ask: anybody, a tenant with its key, or who can read admin.json."""

    ANYBODY = "anybody"
    TENANT = "tenant"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler gets to see. `tenant` is whose key it is, "" where none is asked for."""

    tenant: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: Callable[[], Awaitable[bytes]]


Handler = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path such as /v1/events/{id}, which may end in a fixed text after its last parameter."""

    method: str
    path: str
    audience: Audience
    handler: Handler

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+?)", re.escape(self.path)))


class App:
    """The ASGI application."""

    def __init__(self, ingest: Ingest, routes: list[Route], *, admin_token: str = "") -> None:
        self._ingest = ingest
        self._routes = [(route.pattern, route) for route in routes]
        self._admin_token = admin_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_batch = scope["path"] == "/v1/ingest" and scope["method"] == "POST"
        try:
            if is_batch:
                await self._ingest(scope, receive, send)
            else:
                await (await self._answer(scope, receive)).send(send)
        except Refusal as refusal:
            await refusal.answer.send(send)
        except Exception:  # noqa: BLE001 - the last place where a bug of ours can still be answered
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if is_batch:
                self._ingest.figures.add("billing_ingest_events_total", 1, "error")
            await Refusal(500, "this is a bug of ours", "look at the log of the service").answer.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        # As it was sent, since an id may have a slash in it, which then is %2F.
        path, method = scope["raw_path"].decode("ascii", errors="replace"), scope["method"]
        matching = [(match, route) for pattern, route in self._routes if (match := pattern.fullmatch(path))]
        if not matching and path != "/v1/ingest":
            raise not_found(f"page {path[:100]!r}")
        for match, route in matching:
            if route.method == method or (method == "HEAD" and route.method == "GET"):
                parameters = {name: unquote(value) for name, value in match.groupdict().items()}
                return await route.handler(self._request(scope, receive, route=route, parameters=parameters))
        allowed = sorted({route.method for _, route in matching} or {"POST"})
        raise Refusal(
            405,
            f"{path[:100]!r} does not take {method}",
            f"use {' or '.join(allowed)}",
            headers=[(b"allow", ", ".join(allowed).encode())],
        )

    def _request(self, scope: Scope, receive: Receive, *, route: Route, parameters: Mapping[str, str]) -> Request:
        headers = dict(scope["headers"])
        tenant = self._who(route.audience, headers.get(b"authorization", b""))
        try:
            query = dict(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict"))
        except ValueError as error:
            raise Refusal(400, "the query cannot be read", "write it in UTF-8, percent-encoded") from error
        return Request(tenant, parameters, query, headers, lambda: _body(receive))

    def _who(self, audience: Audience, authorization: bytes) -> str:
        if audience is Audience.ANYBODY:
            return ""
        if audience is Audience.ADMIN:
            if is_admin(authorization, self._admin_token):
                return ""
        elif (tenant := self._ingest.tenants.of(authorization)) is not None:
            return tenant
        token = "the token of admin.json" if audience is Audience.ADMIN else "id.secret"
        raise Refusal(
            401,
            "you have not said who you are",
            f"send Authorization: Bearer and {token}",
            headers=[(b"www-authenticate", b"Bearer")],
        )


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "the body ended early", "send it whole")
        parts.append(message["body"])
        size += len(parts[-1])
        if size > ADMIN_BODY_BYTES_MAX:
            raise Refusal(413, f"the body is larger than {ADMIN_BODY_BYTES_MAX} bytes", "send less")
        if not message["more_body"]:
            return b"".join(parts)
