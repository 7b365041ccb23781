"""Text to trees. Nothing here raises for a bad file: what cannot be read is a diagnostic, what can be is a document.

`load` is pure; `load_file` reads the disk. The trees are built straight from the events of PyYAML's parser (libyaml
where it was compiled in), bottom up and without recursion.
"""

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

from sretool.yamltext.diagnostics import Diagnostic, Notes
from sretool.yamltext.eventstream import NextEvent, event_stream
from sretool.yamltext.nodes import Node
from sretool.yamltext.source import Source, Spot
from sretool.yamltext.tree import DocumentRefused, TreeBuilder

SIZE_MAX = 16 * 1024 * 1024  # bytes of a file

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS_UTF8 = "save the file as UTF-8"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds: its documents that could be read, and everything that is wrong with it as YAML."""

    documents: tuple[Node, ...]
    diagnostics: tuple[Diagnostic, ...]
    source: Source

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, for quoting; "" where there is none."""
        return self.source.line(line)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python's cycle collector from running inside: trees have no cycles, and looking for some doubles the time.

    `load` pauses it for itself; who loads many files and keeps what they hold pauses it around them all.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def load_file(path: str | os.PathLike[str]) -> Loaded:
    """Read a file and load it. A file beyond SIZE_MAX is refused by its size; an endless one is read that far."""
    shown = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            huge = os.fstat(file.fileno()).st_size > SIZE_MAX
            content = b"" if huge else file.read(SIZE_MAX + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        source, notes = Source(shown, ""), Notes()
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        notes.report(
            "YA018",
            Spot(source, 0, 0),
            f"the file cannot be read: {reason}",
            remedy="check the path and its permissions",
        )
        return Loaded((), tuple(notes.diagnostics), source)
    return _too_large(shown) if huge else load(content, shown)


def load(content: str | bytes, path: str) -> Loaded:
    """The documents of a YAML file and its diagnostics, in the order in which they were found.

    A document that breaks off is left out, with all that follow it. Documents that hold nothing (`---` at the end of
    a file) are left out in silence, unless nothing else is there. `path` is only shown.
    """
    if len(content) > SIZE_MAX:
        return _too_large(path)
    notes = Notes()
    source = (
        _decoded(content, path, notes) if isinstance(content, bytes) else Source(path, content.removeprefix("\ufeff"))
    )
    documents: list[Node] = []
    if not notes.diagnostics:
        with collector_paused():
            documents = read_documents(source, notes, event_stream)
    return Loaded(tuple(documents), tuple(notes.diagnostics), source)


def read_documents(source: Source, notes: Notes, stream: Callable[[str], NextEvent]) -> list[Node]:
    """All documents of a source, by a given parser; see `load`."""
    builder = TreeBuilder(source, notes)
    try:
        builder.read(stream(source.text))
    except (ReaderError, UnicodeEncodeError):
        _report_control_character(source, notes)
    except MarkedYAMLError as error:
        from sretool.yamltext.syntax import report_syntax_error  # Loaded for what is wrong.

        report_syntax_error(error, source, notes)
    except DocumentRefused:
        pass  # reported where it was found
    if not builder.documents and not notes.diagnostics:
        notes.report(
            "YA009", Spot(source, 0, 0), "the file holds no YAML document", remedy="write one, or remove the file"
        )
    return builder.documents


def _decoded(content: bytes, path: str, notes: Notes) -> Source:
    if content.startswith(_UTF16_MARKS):
        source = Source(path, "")
        notes.report("YA006", Spot(source, 0, 0), "the file is UTF-16, not UTF-8", remedy=_SAVE_AS_UTF8)
        return source
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return Source(path, content.decode())
    except UnicodeDecodeError as error:
        source = Source(path, content.decode(errors="replace"))
        at = len(content[: error.start].decode())
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        notes.report("YA006", Spot(source, at, at + 1), message, remedy=_SAVE_AS_UTF8)
        return source


def _report_control_character(source: Source, notes: Notes) -> None:
    found = _NOT_YAML.search(source.text)
    at, end = found.span() if found else (0, 0)
    name = f"U+{ord(found.group()):04X}" if found else "a control character"
    remedy = (
        f"remove it; where a value needs it, write it as an escape in double quotes; if there are many, {_SAVE_AS_UTF8}"
    )
    notes.report("YA006", Spot(source, at, end), f"the character {name} is not allowed in YAML", remedy=remedy)


def _too_large(path: str) -> Loaded:
    source, notes = Source(path, ""), Notes()
    message = f"the file is larger than {SIZE_MAX // 1024 // 1024} MiB"
    notes.report("YA007", Spot(source, 0, 0), message, remedy="split it into several files")
    return Loaded((), tuple(notes.diagnostics), source)
