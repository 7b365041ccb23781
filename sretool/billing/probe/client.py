"""Asks the service as any caller would, over connections that are kept open while they last."""

from __future__ import annotations

from urllib.parse import quote

from sretool.billing.load.connection import LOST, Answer, Connection, Endpoint, request_head

TIMED_OUT = -1
UNREACHABLE = -2


class Client:
    """Requests at the same time take a connection each. Never raises for what the network does: see the status."""

    def __init__(self, url: str, key: str, *, timeout_seconds: float) -> None:
        self._endpoint = Endpoint.of(url)
        self._key = key
        self._timeout = timeout_seconds
        self._free: list[Connection] = []

    async def ingest(self, body: bytes) -> Answer:
        return await self._ask("POST", "/v1/ingest", body)

    async def event(self, transaction_id: str) -> Answer:
        return await self._ask("GET", f"/v1/events/{quote(transaction_id, safe='')}")

    async def usage(self, customer: str, *, start: str, end: str) -> Answer:
        target = f"/v1/customers/{quote(customer, safe='')}/usage?from={quote(start)}&to={quote(end)}"
        return await self._ask("GET", target)

    async def _ask(self, method: str, target: str, body: bytes = b"") -> Answer:
        """Status 0: the connection was lost before the answer; TIMED_OUT; UNREACHABLE: nothing was sent."""
        head = request_head(self._endpoint, target, method=method, key=self._key)
        connection = self._kept()
        if connection is None:
            try:
                connection = await Connection.open(self._endpoint)
            except OSError:
                return Answer(UNREACHABLE, b"")
        try:
            answer = await connection.ask(head, body, timeout_seconds=self._timeout)
        except TimeoutError:
            return Answer(TIMED_OUT, b"")
        if connection.is_open and answer.status != LOST:
            self._free.append(connection)
        return answer

    def _kept(self) -> Connection | None:
        while self._free:
            connection = self._free.pop()
            if connection.is_open:
                return connection
        return None

    def close(self) -> None:
        for connection in self._free:
            connection.abort()
        self._free.clear()
