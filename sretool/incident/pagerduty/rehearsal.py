"""The requests that would be made, as the client would make them, with secrets blanked. Nothing leaves this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import httpx2

from sretool.incident.history import Delivery, Incident
from sretool.incident.outbox import Held
from sretool.incident.pagerduty.access import Access
from sretool.incident.pagerduty.pager import PagerDuty
from sretool.incident.pagerduty.wire import ClientWire

# Stands where the id will be that PagerDuty gives.
_ID: Final = "PAGERDUTYSID"
_ALWAYS: Final = 0.0


@dataclass(slots=True)
class _Kept(httpx2.BaseTransport):
    """Keeps what the client sends, and answers as PagerDuty does on a good day."""

    is_paged: bool
    requests: list[httpx2.Request] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        status, body = self._answer(request.method, request.url.path)
        return httpx2.Response(status, stream=httpx2.ByteStream(json.dumps(body).encode()))

    def _answer(self, method: str, path: str) -> tuple[int, object]:
        incident = {"id": _ID, "status": "triggered"}
        if path == "/v2/enqueue":
            return 202, {"status": "success", "dedup_key": ""}
        if method == "GET":
            return 200, {"notes": []} if path.endswith("/notes") else {"incidents": [incident] * self.is_paged}
        return (201 if path == "/incidents" else 200), {"incident": incident}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A request without secrets, which would be made, or made `if_it_fails`; or, in `lacking`, what keeps it from being
    made. `body` is what JSON makes of it, None where it has none.
    """

    method: str = ""
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: object = None
    if_it_fails: bool = False
    lacking: str = ""


def as_text(one: Rehearsed) -> str:
    if one.lacking:
        return f"nothing would be sent: {one.lacking}"
    head = "\n".join([f"{one.method} {one.url}", *(f"{name}: {value}" for name, value in one.headers)])
    body = "" if one.body is None else "\n\n" + json.dumps(one.body, indent=2, ensure_ascii=False)
    lead = "and if that fails:\n\n" if one.if_it_fails else ""
    return f"{lead}{head}{body}"


def as_json(one: Rehearsed) -> dict[str, object]:
    if one.lacking:
        return {"lacking": one.lacking}
    return {
        "method": one.method,
        "url": one.url,
        "headers": dict(one.headers),
        "body": one.body,
        "if_it_fails": one.if_it_fails,
    }


def rehearsed(
    access: Access, incident: Incident, delivery: Delivery, *, is_fresh: bool, now: Callable[[], datetime]
) -> Iterator[Rehearsed]:
    """Each request that would be made for a delivery if all went well, and what would follow if not."""
    first, result = _made(access, incident, delivery, is_fresh=is_fresh, now=now)
    if isinstance(result, Held):
        yield Rehearsed(lacking=result.words)
        return
    yield from (_shown(request, access) for request in first)
    is_by_rest = any(request.url.path != "/v2/enqueue" for request in first)
    if is_by_rest and access.routing_key and delivery.action == "trigger":
        second, _ = _made(replace(access, api_key=""), incident, delivery, is_fresh=is_fresh, now=now)
        yield from (replace(_shown(request, access), if_it_fails=True) for request in second)


def _made(
    access: Access, incident: Incident, delivery: Delivery, *, is_fresh: bool, now: Callable[[], datetime]
) -> tuple[list[httpx2.Request], object]:
    kept = _Kept(is_paged=delivery.action != "trigger")
    pager = PagerDuty(access, ClientWire(access, transport=kept), now, lambda: _ALWAYS)
    result = pager.tell(delivery, incident, is_fresh=is_fresh, until=_ALWAYS + 60)
    return kept.requests, result


def _shown(request: httpx2.Request, access: Access) -> Rehearsed:
    names = ("accept", "authorization", "content-type", "from")
    headers = [(name.title(), access.blanked(request.headers[name])) for name in names if name in request.headers]
    body = access.blanked(request.read().decode())
    return Rehearsed(
        request.method, access.blanked(str(request.url)), tuple(headers), json.loads(body) if body else None
    )
