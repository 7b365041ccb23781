"""`sretool billing serve`: one command, several processes, and this one, which starts them and starts them again.

It holds the lock of the data directory and has bound the socket, so that connections wait while a gateway starts anew.
Its children hold both as well and die when it does.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sretool import clock
from sretool.billing.ahead import open_journal
from sretool.billing.catalog.in_force import apply_catalog
from sretool.billing.catalog.starter import write_starter
from sretool.billing.directory import FREE_BYTES_MIN, RESERVE_BYTES, Admin, DataDirectory, InUse
from sretool.billing.faults import PERMISSION, arm_from_environment
from sretool.billing.gateway.retention import JOURNAL_DAYS_MIN
from sretool.billing.gateway.window import FUTURE, PAST
from sretool.billing.journal import JournalBehind, JournalReplaced, SegmentJournal
from sretool.billing.ledger.generations import check_windows
from sretool.billing.supervision import SERVICE, Process, Supervisor

PORT = 8480
LOCK_SECONDS = 10.0  # the children of a killed supervisor are gone long before
_POLL_SECONDS = 0.1


class CannotServe(Exception):
    """What keeps the service from starting, and what to do about it."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How the service is started. `host` is loopback unless somebody wants to be seen."""

    directory: DataDirectory = field(default_factory=DataDirectory)
    host: str = "127.0.0.1"
    port: int = PORT
    are_faults_enabled: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    is_insecure_bind_allowed: bool = False
    journal_days: int | None = None  # None keeps all of the journal
    processes: tuple[Process, ...] = SERVICE

    def __post_init__(self) -> None:
        if self.journal_days is not None and self.journal_days < JOURNAL_DAYS_MIN:
            raise CannotServe(
                f"--journal-days {self.journal_days} would drop events that can still be sent again: give at least "
                f"{JOURNAL_DAYS_MIN}"
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise CannotServe("TLS needs both a certificate and its key: give --tls-cert and --tls-key")
        if _is_loopback(self.host):
            return
        if self.are_faults_enabled:
            raise CannotServe(f"--enable-faults lets anybody break what {self.host} serves: bind a loopback address")
        if self.tls_cert is None and not self.is_insecure_bind_allowed:
            raise CannotServe(
                f"keys would cross the network to {self.host} in clear: give --tls-cert and --tls-key, or say "
                "--insecure-bind behind a proxy that does TLS"
            )


@dataclass(frozen=True, slots=True)
class Ready:
    """The service serves. `keys` are those that init made, by tenant; they are shown this once."""

    url: str
    keys: Mapping[str, str]
    directory: Path


def serve(options: ServeOptions, *, announce: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotServe, CatalogRefused, JournalError, OSError."""
    check_windows(past_days=PAST.days, future_hours=FUTURE // timedelta(hours=1))
    directory = options.directory
    if options.are_faults_enabled:
        arm_from_environment()  # A start recovers the journal, and may be made to die at that.
    stop = threading.Event()
    with _signals(stop), _locked(directory) as lock:
        with contextlib.closing(_journal(directory)) as journal:
            keys = _init(directory)
            if not options.are_faults_enabled:
                directory.faults.unlink(missing_ok=True)
            keep_reserve(directory)
            apply_catalog(directory, journal)
        with _bound(options.host, options.port) as listener, _admin_listener(options) as admin_listener:
            url = _url(options, listener.getsockname()[1])
            admin_url = _loopback_url(admin_listener.getsockname()[1]) if admin_listener else url
            directory.write_admin(Admin(admin_url, secrets.token_urlsafe(32), os.getpid()))
            sockets = [one.fileno() for one in (listener, admin_listener) if one]
            try:
                _supervise(
                    options,
                    stop,
                    sockets=sockets,
                    lock=lock,
                    announce=lambda: announce(Ready(url, keys, directory.root)),
                )
            finally:
                directory.remove_admin()
                directory.faults.unlink(missing_ok=True)


def _supervise(
    options: ServeOptions,
    stop: threading.Event,
    *,
    sockets: Sequence[int],
    lock: int,
    announce: Callable[[], None],
) -> None:
    directory = options.directory
    supervisor = Supervisor(
        directory, options.processes, lambda process: _arguments(options, process, sockets), [*sockets, lock]
    )
    announced = False

    def as_soon_as_ready() -> None:
        nonlocal announced
        if not announced and (pid := supervisor.pid_of("gateway")) and directory.status("gateway").get("pid") == pid:
            announced = True
            announce()

    supervisor.run(stop, every_poll=as_soon_as_ready, every_second=lambda: keep_reserve(directory))


def _arguments(options: ServeOptions, process: Process, sockets: Sequence[int]) -> list[str]:
    arguments = ["--directory", str(options.directory.root)]
    if options.are_faults_enabled:
        arguments.append(PERMISSION)
    if process.module != "gateway":
        return arguments
    for name, descriptor in zip(("--socket", "--admin-socket"), sockets, strict=False):
        arguments += [name, str(descriptor)]
    if options.journal_days is not None:
        arguments += ["--journal-days", str(options.journal_days)]
    if options.tls_cert and options.tls_key:
        arguments += ["--tls-cert", str(options.tls_cert), "--tls-key", str(options.tls_key)]
    return arguments


def _journal(directory: DataDirectory) -> SegmentJournal:
    try:
        return open_journal(directory)
    except (JournalBehind, JournalReplaced) as error:
        raise CannotServe(str(error)) from error


def _init(directory: DataDirectory) -> Mapping[str, str]:
    """What `billing init` does, where it has not been done."""
    if directory.catalog.exists():
        return {}
    started = write_starter(directory.root, today=clock.now().date())
    return {tenant: key.text for tenant, key in started.keys.items()}


def keep_reserve(directory: DataDirectory) -> None:
    """Hold a reserve of disk while there is plenty; give it up when the rest is nearly full."""
    free = shutil.disk_usage(directory.root).free
    if free < FREE_BYTES_MIN:
        directory.release_reserve()
    elif free > 2 * RESERVE_BYTES + FREE_BYTES_MIN:
        try:
            directory.hold_reserve()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            directory.release_reserve()


@contextlib.contextmanager
def _locked(directory: DataDirectory) -> Iterator[int]:
    """The lock, once the children of a service that was killed are gone."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            with directory.lock() as descriptor:
                yield descriptor
                return
        except InUse as error:
            if directory.is_holder_alive() or time.monotonic() > deadline:
                raise CannotServe(f"{error}: stop it, or give another --directory") from error
            time.sleep(_POLL_SECONDS)


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT ask for an orderly end."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda _number, _frame: stop.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except socket.gaierror as error:
        raise CannotServe(f"{host} is no address of this machine: {error.strerror}") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise CannotServe(f"{host}:{port} cannot be bound ({error.strerror}): give another --port") from error
    return listener


def _admin_listener(options: ServeOptions) -> contextlib.AbstractContextManager[socket.socket | None]:
    """Commands of this machine need no TLS, and others no admin API: then it has a socket of its own."""
    if _is_loopback(options.host) and options.tls_cert is None:
        return contextlib.nullcontext()
    return _bound("127.0.0.1", 0)


def _url(options: ServeOptions, port: int) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{'https' if options.tls_cert else 'http'}://{host}:{port}"


def _loopback_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _is_loopback(host: str) -> bool:
    """Whether every address of a host is this machine's own."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)
