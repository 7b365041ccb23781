"""Processes of our own: started so that each is stopped, whatever happens, and waited for by what they do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from typing import IO, Any

POLL_SECONDS = 0.05
_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 20
_LAST_WORDS = 2_000
_PORT_TRIES = 5
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServerFailed(Exception):
    """A process did not start; its last words are in the message."""


class WaitedTooLong(Exception):
    """What was waited for did not come in time."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Have the first of Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt, and what follows it left unheeded.

    A terminal that is closed sends several, and stopping what was started must not be interrupted. A signal that
    whoever started us ignores, as nohup does, stays ignored.
    """
    heeded = {one: signal.getsignal(one) for one in _INTERRUPTIONS if signal.getsignal(one) != signal.SIG_IGN}

    def interrupt(*_: object) -> None:
        for one in heeded:
            # Not ignored: Python says a traceback of a signal that came already and is ignored by now.
            signal.signal(one, lambda *_: None)
        raise KeyboardInterrupt

    for one in heeded:
        signal.signal(one, interrupt)
    try:
        yield
    finally:
        for one, before in heeded.items():
            signal.signal(one, before)


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


@contextmanager
def stopped_at_the_end() -> Iterator[ExitStack]:
    """A stack of started parts, which are all stopped before an interruption is heeded."""
    with ExitStack() as parts:
        try:
            yield parts
        finally:
            with uninterrupted():
                parts.close()


@contextmanager
def started(
    command: Sequence[str | Path], *, log: Path, directory: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works in a directory and writes to `log` whatever it has to say."""
    with log.open("wb") as words, _process(command, words, words, directory=directory) as process:
        yield process


@contextmanager
def announced(
    command: Sequence[str | Path],
    *,
    log: Path,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """A process that says in a line of JSON that it is ready, and where: that line. Raises ServerFailed."""
    piped = subprocess.PIPE
    with (
        log.open("wb") as words,
        _process(command, piped, words, directory=directory, environment=environment) as process,
    ):
        assert process.stdout is not None
        readable, _, _ = select([process.stdout], [], [], _READY_SECONDS_MAX)
        line = process.stdout.readline() if readable else b""
        if not line:
            raise ServerFailed(f"{_shown(command)} did not start:\n{last_words(log)}")
        yield json.loads(line)


@contextmanager
def answering(
    command_at: Callable[[int], Sequence[str | Path]],
    *,
    log: Path,
    is_ready: Callable[[int], bool],
    directory: Path | None = None,
) -> Iterator[tuple[int, int]]:
    """A server on a free port, once it is ready there: its port and its process id. Raises ServerFailed."""
    for attempt in range(_PORT_TRIES):
        port = free_port()
        with started(command_at(port), log=log, directory=directory) as process:
            if _came_up(process, partial(is_ready, port)):
                yield port, process.pid
                return
        if "address already in use" not in last_words(log) or attempt == _PORT_TRIES - 1:
            raise ServerFailed(f"{_shown(command_at(port))} did not start:\n{last_words(log)}")


def _came_up(process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> bool:
    """Whether it got ready; False when it ended instead."""
    name = Path(str(process.args[0])).name if isinstance(process.args, list) else "a process"
    wait_until(
        lambda: process.poll() is not None or is_ready(), seconds_max=_READY_SECONDS_MAX, what=f"{name} to start"
    )
    return process.poll() is None


@contextmanager
def _process(
    command: Sequence[str | Path],
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    process = None
    try:
        with uninterrupted():
            process = subprocess.Popen(
                [str(word) for word in command],
                stdout=stdout,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                cwd=directory,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C is ours to handle, in order.
            )
        yield process
    finally:
        if process is not None:
            with uninterrupted():
                stop(process)


def _shown(command: Sequence[str | Path]) -> str:
    return " ".join(map(str, command[:4]))


def run(
    command: Sequence[str | Path],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> str:
    """What a command that ends by itself prints. Raises ServerFailed, with its last words, at any other exit code."""
    with TemporaryFile() as words:
        process = _process(command, subprocess.PIPE, words, directory=directory, environment=environment)
        with process as running:
            said, _ = running.communicate()
        if running.returncode in codes:
            return said.decode()
        words.seek(0)
        raise _failed(command, said + words.read())


def run_aloud(
    command: Sequence[str | Path],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> str:
    """The same, with what it says beside what it prints, as a terminal shows it."""
    process = _process(command, subprocess.PIPE, subprocess.STDOUT, directory=directory, environment=environment)
    with process as running:
        said, _ = running.communicate()
    if running.returncode in codes:
        return said.decode()
    raise _failed(command, said)


def _failed(command: Sequence[str | Path], heard: bytes) -> ServerFailed:
    return ServerFailed(f"{_shown(command)} failed:\n{heard.decode(errors='replace')[-_LAST_WORDS:]}")


def last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process of ours to end, then end it."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(
    condition: Callable[[], bool], *, seconds_max: float, what: str, poll_seconds: float = POLL_SECONDS
) -> float:
    """Ask again and again until it holds; returns the seconds that it took. Raises WaitedTooLong naming `what`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds_max:
            raise WaitedTooLong(f"waited {seconds_max:.0f} s for {what}")
        time.sleep(poll_seconds)
    return time.monotonic() - began
