"""Processes that are kept alive: started, started again with growing pauses when they die, and stopped in order."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sretool.billing.directory import DataDirectory

PAUSE_SECONDS_MIN = 0.1
PAUSE_SECONDS_MAX = 10.0
STEADY_SECONDS = 30.0  # after which a process is taken to have recovered
STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """A module of sretool.billing that runs until SIGTERM, and how much it gives way to others."""

    module: str
    nice: int = 0


# Started in this order, and stopped in it: nothing is taken in any more when the others stop.
SERVICE = (Process("gateway"), Process("applier", nice=10), Process("biller", nice=10), Process("recount", nice=19))


@dataclass(slots=True)
class _Child:
    process: Process
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = -1
    pause: float = PAUSE_SECONDS_MIN
    start_at: float = float("-inf")


@dataclass(slots=True)
class Supervisor:
    """Keeps the processes of a data directory alive. What they inherit are descriptors, by number."""

    directory: DataDirectory
    processes: Sequence[Process]
    arguments: Callable[[Process], Sequence[str]]
    inherited: Sequence[int] = ()
    _children: list[_Child] = field(default_factory=list)

    def run(self, stop: threading.Event, *, every_poll: Callable[[], None], every_second: Callable[[], None]) -> None:
        """Keep them alive until told to stop, and do what else the caller wants done meanwhile."""
        self._children = [_Child(process) for process in self.processes]
        next_second = time.monotonic()
        with _lifeline() as lifeline:
            try:
                while not stop.wait(_POLL_SECONDS):
                    for child in self._children:
                        self._tend(child, lifeline)
                    every_poll()
                    if time.monotonic() >= next_second:
                        next_second += 1
                        every_second()
            finally:
                self._stop()

    def pid_of(self, module: str) -> int | None:
        """The process that runs a module just now."""
        for child in self._children:
            if child.process.module == module and child.running is not None:
                return child.running.pid
        return None

    def _tend(self, child: _Child, lifeline: int) -> None:
        now = time.monotonic()
        if child.running is not None:
            code = child.running.poll()
            if code is None:
                return
            child.running = None
            child.pause = PAUSE_SECONDS_MIN if now - child.started_at > STEADY_SECONDS else child.pause
            child.start_at = now + child.pause
            print(
                f"serve: {child.process.module} {_ended(code)}; it is started again in {child.pause:g} s",
                file=sys.stderr,
            )
            child.pause = min(2 * child.pause, PAUSE_SECONDS_MAX)
        elif now >= child.start_at:
            child.running = self._start(child.process, lifeline)
            child.started_at = now
            child.restarts += 1
            self._publish()

    def _start(self, process: Process, lifeline: int) -> subprocess.Popen[bytes]:
        wrapper = [
            sys.executable,
            "-m",
            "sretool.billing.child",
            "--lifeline",
            str(lifeline),
            "--nice",
            str(process.nice),
        ]
        return subprocess.Popen(
            [*wrapper, process.module, *self.arguments(process)],
            stdin=subprocess.DEVNULL,
            pass_fds=(lifeline, *self.inherited),
        )

    def _publish(self) -> None:
        running = {
            child.process.module: {"pid": child.running.pid, "restarts": child.restarts}
            for child in self._children
            if child.running is not None
        }
        self.directory.write_status("supervisor", {"pid": os.getpid(), "processes": running})

    def _stop(self) -> None:
        """One after the other; what does not end in time is killed."""
        for child in self._children:
            if child.running is None:
                continue
            child.running.terminate()
            try:
                child.running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"serve: {child.process.module} does not stop and is killed", file=sys.stderr)
                child.running.kill()
                child.running.wait()
            child.running = None
        self._publish()


def _ended(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


@contextmanager
def _lifeline() -> Iterator[int]:
    """The reading end of a pipe whose writing end no other process has."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        for descriptor in (reading, writing):
            with suppress(OSError):
                os.close(descriptor)
