"""A terminal with a command in it, read as a person would: until something stands there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from select import select
from types import TracebackType

_SECONDS_MAX = 60  # Before it is believed that nothing more will come.


class Terminal:
    """A pseudo-terminal. `shown` is all that the command has written so far."""

    def __init__(
        self, command: Sequence[str], home: Path, environment: Mapping[str, str], *, columns: int = 120, lines: int = 40
    ) -> None:
        self._ours, theirs = pty.openpty()
        self.resize(columns=columns, lines=lines)
        self.shown = ""
        self._seen = 0
        self.process = subprocess.Popen(command, cwd=home, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def resize(self, *, columns: int, lines: int = 40) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read_until(self, words: str, *, times: int = 1) -> str:
        """What was written since the last time that something was waited for, up to and with the words."""
        began, deadline = self._seen, time.monotonic() + _SECONDS_MAX
        for _ in range(times):
            while (at := self.shown.find(words, self._seen)) < 0:
                came = time.monotonic() < deadline and self._more()
                assert came, f"no {words!r} at the end of {self.shown[-2_000:]!r}"
            self._seen = at + len(words)
        return self.shown[began : self._seen]

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def rest(self) -> str:
        """All that was written, once the command has ended."""
        deadline = time.monotonic() + _SECONDS_MAX
        while self._more():
            assert time.monotonic() < deadline, f"goes on after {self.shown[-2_000:]!r}"
        self.process.wait(_SECONDS_MAX)
        return self.shown

    def _more(self) -> bool:
        readable, _, _ = select([self._ours], [], [], _SECONDS_MAX)
        try:
            came = os.read(self._ours, 65_536) if readable else b""
        except OSError:  # So Linux says that nobody writes any more.
            came = b""
        self.shown += came.decode(errors="replace")
        return bool(came)
