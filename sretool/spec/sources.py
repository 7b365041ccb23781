"""The files of specifications: which they are, and what is in them. The only module of the package that does IO.

An argument is a file, a directory (all *.yaml and *.yml below it), a glob, or "-" for standard input. What cannot be
read is a diagnostic like any other, in the `Loaded` of that path.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import SIZE_MAX, Loaded, collector_paused, load, load_file
from sretool.yamltext.source import Source, Spot

STDIN = "-"
_STDIN_SHOWN = "<stdin>"
_SUFFIXES = (".yaml", ".yml")
# They lie beside the specifications where the directory is a whole repository, and are read by sretool.settings.
_SETTINGS = frozenset(("sretool.yaml", "catalog.yaml", "policy.yaml"))
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_sources(arguments: Iterable[str], *, stdin: BinaryIO) -> tuple[Loaded, ...]:
    """Everything that the arguments name, each file once, in the order of arguments and then of paths."""
    found: list[Loaded] = []
    seen: set[str] = set()
    with collector_paused():
        for argument in arguments:
            for path in _paths(argument):
                if isinstance(path, Loaded):
                    found.append(path)
                elif (real := os.path.realpath(path)) not in seen:
                    seen.add(real)
                    found.append(_read_stdin(stdin) if path == STDIN else _read(path))
    return tuple(found)


def read_texts(arguments: Iterable[str]) -> tuple[bytes, ...]:
    """What the files hold, unread; what cannot be read is left out. For whoever has no time for more."""
    paths = [path for argument in arguments for path in _paths(argument) if isinstance(path, str) and path != STDIN]
    return tuple(Path(path).read_bytes() for path in dict.fromkeys(paths) if os.access(path, os.R_OK))


def among(arguments: Iterable[str], files: Iterable[str]) -> list[str]:
    """Those of some absolute paths of files that the arguments name, by the rules above, sorted; none is opened."""
    patterns = [Path(os.path.realpath(argument)).parts for argument in arguments]
    return sorted(file for file in files if any(_is_named(file, pattern) for pattern in patterns))


def _is_named(file: str, pattern: tuple[str, ...]) -> bool:
    below = _below_pattern(Path(file).parts, pattern)
    if not below:
        return below is not None
    hidden = any(part.startswith(".") for part in below)
    return not hidden and below[-1].endswith(_SUFFIXES) and (len(below) > 1 or below[0] not in _SETTINGS)


def _below_pattern(parts: tuple[str, ...], pattern: tuple[str, ...]) -> tuple[str, ...] | None:
    """What of a path lies below the place that a pattern names: nothing, if it is that; None if it is elsewhere."""
    if not pattern:
        return parts
    if pattern[0] == "**":
        found = (_below_pattern(parts[skipped:], pattern[1:]) for skipped in range(len(parts)))
        return next((below for below in found if below is not None), None)
    if not parts or (parts[0].startswith(".") and not pattern[0].startswith(".")):
        return None
    return _below_pattern(parts[1:], pattern[1:]) if fnmatch.fnmatchcase(parts[0], pattern[0]) else None


def _paths(argument: str) -> Iterator[str | Loaded]:
    """The paths of the files that an argument names, or what is wrong with it."""
    if argument == STDIN or os.path.lexists(argument):
        yield from _of_directory(argument) if argument != STDIN and Path(argument).is_dir() else (argument,)
        return
    if not glob.has_magic(argument):
        yield _unreadable(argument, "there is no such file or directory", "check the path")
        return
    matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - a pattern may be absolute
    if not matches:
        yield _unreadable(argument, "no file matches this pattern", "check the pattern, or name a directory")
    for match in matches:
        yield from _of_directory(match) if Path(match).is_dir() else (match,)


def _of_directory(directory: str) -> Iterator[str | Loaded]:
    is_empty = True
    for found in _below(directory, seen=set(), is_root=True):
        is_empty = False
        yield found
    if is_empty:
        yield _unreadable(directory, "no *.yaml or *.yml file is in this directory", "check the path")


def _below(directory: str, *, seen: set[str], is_root: bool = False) -> Iterator[str | Loaded]:
    """Files below a directory, in order. What begins with a dot is passed over; links are followed."""
    real = os.path.realpath(directory)
    if real in seen:  # a link to a directory above it
        return
    seen.add(real)
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(directory, f"the directory cannot be read: {error.strerror}", "check its permissions")
        return
    for entry in entries:
        if entry.name.startswith(".") or (is_root and entry.name in _SETTINGS):
            continue
        if entry.is_dir():
            yield from _below(entry.path, seen=seen)
        elif entry.name.endswith(_SUFFIXES):
            yield entry.path


def _read_stdin(stdin: BinaryIO) -> Loaded:
    try:
        return load(stdin.read(SIZE_MAX + 1), _STDIN_SHOWN)
    except OSError as error:  # It is closed, or its terminal is gone.
        return _unreadable(_STDIN_SHOWN, f"standard input cannot be read: {error.strerror}", "give it a file or a pipe")


def _read(path: str) -> Loaded:
    """A file's documents. What is no file would block or never end, so it is not even opened."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return _broken_link(path) if Path(path).is_symlink() else load_file(path)
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            return _unreadable(path, f"this is {kind}, not a file", "write - as the path, and let it be standard input")
    return load_file(path)


def _broken_link(path: str) -> Loaded:
    return _unreadable(path, f"this link leads nowhere: to {Path(path).readlink()}", "repair or remove it")


def _unreadable(path: str, message: str, remedy: str) -> Loaded:
    source, notes = Source(path, ""), Notes()
    notes.report("YA018", Spot(source, 0, 0), message, remedy=remedy)
    return Loaded((), tuple(notes.diagnostics), source)
