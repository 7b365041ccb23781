"""A Prometheus of our own on a free loopback port, its files in a directory of ours, stopped whatever happens."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sretool.model.duration import MINUTE, Duration
from sretool.prometheus.connection import Endpoint
from sretool.prometheus.server import Prometheus

_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 20
_POLL_SECONDS = 0.05
_PORT_TRIES = 5
_ANSWER_SECONDS_MAX = 60
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServerFailed(Exception):
    """Prometheus did not start; its last words are in the message."""


class WaitedTooLong(Exception):
    """What was waited for did not come in time."""


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """What to scrape: a job's name and its targets as host:port."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a server runs with. `rules` are paths or globs; `flags` go to the command line as they are.

    With `watches_itself` it scrapes its own metrics, as the rules that watch the rules need.
    """

    scrape_interval: Duration = MINUTE
    jobs: tuple[ScrapeJob, ...] = ()
    rules: tuple[Path, ...] = ()
    flags: tuple[str, ...] = ()
    watches_itself: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    api: Prometheus
    pid: int
    home: Path


@contextmanager
def running(binary: Path, home: Path, setup: Setup = Setup()) -> Iterator[Running]:
    """Start Prometheus with its configuration, data and log in `home`, wait until it answers, stop it at the end.

    Blocks that lie in home/data are loaded. Raises ServerFailed.
    """
    for attempt in range(_PORT_TRIES):
        port = free_port()
        process = None
        try:
            with uninterrupted():
                process = _start(binary, home, setup, port)
            with Prometheus(Endpoint(f"http://127.0.0.1:{port}", _ANSWER_SECONDS_MAX)) as api:
                if _became_ready(process, api):
                    yield Running(api, process.pid, home)
                    return
            words = (home / "prometheus.log").read_text(errors="replace")
            if "address already in use" not in words or attempt == _PORT_TRIES - 1:
                raise ServerFailed(f"{binary} did not start:\n{words[-2000:]}")
        finally:
            if process is not None:
                stop(process)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl-C and its like off to the end of the block, so that nothing is started that nobody has yet to stop."""
    came: list[int] = []
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():  # Others are not interrupted.
        before = {one: signal.getsignal(one) for one in _INTERRUPTIONS if callable(signal.getsignal(one))}
    for one in before:
        signal.signal(one, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for one, heeded in before.items():
            signal.signal(one, heeded)
        if came:
            signal.raise_signal(came[0])


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process of ours to end, then end it."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(
    condition: Callable[[], bool], *, seconds_max: float, what: str, poll_seconds: float = _POLL_SECONDS
) -> float:
    """Ask again and again until it holds; returns the seconds that it took. Raises WaitedTooLong naming `what`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds_max:
            raise WaitedTooLong(f"waited {seconds_max:.0f} s for {what}")
        time.sleep(poll_seconds)
    return time.monotonic() - began


def _start(binary: Path, home: Path, setup: Setup, port: int) -> subprocess.Popen[bytes]:
    (home / "prometheus.yml").write_text(_configuration(setup, port), encoding="utf-8")
    with (home / "prometheus.log").open("wb") as log:
        return subprocess.Popen(
            [
                str(binary),
                f"--config.file={home / 'prometheus.yml'}",
                f"--storage.tsdb.path={home / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--storage.tsdb.retention.time=10y",
                *setup.flags,
            ],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to handle, in order.
        )


def _became_ready(process: subprocess.Popen[bytes], api: Prometheus) -> bool:
    wait_until(
        lambda: process.poll() is not None or api.is_ready(), seconds_max=_READY_SECONDS_MAX, what="Prometheus to start"
    )
    return process.poll() is None


def _configuration(setup: Setup, port: int) -> str:
    """Prometheus' configuration as JSON, which is YAML."""
    itself = (ScrapeJob("prometheus", (f"127.0.0.1:{port}",)),) if setup.watches_itself else ()
    return json.dumps(
        {
            "global": {"scrape_interval": str(setup.scrape_interval), "scrape_timeout": _timeout(setup)},
            "rule_files": [str(path) for path in setup.rules],
            "scrape_configs": [
                {"job_name": job.name, "static_configs": [{"targets": list(job.targets)}]}
                for job in (*setup.jobs, *itself)
            ],
        },
        indent=1,
    )


def _timeout(setup: Setup) -> str:
    return str(min(setup.scrape_interval, Duration.of(seconds=10)))
