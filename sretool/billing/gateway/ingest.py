"""POST /v1/ingest: a batch is accepted or refused whole, and accepted means that it is synced.

The order of the checks is the order of their cost: key, headers, room, then the body; the tenant's rate before the body
is decoded, the journal last. Every batch is counted once in `billing_ingest_events_total`, by its events where their
number is known, else as one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Protocol

from sretool.billing.event import EVENTS_MAX, Fault, NotABatch, decode, faults_of
from sretool.billing.faults import Faults, fail_point
from sretool.billing.gateway.admission import BytesInFlight, FaultyBatches, Throttle, is_json
from sretool.billing.gateway.answers import JSON, Message, Receive, Refusal, Scope, Send
from sretool.billing.gateway.auth import NOBODY, Tenants
from sretool.billing.gateway.window import TimeWindow, window_at
from sretool.billing.journal.errors import JournalError
from sretool.billing.journal.record import Appended, Kind, Pending
from sretool.billing.metrics import Figures

BODY_BYTES_MAX = 2**20
ABORT = "sretool.abort"  # the extension of a scope that closes its connection without an answer
_WINDOW_SECONDS = 1.0  # the time window moves once a second


class Appender(Protocol):
    """The journal as the gateway writes it."""

    async def append(self, pending: Pending) -> Appended: ...


class _Refused(Refusal):
    """A refusal, with what it is counted as."""

    def __init__(self, outcome: str, status: int, reason: str, remedy: str, *, size: int = 1, **more: Any) -> None:
        super().__init__(status, reason, remedy, **more)
        self.outcome, self.size = outcome, size


class _Gone(Exception):
    """The sender has left before its body was whole."""


@dataclass(slots=True)
class Ingest:
    """Takes batches. `tenants` is replaced when another catalogue comes into force."""

    journal: Appender
    figures: Figures
    faults: Faults
    clock_us: Callable[[], int]
    tenants: Tenants = NOBODY
    throttle: Throttle = field(default_factory=Throttle)
    in_flight: BytesInFlight = field(default_factory=BytesInFlight)
    faulty: FaultyBatches = field(default_factory=FaultyBatches)
    random: Random = field(default_factory=Random)
    _window: TimeWindow = field(default_factory=lambda: window_at(0))
    _window_until: float = float("-inf")
    # A thread of its own, so that nobody who reads, or opens the journal again, waits behind what is refused.
    _finder: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="faults"))

    def serve(self, tenants: Tenants) -> None:
        """Take the keys and rates of a catalogue."""
        self.tenants = tenants
        self.throttle.contract(tenants.rates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        try:
            tenant, length = self._admit(scope)
            try:
                body = await _body(receive)
                pending = await self._checked(tenant, body)
                appended = await self._append(pending)
            finally:
                self.in_flight.give_back(length)
        except _Refused as refusal:
            self.figures.add("billing_ingest_events_total", refusal.size, refusal.outcome)
            await refusal.answer.send(send)
            return
        except _Gone:
            self.figures.add("billing_ingest_events_total", 1, "client_error")
            return
        self.figures.add("billing_ingest_events_total", pending.count, "accepted")
        if self.faults.active() and await self._is_ack_lost(scope, receive):
            return
        fail_point("gateway.before_ack")
        await _acknowledge(send, pending.count, appended.position)
        self.figures.observe("billing_ingest_ack_seconds", time.perf_counter() - began)

    def _admit(self, scope: Scope) -> tuple[str, int]:
        """Whose batch this is, and how many bytes were taken for it: all that can be said before the body is read."""
        authorization = content_type = encoding = b""
        length = BODY_BYTES_MAX
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = int(value)
            elif name == b"content-type":
                content_type = value
            elif name == b"authorization":
                authorization = value
            elif name == b"content-encoding":
                encoding = value
        tenant = self.tenants.of(authorization)
        if tenant is None:
            raise _unauthorized()
        if encoding or not is_json(content_type):
            remedy = "send Content-Type: application/json, in UTF-8 and without Content-Encoding"
            raise _Refused("client_error", 415, "the body is not plain JSON", remedy)
        if length > BODY_BYTES_MAX:
            raise _too_large()
        if not self.in_flight.take(length):
            raise _Refused(
                "shed",
                503,
                "too many bytes are in flight",
                "send it again in a second",
                headers=[(b"retry-after", b"1")],
            )
        return tenant, length

    async def _checked(self, tenant: str, body: bytes) -> Pending:
        # Counted in the text, since a tenant that is above its rate must not make us parse what we refuse.
        events = min(max(body.count(b'"transaction_id"'), 1), EVENTS_MAX)
        if seconds := self.throttle.seconds_until(tenant, events):
            raise _above_rate(seconds, events)
        window = self._window_now()
        try:
            decoded = decode(body)
        except NotABatch as error:
            raise await self._all_that_is_wrong(tenant, body, window, events=events) from error
        if not decoded:
            raise _faulty([Fault(None, "", "the batch is empty", "send at least one event")], 1)
        # Names may be written with escapes, which the count above does not see.
        if len(decoded) > events and (seconds := self.throttle.seconds_until(tenant, len(decoded) - events)):
            raise _above_rate(seconds, len(decoded))
        if not window.holds(decoded):
            raise _faulty(window.faults(decoded), len(decoded))
        return Pending(Kind.BATCH, tenant, len(decoded), body)

    async def _all_that_is_wrong(self, tenant: str, body: bytes, window: TimeWindow, *, events: int) -> _Refused:
        """The refusal of a batch that does not decode; another one when too many of them are being looked at."""
        if not self.faulty.take(tenant):
            return _Refused(
                "shed",
                503,
                "nothing was stored: the batch has faults, and too many such batches are being looked at",
                "send it again in a second to hear what is wrong with it",
                headers=[(b"retry-after", b"1")],
            )
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._finder, lambda: _faulty([*faults_of(body), *_at_most(window.faults_in(body))], events)
            )
        finally:
            self.faulty.give_back(tenant)

    async def _append(self, pending: Pending) -> Appended:
        active = self.faults.active()
        if active and self.random.random() < self.faults.number("error-ratio"):
            raise _unwritten("a fault is injected", pending.count)
        try:
            appended = await self.journal.append(pending)
            for _ in range(int(self.faults.number("duplicate-storm")) if active else 0):
                await self.journal.append(pending)
        except JournalError as error:
            raise _unwritten("the journal cannot be written", pending.count) from error
        return appended

    async def _is_ack_lost(self, scope: Scope, receive: Receive) -> bool:
        """Wait, or close the connection instead of answering, when such a fault is on."""
        if milliseconds := self.faults.number("latency"):
            await asyncio.sleep(milliseconds / 1000)
        if self.random.random() >= self.faults.number("ack-dropped"):
            return False
        scope["extensions"][ABORT]()
        while (await receive())["type"] != "http.disconnect":
            pass
        return True

    def forget_window(self) -> None:
        """Look at the clock again for the next batch."""
        self._window_until = float("-inf")

    def _window_now(self) -> TimeWindow:
        now = time.monotonic()
        if now >= self._window_until:
            self._window_until = now + _WINDOW_SECONDS
            self._window = window_at(self.clock_us(), skew_hours=self.faults.number("clock-skew"))
        return self._window


async def _body(receive: Receive) -> bytes:
    """The whole body, also one that comes in parts and whose size nobody said."""
    message = await receive()
    if message["type"] == "http.request" and not message["more_body"]:
        whole: bytes = message["body"]
        return _bounded(whole)
    parts, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message["body"])
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise _too_large()
        if not message["more_body"]:
            return b"".join(parts)
        message = await receive()


def _bounded(body: bytes) -> bytes:
    if len(body) > BODY_BYTES_MAX:
        raise _too_large()
    return body


async def _acknowledge(send: Send, accepted: int, position: int) -> None:
    body = b'{"accepted":%d,"position":%d}' % (accepted, position)
    start: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", JSON), (b"content-length", b"%d" % len(body))],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _unauthorized() -> _Refused:
    return _Refused(
        "client_error",
        401,
        "the key is not one of ours",
        "send Authorization: Bearer id.secret",
        headers=[(b"www-authenticate", b"Bearer")],
    )


def _above_rate(seconds: int, events: int) -> _Refused:
    return _Refused(
        "throttled",
        429,
        "you are above your contracted rate",
        f"send it again in {seconds} s",
        size=events,
        headers=[(b"retry-after", b"%d" % seconds)],
    )


def _too_large() -> _Refused:
    return _Refused(
        "client_error",
        413,
        f"the body is larger than {BODY_BYTES_MAX} bytes",
        f"send at most {EVENTS_MAX} events and {BODY_BYTES_MAX} bytes at once",
    )


def _unwritten(reason: str, events: int) -> _Refused:
    return _Refused(
        "error",
        503,
        f"{reason}; whether the batch is stored is not known",
        "send it again: what was stored counts once",
        size=events,
        headers=[(b"retry-after", b"1")],
    )


def _at_most(found: Iterable[Fault]) -> Iterable[Fault]:
    """Without those of the events that one batch cannot have."""
    return (fault for fault in found if fault.index is None or fault.index < EVENTS_MAX)


def _faulty(found: Iterable[Fault], events: int) -> _Refused:
    """Every faulty event by its index, with all that is wrong with it; under "batch" what no event is to blame for."""
    by_index: dict[int | None, list[dict[str, str]]] = {}
    for fault in found:
        row = asdict(fault)
        by_index.setdefault(row.pop("index"), []).append(row)
    batch = by_index.pop(None, [])
    rows = [
        {"index": index, "faults": by_index[index]}
        for index in sorted(index for index in by_index if index is not None)
    ]
    return _Refused(
        "client_error",
        400,
        "nothing was stored: the batch has faults",
        "correct them and send the whole batch again",
        size=events,
        batch=batch,
        events=rows,
    )
