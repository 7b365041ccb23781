"""Sends what is due over connections that are kept open, and writes down what was sent and what came back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sretool.billing.load import figures as outcomes
from sretool.billing.load.connection import Answer, Connection, Endpoint, request_head
from sretool.billing.load.figures import Figures, Tally, figures, outcome_of, refusal
from sretool.billing.load.pace import ClosedPace, OpenPace, Pace
from sretool.billing.load.traffic import Batch, Source
from sretool.billing.manifest import ManifestWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_WAIT_SECONDS = 0.05
_PROGRESS_SECONDS = 0.5
_RECONNECT_SECONDS = 0.1


class Unreachable(Exception):
    """Nobody answers at that address."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard to press. Without a rate: closed loop."""

    url: str
    rate: float | None
    seconds: float
    connections: int = 64
    timeout_seconds: float = 10.0


Progress = Callable[[Plan, float, Tally], None]  # seconds since the start, and what has come back so far


def run(plan: Plan, source: Source, manifest: ManifestWriter, *, progress: Progress | None = None) -> Figures:
    """Send for so many seconds, wait for what is under way, and tell. Raises Unreachable. Ends early at SIGINT."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Generator(plan, source, manifest, progress).run())


class Generator:
    """One load. Lives as long as its event loop."""

    def __init__(self, plan: Plan, source: Source, manifest: ManifestWriter, progress: Progress | None = None) -> None:
        self.plan = plan
        self.source = source
        self.manifest = manifest
        self.tally = Tally()
        self._progress = progress
        self._endpoint = Endpoint.of(plan.url)
        self._heads = [
            request_head(self._endpoint, "/v1/ingest", method="POST", key=client.key) for client in source.clients
        ]
        self._free: deque[Connection] = deque()
        self._busy: dict[Connection, float] = {}  # since when
        self._pace: Pace = ClosedPace(start=0, seconds=0)
        self._batch = source.traffic.batch

    async def run(self) -> Figures:
        keepers = [asyncio.ensure_future(self._keep(await self._first()))]
        keepers += [asyncio.ensure_future(self._keep(None)) for _ in range(self.plan.connections - 1)]
        try:
            start = time.monotonic()
            self._pace = self._paced(start)
            with self._stopped_by(signal.SIGINT, signal.SIGTERM):
                await self._press(start)
                await self._wait_for_answers(start)
            elapsed = time.monotonic() - start
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            self.manifest.publish()
        self.tally.events[outcomes.UNSENT] += self._pace.dropped * self._batch
        return figures(self.tally, asked=self.plan.rate, seconds=elapsed)

    def _paced(self, start: float) -> Pace:
        if self.plan.rate is None:
            return ClosedPace(start=start, seconds=self.plan.seconds)
        per_second = self.plan.rate / self._batch
        patience = self.plan.timeout_seconds
        return OpenPace(start=start, seconds=self.plan.seconds, batches_per_second=per_second, patience=patience)

    async def _first(self) -> Connection:
        try:
            return await Connection.open(self._endpoint)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unreachable(
                f"no service answers at {self.plan.url} ({reason}): start sretool billing serve"
            ) from error

    async def _keep(self, connection: Connection | None) -> None:
        """Keep one connection open, or try to."""
        while True:
            if connection is None:
                try:
                    connection = await Connection.open(self._endpoint)
                except OSError:
                    await asyncio.sleep(_RECONNECT_SECONDS)
                    continue
            self._free.append(connection)
            self._dispatch()
            try:
                await connection.closed
            finally:
                connection.abort()
            connection = None
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _press(self, start: float) -> None:
        next_look = 0.0
        while not self._pace.is_over:
            self._dispatch()
            now = time.monotonic()
            if now >= next_look:
                next_look = now + _PROGRESS_SECONDS
                self._look(now - start)
            await asyncio.sleep(min(self._pace.wait(now), _LONGEST_WAIT_SECONDS))

    async def _wait_for_answers(self, start: float) -> None:
        while self._busy:
            self._look(time.monotonic() - start)
            await asyncio.sleep(0.001)

    def _look(self, elapsed: float) -> None:
        """What is done from time to time: give up what takes too long, hand on what is known, tell."""
        deadline = time.monotonic() - self.plan.timeout_seconds
        for connection in [connection for connection, since in self._busy.items() if since < deadline]:
            self.tally.events[outcomes.TIMEOUT] += self._batch
            del self._busy[connection]
            connection.abort()
        self.manifest.publish()
        if self._progress:
            self._progress(self.plan, elapsed, self.tally)

    def _dispatch(self) -> None:
        """Send what is due, as far as connections are free. The manifest knows of it first."""
        leaving: list[tuple[Connection, float, Batch]] = []
        now = time.monotonic()
        while self._free:
            connection = self._free[0]
            if not connection.is_open:
                self._free.popleft()
                continue
            due = self._pace.take(now)
            if due is None:
                break
            self._free.popleft()
            batch = self.source.next()
            self.manifest.sent(batch.number, self.source.clients[batch.tenant].tenant, self._batch)
            leaving.append((connection, due, batch))
        if leaving:
            self.manifest.publish()
        for connection, due, batch in leaving:
            self._send(connection, due, batch)

    def _send(self, connection: Connection, due: float, batch: Batch) -> None:
        self._busy[connection] = time.monotonic()
        connection.send(
            self._heads[batch.tenant],
            lambda answer: self._hear(connection, due, batch.number, answer),
            self.source.render(batch),
        )

    def _hear(self, connection: Connection, due: float, number: int, answer: Answer) -> None:
        if self._busy.pop(connection, None) is None:
            return  # It was given up.
        outcome = outcome_of(answer.status)
        self.tally.statuses[answer.status] += 1
        if outcome == outcomes.ACKNOWLEDGED:
            self.manifest.acknowledged(number, int(json.loads(answer.body)["position"]))
            self.tally.acknowledged(self._batch, time.monotonic() - due)
        else:
            self.tally.events[outcome] += self._batch
            if outcome in {outcomes.REFUSED, outcomes.THROTTLED}:
                self.manifest.refused(number, answer.status)
                if answer.status not in self.tally.refusals:
                    self.tally.refusals[answer.status] = refusal(answer.body)
        if connection.is_open:
            self._free.append(connection)
            self._dispatch()

    @contextlib.contextmanager
    def _stopped_by(self, *signals: signal.Signals) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in signals:
            loop.add_signal_handler(number, self._pace.stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
