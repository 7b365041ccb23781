"""What a tenant may ask: its events, its customers' usage, its invoices, and its quarantine, in which it decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sretool.billing.event import timestamp
from sretool.billing.event_faults import ID_LENGTH_MAX
from sretool.billing.gateway.admin import append_decision
from sretool.billing.gateway.answers import HTML, Answer, Refusal, not_found, ok, to_json
from sretool.billing.gateway.app import Audience, Request, Route
from sretool.billing.gateway.pages import CONTENT_SECURITY_POLICY, invoice_page
from sretool.billing.gateway.reading import Reading
from sretool.billing.gateway.writer import Writer
from sretool.billing.invoices.documents import quantity_text
from sretool.billing.journal import Kind
from sretool.billing.ledger.protocol import HELD, QUARTER_US, Address, EventState, Held
from sretool.billing.ledger.reading import LedgerReader

ROWS_MAX = 1_000
REASON_LENGTH_MAX = 512
_FIRST = (2**62, "")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES = ("held", "released", "discarded", "any")


@dataclass(slots=True)
class Queries:
    """`customers` is the catalogue's, by tenant."""

    reading: Reading
    writer: Writer
    clock_us: Callable[[], int]
    customers: Mapping[str, Mapping[str, Any]]

    def routes(self) -> list[Route]:
        return [
            Route(method, path, Audience.TENANT, handler)
            for method, path, handler in (
                ("GET", "/v1/events/{transaction_id}", self.event),
                ("GET", "/v1/customers/{customer_id}/usage", self.usage),
                ("GET", "/v1/invoices", self.invoices),
                ("GET", "/v1/invoices/{invoice_id}.html", self.invoice_html),
                ("GET", "/v1/invoices/{invoice_id}", self.invoice),
                ("GET", "/v1/quarantine", self.quarantine),
                ("POST", "/v1/quarantine/{position}-{index}/release", self.release),
                ("POST", "/v1/quarantine/{position}-{index}/discard", self.discard),
            )
        ]

    async def event(self, request: Request) -> Answer:
        """What became of an id.

        While the applier is behind, one that it has not met is pending: whether anybody sent it is known only when
        all is applied that was durable at the question.
        """
        transaction_id = request.path["transaction_id"]
        if len(transaction_id) > ID_LENGTH_MAX:
            raise not_found("event with so long an id")
        end = self.writer.durable_end

        def look(reader: LedgerReader) -> tuple[int, EventState | None]:
            return reader.applied(), reader.event_state(request.tenant, transaction_id)

        applied, state = await self.reading.ledger(look) or (0, None)
        if state is not None:
            return ok({"transaction_id": transaction_id, **_state_as_json(state)})
        if applied >= end:
            raise not_found(f"event {transaction_id[:128]!r}")
        far = {"applied_position": applied, "durable_position": end}
        return ok({"transaction_id": transaction_id, "outcome": "pending", **far})

    async def usage(self, request: Request) -> Answer:
        """Usage of a customer by meter, in [from, to), both whole quarter-hours; else this month in UTC."""
        customer = request.path["customer_id"]
        if customer not in self.customers.get(request.tenant, {}):
            raise not_found(f"customer {customer[:128]!r}")
        now = _EPOCH + timedelta(microseconds=self.clock_us())
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start_us = _instant(request.query, "from", default=month)
        end_us = _instant(request.query, "to", default=month + timedelta(days=31))
        if start_us > end_us:
            raise Refusal(400, "`from` is after `to`", "exchange them")
        rows = await self.reading.ledger(
            lambda reader: reader.usage(start_us, end_us, customers=[(request.tenant, customer)])
        )
        usage = [
            {"meter": row.meter, "events": row.count, "quantity": quantity_text(row.quantity)} for row in rows or ()
        ]
        return ok({"customer_id": customer, "from_us": start_us, "to_us": end_us, "usage": usage})

    async def invoices(self, request: Request) -> Answer:
        """Documents, the latest first; `next` is what `after` takes to go on."""
        limit = _limit(request.query)
        rows = await self.reading.invoices(
            request.tenant, customer=request.query.get("customer"), after=_after(request.query), limit=limit
        )
        following = f"{rows[-1]['finalized_us']}-{rows[-1]['id']}" if len(rows) == limit else None
        return ok({"invoices": rows, "next": following})

    async def invoice(self, request: Request) -> Answer:
        """A document: a page for who accepts HTML before JSON, else JSON."""
        if _prefers_html(request.headers.get(b"accept", b"")):
            return await self.invoice_html(request)
        return ok(await self._invoice(request))

    async def invoice_html(self, request: Request) -> Answer:
        """The document as a page that can be printed."""
        page = invoice_page(await self._invoice(request))
        return Answer(200, page.encode(), HTML, (CONTENT_SECURITY_POLICY,))

    async def _invoice(self, request: Request) -> dict[str, Any]:
        invoice = request.path["invoice_id"]
        said = await self.reading.invoice(request.tenant, invoice)
        if said is None:
            raise not_found(f"invoice {invoice[:64]!r}")
        return said

    async def quarantine(self, request: Request) -> Answer:
        """Events that wait for a decision, or had one, in the order of the journal."""
        state, limit = request.query.get("state", HELD), _limit(request.query)
        if state not in STATES:
            raise Refusal(400, f"there is no state {state[:32]!r}", f"use {', '.join(STATES)}")
        after = _address(*request.query["after"].partition("-")[::2]) if "after" in request.query else None
        rows = await self.reading.ledger(
            lambda reader: reader.quarantine(
                request.tenant, state=None if state == "any" else state, after=after, limit=limit
            )
        )
        held = [_held_as_json(row) for row in rows or ()]
        return ok({"events": held, "next": held[-1]["id"] if len(held) == limit else None})

    async def release(self, request: Request) -> Answer:
        """Let the applier decide an event again, by the catalogue in force then."""
        held = await self._held(request)
        if held.kind == "conflict":
            raise Refusal(409, "a conflict is never billed: the first event of its id counts", "discard it")
        return await self._decide(Kind.RELEASE, held, {})

    async def discard(self, request: Request) -> Answer:
        """Never bill an event: {"reason": text}."""
        return await self._decide(Kind.DISCARD, await self._held(request), {"reason": await _reason(request)})

    async def _held(self, request: Request) -> Held:
        address = _address(request.path["position"], request.path["index"])
        held = await self.reading.ledger(lambda reader: reader.held(address))
        if held is None or held.tenant != request.tenant:
            raise not_found(f"event {request.path['position'][:20]}-{request.path['index'][:4]} in quarantine")
        if held.state != HELD:
            raise Refusal(409, f"the event is {held.state} already", "nothing is left to decide")
        return held

    async def _decide(self, kind: Kind, held: Held, more: Mapping[str, str]) -> Answer:
        body = {"position": held.address.position, "index": held.address.index, **more}
        appended = await append_decision(self.writer, kind, "", body)
        return Answer(202, to_json({"position": appended["position"]}))


