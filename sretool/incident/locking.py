"""Locks between processes, which end with whoever holds them, however it ends. An edge."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PAUSE_SECONDS: Final = 0.01


class Busy(Exception):
    """Another process has held the lock for longer than anyone should."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(f"{path} has been locked by another process for {seconds:g} s: look for an sretool that hangs")


@contextmanager
def locked(path: Path, *, seconds_max: float) -> Iterator[None]:
    """Nobody else has this lock meanwhile. The file is made where it is missing, and stays.

    Raises Busy after that many seconds, at once with 0; OSError where the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(descriptor, path, fcntl.LOCK_EX, seconds_max)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_for_reading(path: Path, *, seconds_max: float) -> Iterator[None]:
    """Nobody has `locked` it meanwhile. It may be in a directory that cannot be written to. Raises Busy."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # Then nobody has ever written there.
        yield
        return
    try:
        _lock(descriptor, path, fcntl.LOCK_SH, seconds_max)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, kind: int, seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Busy(path, seconds_max) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
