"""The gateway's process: opens the journal, serves on a socket that its parent has bound, stops when told to."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from sretool import clock
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import PERMISSION, Faults, arm_from_environment
from sretool.billing.gateway import openapi
from sretool.billing.gateway.admin import AdminApi
from sretool.billing.gateway.app import App
from sretool.billing.gateway.auth import tenants_of
from sretool.billing.gateway.ingest import Ingest
from sretool.billing.gateway.journal_disk import FaultyDisk
from sretool.billing.gateway.protocol import BoundedProtocol
from sretool.billing.gateway.queries import Queries
from sretool.billing.gateway.reading import Reading
from sretool.billing.gateway.resume import catalog_at
from sretool.billing.gateway.retention import keep_dropping
from sretool.billing.gateway.showing import Showing
from sretool.billing.gateway.trouble import Trouble
from sretool.billing.gateway.writer import Writer
from sretool.billing.journal import JournalError
from sretool.billing.metrics import Figures

KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Options:
    """How this gateway was started.

    `socket` is bound. Where others than this machine can reach it, or it speaks TLS, `admin_socket` is one that speaks
    neither, and the admin API is there alone.
    """

    directory: DataDirectory
    socket: int
    admin_socket: int | None = None
    are_faults_enabled: bool = False
    journal_days: int | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None


class Gateway:
    """Everything that a gateway holds, wired."""

    def __init__(self, options: Options) -> None:
        directory = self.directory = options.directory
        admin = directory.admin()
        faults = Faults(directory.faults, are_enabled=options.are_faults_enabled)
        figures = Figures(("billing_ingest_events_total", "billing_ingest_ack_seconds"))
        self.writer = Writer(directory, disk=FaultyDisk(faults), clock=clock.now_us)
        self.ingest = Ingest(self.writer, figures, faults, self.writer.window_us)
        self.showing = Showing(directory, figures, self.writer, faults, lambda: bool(self.ingest.tenants.rates))
        admin_api = AdminApi(directory, self.writer, faults, self.take_catalog, lambda: self.trouble.catalog)
        self.trouble = Trouble(self.writer, faults, clock.now_us)
        self.queries = Queries(Reading(directory), self.writer, clock.now_us, {})
        routes = [*self.showing.routes(), *self.queries.routes(), openapi.ROUTE]
        self.public_app = App(self.ingest, routes)
        self.app = App(self.ingest, [*routes, *admin_api.routes()], admin_token=admin.token if admin else "")

    def open(self) -> None:
        """Recover the journal, count it and take its catalogue. Raises JournalError, OSError."""
        self.writer.open()
        catalog = catalog_at(self.directory, self.writer.reached.catalog_position)
        if catalog is not None:
            self.take_catalog(catalog)

    def take_catalog(self, catalog: Mapping[str, Any]) -> None:
        self.ingest.serve(tenants_of(catalog))
        self.queries.customers = catalog["customers"]
        self.trouble.catalog = catalog
        self.showing.take_catalog(catalog)

    async def publish(self) -> None:
        """Say once a second how far the journal has been counted."""
        while True:
            self.write_status()
            await asyncio.sleep(1)

    def write_status(self) -> None:
        self.directory.write_status("gateway", {"pid": os.getpid(), "journal": self.writer.reached.published()})


class _Server(uvicorn.Server):
    """Signals are the caller's, so that a stop is a return and not a death."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def main_loop(self) -> None:
        await self._stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(gateway: Gateway, options: Options, *, stop: asyncio.Event) -> None:
    """Serve an open gateway until told to stop, then close its journal."""
    endless = [gateway.publish(), gateway.trouble.run()]
    if options.journal_days is not None:
        endless.append(keep_dropping(gateway.directory, days=options.journal_days))
    background = [asyncio.create_task(one) for one in endless]
    try:
        async with asyncio.TaskGroup() as group:
            for server, descriptor in _servers(gateway, options, stop):
                group.create_task(server.serve(sockets=[socket.socket(fileno=os.dup(descriptor))]))
    finally:
        for task in background:
            task.cancel()
        await gateway.writer.close()
        gateway.write_status()


def _servers(gateway: Gateway, options: Options, stop: asyncio.Event) -> Iterator[tuple[_Server, int]]:
    """The server that tenants reach, and the one for commands of this machine where that is another."""
    tls = {"ssl_certfile": options.tls_cert, "ssl_keyfile": options.tls_key}
    if options.admin_socket is None:
        yield _Server(_config(gateway.app, **tls), stop), options.socket
    else:
        yield _Server(_config(gateway.public_app, **tls), stop), options.socket
        yield _Server(_config(gateway.app), stop), options.admin_socket


def _config(app: App, **tls: Path | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        backlog=1024,
        **tls,  # type: ignore[arg-type]
    )


async def _run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises JournalError, OSError before it serves."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    gateway = Gateway(options)
    gateway.open()
    sys.setswitchinterval(0.0005)  # The journal's thread has synced and wants to say so.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # A batch is many values and no cycles.
    await serve(gateway, options, stop=stop)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it can be had, which is on CPython."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a gateway; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.gateway", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True, help="the descriptor of a bound socket")
    parser.add_argument("--admin-socket", type=int, help="the descriptor of one that is loopback and plain")
    parser.add_argument(PERMISSION, action="store_true", dest="are_faults_enabled")
    parser.add_argument("--journal-days", type=int, help="drop what is older; without it nothing is dropped")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    given = parser.parse_args(arguments)
    options = Options(
        DataDirectory(given.directory),
        given.socket,
        given.admin_socket,
        are_faults_enabled=given.are_faults_enabled,
        journal_days=given.journal_days,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
    )
    if given.are_faults_enabled:
        arm_from_environment()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(options))
    except (JournalError, OSError) as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    return 0
