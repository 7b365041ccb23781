"""A gateway on a port of this machine, as `serve` starts it, and a client that shows every byte."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sretool.billing.directory import Admin, DataDirectory
from sretool.billing.gateway.server import Gateway, Options, serve
from sretool.billing.journal import JournalReader, Kind, Pending, Record, SegmentJournal

ADMIN_TOKEN = "admin-token"
PATIENCE_SECONDS = 60.0  # which only matters to a test that fails
KEY, OTHER_KEY, SLOW_KEY = "acme-1.secret", "globex-1.other", "initech-1.slow"


def _tenant(rate: int, *keys: str) -> dict[str, Any]:
    pairs = [key.split(".") for key in keys]
    return {
        "rate": rate,
        "keys": [{"id": name, "sha256": sha256(secret.encode()).hexdigest()} for name, secret in pairs],
    }


_CUSTOMER = {"zone": "UTC", "currency": "EUR", "plan": "standard", "from": "2026-01-01", "to": None, "commits": []}
_METER = {"event_type": "api_call", "aggregation": "count", "property": None, "filter": {}}
CATALOG: dict[str, Any] = {
    "apiVersion": "sretool-billing/v1",
    "grace_us": 86_400_000_000,
    "deadline_us": 14_400_000_000,
    "tenants": {
        "acme": _tenant(1_000_000, KEY, "acme-2.second"),
        "globex": _tenant(1_000_000, OTHER_KEY),
        "initech": _tenant(10, SLOW_KEY),
    },
    "meters": {
        "calls": _METER,
        "bytes": {**_METER, "aggregation": "sum", "property": "bytes"},
    },
    "customers": {"acme": {"c-1": _CUSTOMER}, "globex": {"g-1": _CUSTOMER | {"currency": "JPY"}}, "initech": {}},
    "plans": {"standard": []},
}


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    """A keep-alive connection on which anything may be sent."""

    port: int
    received: bytes = b""

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def response(self) -> Response:
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        size = int(headers.get("content-length", 0))
        while len(self.received) < size:
            self._receive()
        body, self.received = self.received[:size], self.received[size:]
        return Response(int(first.split()[1]), headers, body)

    def is_closed(self) -> bool:
        """Whether the other side has closed; waits for it."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def statuses(self) -> list[int]:
        """Of every answer until the other side closes; waits for it."""
        found = []
        with suppress(ConnectionError):
            while True:
                found.append(self.response().status)
        return found

    def close(self) -> None:
        self.socket.close()

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError("closed by the other side")
        self.received += data


@dataclass
class Running:
    """A gateway that serves, and what a test does with it."""

    port: int
    directory: DataDirectory
    gateway: Gateway

    def connect(self) -> Connection:
        return Connection(self.port)

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = KEY,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        connection = self.connect()
        connection.send(http(method, path, key=key, body=body, headers=headers))
        try:
            return connection.response()
        finally:
            connection.close()

    def ingest(self, body: bytes, *, key: str | None = KEY, headers: dict[str, str] | None = None) -> Response:
        return self.request(
            "POST", "/v1/ingest", key=key, body=body, headers={"content-type": "application/json"} | (headers or {})
        )

    def admin(self, method: str, path: str, value: object = None) -> Response:
        body = None if value is None else json.dumps(value).encode()
        return self.request(method, f"/admin/v1/{path}", key=ADMIN_TOKEN, body=body)

    def get(self, path: str, *, key: str | None = KEY, accept: str = "application/json") -> Response:
        return self.request("GET", path, key=key, headers={"accept": accept})

    def stop_the_clock_of_rates(self) -> None:
        """Nobody may send more because time passes, however long a test takes between two requests."""
        now = time.monotonic()
        self.gateway.ingest.throttle.monotonic = lambda: now

    def metrics(self) -> dict[str, float]:
        text = self.get("/metrics", key=None).body.decode()
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in rows}

    def outcomes(self) -> dict[str, float]:
        """Events by what became of their batch, without those that are 0."""
        prefix = 'billing_ingest_events_total{outcome="'
        return {
            name.removeprefix(prefix).removesuffix('"}'): value
            for name, value in self.metrics().items()
            if name.startswith(prefix) and value
        }

    def batches(self) -> list[Record]:
        with JournalReader(self.directory.journal) as reader:
            return [record for record in reader.read(0, 2**30) if record.kind is Kind.BATCH]


def http(
    method: str, path: str, *, key: str | None = None, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """A request as bytes."""
    rows = {"host": "localhost"} | (headers or {})
    if key is not None:
        rows["authorization"] = f"Bearer {key}"
    if body is not None:
        rows["content-length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b"")


def event(transaction_id: str = "t-1", **changes: Any) -> dict[str, Any]:
    """A valid event of now."""
    return {
        "transaction_id": transaction_id,
        "customer_id": "c-1",
        "event_type": "api_call",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"bytes": "1.5"},
    } | changes


def ago(**parts: float) -> str:
    """The timestamp of an instant before now."""
    return (datetime.now(UTC) - timedelta(**parts)).isoformat()


def batch(*events: dict[str, Any]) -> bytes:
    return json.dumps(events or [event()]).encode()


@contextmanager
def running(root: Path, *, catalog: dict[str, Any] | None = None) -> Iterator[Running]:
    """A gateway over a data directory, in a thread, until the block ends."""
    directory = DataDirectory(root)
    directory.create()
    if catalog is not None:
        append(directory, Kind.CATALOG, {"catalog": catalog})
    directory.write_admin(Admin("", ADMIN_TOKEN, 1))
    started: list[tuple[Gateway, asyncio.Event, asyncio.AbstractEventLoop]] = []
    is_open = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        options = Options(directory, listener.fileno(), are_faults_enabled=True)

        async def run() -> None:
            gateway, stop = Gateway(options), asyncio.Event()
            gateway.open()
            started.append((gateway, stop, asyncio.get_running_loop()))
            is_open.set()
            await serve(gateway, options, stop=stop)

        thread = threading.Thread(target=asyncio.run, args=(run(),))
        thread.start()
        assert is_open.wait(PATIENCE_SECONDS)
        gateway, stop, loop = started[0]
        try:
            yield Running(listener.getsockname()[1], directory, gateway)
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def append(directory: DataDirectory, kind: Kind, body: dict[str, Any], *, tenant: str = "") -> None:
    """Append a decision while no gateway runs."""
    journal = SegmentJournal.open(directory.journal)
    journal.append_group([Pending(kind, tenant, 0, json.dumps(body).encode())])
    journal.close()