def _state_as_json(state: EventState) -> dict[str, Any]:
    return {
        "outcome": state.outcome,
        "position": state.address.position,
        "index": state.address.index,
        "duplicates": state.duplicates,
        "conflicts": state.conflicts,
        "quarantine": None if state.held is None else _held_as_json(state.held),
    }


def _held_as_json(held: Held) -> dict[str, Any]:
    return {
        "id": f"{held.address.position}-{held.address.index}",
        "transaction_id": held.transaction_id,
        "customer_id": held.customer_id,
        "kind": held.kind,
        "state": held.state,
        "reason": held.reason,
        "ingest_us": held.ingest_us,
    }


def _instant(query: Mapping[str, str], name: str, *, default: datetime) -> int:
    remedy = "write RFC 3339 at a whole quarter of an hour, such as 2026-01-31T12:15:00Z, with + as %2B"
    instant = timestamp(query[name]) if name in query else default
    if instant is None:
        raise Refusal(400, f"`{name}` is no instant", remedy)
    since_us = (instant - _EPOCH) // timedelta(microseconds=1)
    if since_us % QUARTER_US:
        raise Refusal(400, f"`{name}` is within a quarter of an hour", remedy)
    return since_us


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "100")
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= ROWS_MAX):
        raise Refusal(400, "`limit` is no number of rows", f"write 1 to {ROWS_MAX}")
    return int(text)


def _after(query: Mapping[str, str]) -> tuple[int, str]:
    if "after" not in query:
        return _FIRST
    finalized, _, invoice = query["after"].partition("-")
    return _natural(finalized, what="`after`"), invoice


def _address(position: str, index: str) -> Address:
    return Address(_natural(position, what="the event"), _natural(index, what="the event"))


def _natural(text: str, *, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Refusal(400, f"{what} is not what a list of ours shows", "take it from the list")
    return int(text)


async def _reason(request: Request) -> str:
    """What the body gives as the reason; no body gives none."""
    body = await request.body()
    try:
        asked = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        asked = None
    reason = asked.get("reason", "") if isinstance(asked, dict) else None
    if not isinstance(reason, str) or len(reason) > REASON_LENGTH_MAX or not _is_text(reason):
        raise Refusal(400, "the body gives no reason", f'send {{"reason": at most {REASON_LENGTH_MAX} characters}}')
    return reason


def _is_text(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False


def _prefers_html(accept: bytes) -> bool:
    """Whether HTML is named before JSON, as browsers do; quality values are not weighed."""
    html, json_ = accept.find(b"text/html"), accept.find(b"application/json")
    return html >= 0 and (json_ < 0 or html < json_)
