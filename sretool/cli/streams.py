"""Standard streams that hold when a reader leaves, a disk is full or a descriptor was closed by whoever started us.

A reader who has left changes no verdict: the command goes on in silence and ends as it would have. A result that cannot
be written is an error of its own. Talk on stderr that cannot be written is lost, and nothing else.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_LEGIBLE: Final = "sretool-legible"  # The name of `_legible` among the handlers of errors.
_HALF: Final = re.compile("[\ud800-\udfff]")
_UNKNOWN: Final = "\ufffd"


class ResultUnwritable(OSError):
    """Standard output takes no more, and somebody may still be waiting for it."""


class _Results(io.FileIO):
    """Standard output."""

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            _lead_nowhere(self.fileno())
            return memoryview(content).nbytes
        except OSError as error:
            _lead_nowhere(self.fileno())
            raise ResultUnwritable(error.errno, error.strerror) from error


class _Talk(io.FileIO):
    """Standard error."""

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except OSError:
            _lead_nowhere(self.fileno())
            return memoryview(content).nbytes


def open_streams() -> None:
    """Put these streams in the place of Python's own, which are None where a descriptor is closed.

    Such a descriptor is filled, lest a file that is opened later get it: its input cannot be read, as before, and what
    is written to it is read by nobody.
    """
    for descriptor, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            _lead_nowhere(descriptor)
    codecs.register_error(_LEGIBLE, _legible)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    in_lines = isinstance(sys.stdout, io.TextIOWrapper) and (sys.stdout.line_buffering or sys.stdout.write_through)
    sys.stdout = _as_text(_Results(1, "w", closefd=False), like=sys.stdout, line_buffering=in_lines)
    sys.stderr = _as_text(_Talk(2, "w", closefd=False), like=sys.stderr, line_buffering=True)


def _as_text(raw: io.FileIO, *, like: TextIO | None, line_buffering: bool) -> io.TextIOWrapper:
    """As Python opened it, but what the encoding lacks is written so that it can be read."""
    encoding = "utf-8" if like is None else like.encoding
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=_LEGIBLE, line_buffering=line_buffering)


def _legible(error: UnicodeError) -> tuple[str | bytes, int]:
    """Unicode's sign for what is unknown in the place of halves of signs, which Python makes of bytes in the name of a
    file that are no UTF-8; of what only this encoding lacks, its number, so that it can be read in JSON, too.
    """
    if not isinstance(error, UnicodeEncodeError):
        return codecs.backslashreplace_errors(error)
    lacking = _HALF.sub(_UNKNOWN, error.object[error.start : error.end])
    if error.encoding == "utf-8":
        return lacking.encode(), error.end  # As text, the encoder would take only ASCII.
    units = lacking.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


def _lead_nowhere(descriptor: int) -> None:
    """Let a descriptor swallow what is written: what a stream still holds is tried once more when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere == descriptor:
        os.set_inheritable(descriptor, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
