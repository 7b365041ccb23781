"""Until somebody says stop: SIGINT and SIGTERM end what was begun in order. An edge."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """An event that is set by SIGINT or SIGTERM."""
    stopped = threading.Event()
    before = [signal.signal(one, lambda *_: stopped.set()) for one in _STOPS]
    try:
        yield stopped
    finally:
        for one, handler in zip(_STOPS, before, strict=True):
            signal.signal(one, handler)
