"""Sends a batch a second, looks until it is visible, and holds what was acknowledged against what the service knows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sretool import clock
from sretool.billing.keys import Client as Tenant
from sretool.billing.load.figures import ACKNOWLEDGED, REFUSED, THROTTLED, outcome_of
from sretool.billing.manifest import SUFFIX, ManifestWriter, run_name, transaction_id
from sretool.billing.metrics import PROBE_FAMILIES, Figures, exposition
from sretool.billing.probe.client import TIMED_OUT, UNREACHABLE, Client
from sretool.billing.probe.memory import QUARTER_US, Acknowledged, Memory, read_memory, write_memory
from sretool.billing.probe.page import serve_page

PORT = 8481
BATCH = 5
_EVERY_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_COUNT_SECONDS = 10.0
_GIVE_UP_SECONDS = 300.0  # so long not visible is bad whenever it will be
_REPEATED = 10  # every so many batches, one is sent twice
_ABSENT = 3  # so often the service has to say that there is no such event
_ROLLED_BATCHES = 86_400  # a day of them: then a new manifest is begun
_MANIFESTS_KEPT = 3


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """Where the service is, who the canary is, and where the probe keeps what it must not forget."""

    url: str
    canary: Tenant
    root: Path
    host: str = "127.0.0.1"
    port: int = PORT
    timeout_seconds: float = 10.0
    now_us: Callable[[], int] = field(default=clock.now_us)


async def probe(options: ProbeOptions, stop: asyncio.Event, *, ready: Callable[[str], None]) -> None:
    """Probe until told to stop. Raises OSError where the port is taken."""
    prober = Prober(options)
    page = await serve_page(prober.page, host=options.host, port=options.port)
    ready(f"http://{options.host}:{page.sockets[0].getsockname()[1]}/metrics")
    tasks = [asyncio.create_task(work) for work in (prober.send(), prober.look(), prober.count())]
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
        page.close()
        prober.close()


class Prober:
    """One life of a probe."""

    def __init__(self, options: ProbeOptions) -> None:
        self._options = options
        self._client = Client(options.url, options.canary.key, timeout_seconds=options.timeout_seconds)
        self._path = options.root / "probe.json"
        self.memory: Memory = read_memory(self._path, now_us=options.now_us())
        self.figures = Figures(PROBE_FAMILIES)
        self._run = ""
        self._number = 0
        self._manifest: ManifestWriter | None = None
        self._before: ManifestWriter | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_answered = True

    def page(self) -> str:
        """The text of /metrics."""
        self.figures.set("billing_audit_acked_total", self.memory.audited)
        self.figures.set("billing_audit_acked_missing_total", self.memory.missing)
        self.figures.set("billing_audit_double_applied_total", self.memory.doubled)
        return exposition(self.figures)

    def close(self) -> None:
        """Save what must not be forgotten."""
        for task in self._under_way:
            task.cancel()
        write_memory(self._path, self.memory)
        for manifest in (self._before, self._manifest):
            if manifest is not None:
                manifest.close()
        self._client.close()

    # --- sending

    async def send(self) -> None:
        """A batch a second, whether or not those before it have been answered."""
        due = time.monotonic()
        while True:
            task = asyncio.create_task(self.send_one(due))
            self._under_way.add(task)
            task.add_done_callback(self._done)
            due += _EVERY_SECONDS
            if due < time.monotonic() - 60:  # The machine slept.
                due = time.monotonic()
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _done(self, task: asyncio.Task[None]) -> None:
        """A full disk, or an answer that is none, costs a batch and not the probe."""
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.figures.add("billing_probe_events_total", BATCH, "error")
            print(f"probe: a batch went wrong: {type(error).__name__}: {error}", file=sys.stderr)

    async def send_one(self, due: float) -> None:
        """One batch, and what became of it."""
        manifest = self._current_manifest()
        run, number = self._run, self._number
        self._number += 1
        now_us = self._options.now_us()
        self.memory.send(now_us, BATCH)
        write_memory(self._path, self.memory)
        body = self._body(run, number, now_us)
        is_acknowledged = await self._exchange(manifest, number, body, due)
        if not is_acknowledged:
            return
        self.memory.waiting.append(Acknowledged(run, number, BATCH, self._options.now_us()))
        if number % _REPEATED == 0:
            await self._exchange(manifest, number, body, time.monotonic())

    async def _exchange(self, manifest: ManifestWriter, number: int, body: bytes, due: float) -> bool:
        manifest.sent(number, self._options.canary.tenant, BATCH)
        manifest.publish()
        answer = await self._client.ingest(body)
        outcome = _outcome(answer.status)
        self.figures.add("billing_probe_events_total", BATCH, outcome)
        self._tell(answer.status)
        if outcome == "ok":
            self.figures.observe("billing_probe_ack_seconds", time.monotonic() - due)
            manifest.acknowledged(number, int(json.loads(answer.body)["position"]))
        elif outcome == "refused" or answer.status == UNREACHABLE:
            manifest.refused(number, answer.status)
        manifest.publish()
        return outcome == "ok"

    def _body(self, run: str, number: int, now_us: int) -> bytes:
        customers, stamp = self._options.canary.customers, _rfc3339(now_us)
        return json.dumps(
            [
                {
                    "transaction_id": transaction_id(run, number, index),
                    "customer_id": customers[0],
                    "event_type": "api_call",
                    "timestamp": stamp,
                    "properties": {"bytes": 1, "region": "eu"},
                }
                for index in range(BATCH)
            ]
        ).encode()

    def _current_manifest(self) -> ManifestWriter:
        """The manifest of the day. Old ones go, since their batches have been audited for long."""
        if self._manifest is None or self._number >= _ROLLED_BATCHES:
            if self._before is not None:
                self._before.close()
            self._before = self._manifest  # Batches of it may be under way.
            self._run = run_name("probe", now_us=self._options.now_us(), salt=secrets.randbits(16))
            self._number = 0
            directory = self._options.root / "manifests"
            self._manifest = ManifestWriter(directory / f"{self._run}{SUFFIX}", self._run)
            for old in sorted(directory.glob(f"probe-*{SUFFIX}"))[:-_MANIFESTS_KEPT]:
                old.unlink(missing_ok=True)
        return self._manifest

    def _tell(self, status: int) -> None:
        """Say on stderr when the service stops answering, and when it answers again."""
        is_answered = status not in (TIMED_OUT, UNREACHABLE, 0)
        if is_answered != self._is_answered:
            said = "answers again" if is_answered else "does not answer; the probe goes on asking"
            print(f"probe: {self._options.url} {said}", file=sys.stderr)
        self._is_answered = is_answered

    # --- looking

    async def look(self) -> None:
        """Find what was acknowledged, in the order in which it was: what is not decided yet keeps the rest waiting."""
        while True:
            if not await self.look_once():
                await asyncio.sleep(_LOOK_SECONDS)

    async def look_once(self) -> bool:
        """Look for the oldest batch that waits; whether it is done with."""
        if not self.memory.waiting:
            return False
        batch = self.memory.waiting[0]
        for index in reversed(range(batch.count)):  # The last event of a batch is decided last.
            if index in batch.found:
                continue
            is_known = await self._is_known(transaction_id(batch.run, batch.number, index))
            if is_known is None:
                self._give_up_in_time()
                return False
            if not is_known:
                batch.absent += 1
                if batch.absent < _ABSENT:
                    return False
                self.memory.missing += 1
                lost = transaction_id(batch.run, batch.number, index)
                print(f"probe: {lost} was acknowledged and is lost", file=sys.stderr)
            elif not batch.is_seen:
                self._observe(batch)
            batch.found.append(index)
            batch.absent = 0
        self.memory.waiting.pop(0)
        self.memory.audited += batch.count
        return True

    async def _is_known(self, event: str) -> bool | None:
        """Whether the service has decided an event; None while that is open, or it does not answer."""
        answer = await self._client.event(event)
        if answer.status == 404:  # Everything durable is applied, and this is not among it.
            return False
        with contextlib.suppress(ValueError, KeyError, TypeError):
            if answer.status == 200 and json.loads(answer.body)["outcome"] != "pending":
                return True
        return None

    def _observe(self, batch: Acknowledged) -> None:
        seconds = max(0.0, (self._options.now_us() - batch.acknowledged_us) / 1e6)
        self.figures.observe("billing_probe_visible_seconds", seconds, batch.count)
        batch.is_seen = True

    def _give_up_in_time(self) -> None:
        """What is not visible for minutes counts as such now, not when it will be; it is looked for all the same."""
        horizon_us = self._options.now_us() - int(_GIVE_UP_SECONDS * 1e6)
        for batch in self.memory.waiting:
            if batch.acknowledged_us > horizon_us:
                break
            if not batch.is_seen:
                histogram = self.figures.histograms["billing_probe_visible_seconds"]
                histogram.counts[-1] += batch.count
                histogram.sum += _GIVE_UP_SECONDS * batch.count
                batch.is_seen = True

    # --- counting

    async def count(self) -> None:
        """See from time to time that no quarter-hour counts more than was sent."""
        while True:
            await asyncio.sleep(_COUNT_SECONDS)
            for quarter in self.memory.quarters():
                await self.count_quarter(quarter)

    async def count_quarter(self, quarter: int) -> None:
        """Hold the usage of the canary in a quarter-hour against what was sent."""
        start, end = _rfc3339(quarter * QUARTER_US), _rfc3339((quarter + 1) * QUARTER_US)
        answer = await self._client.usage(self._options.canary.customers[0], start=start, end=end)
        if answer.status != 200:
            return
        counted = max((int(row["events"]) for row in json.loads(answer.body)["usage"]), default=0)
        excess = self.memory.hold_against(quarter, counted)
        if excess:
            print(f"probe: {excess} events of the quarter-hour from {start} were counted twice", file=sys.stderr)


def _outcome(status: int) -> str:
    if status == TIMED_OUT:
        return "timeout"
    if status == UNREACHABLE:
        return "error"
    said = outcome_of(status)
    return "ok" if said == ACKNOWLEDGED else "refused" if said in {REFUSED, THROTTLED} else "error"


def _rfc3339(instant_us: int) -> str:
    second, us = divmod(instant_us, 1_000_000)
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{us:06d}Z"
