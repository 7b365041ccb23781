"""Results as files, whole or not at all, and as what is piped on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sretool.cli.outcome import Exit, Stop


def unless_stdout(path: Path | None) -> Path | None:
    """What --out says: `-` is standard output, which is what is written to where no file is named."""
    return None if path == Path("-") else path


def write_file(path: Path, text: str) -> None:
    """Write a file by rename; into what is no file, such as /dev/stdout, directly. Ends the command where it cannot be.

    Of two commands that write one file at once, the file is that of the one or of the other.
    """
    if path.is_dir():
        raise Stop(Exit.WRONG_INPUT, f"cannot write {path}: it is a directory: name a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            _write(path, text)
        else:
            _replace(path, text)
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"cannot write {path}: {error.strerror}") from error


def print_yaml(text: str) -> None:
    """Write YAML to standard output as it is written to files: in UTF-8, whatever the terminal can show."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".sretool-{os.getpid()}.tmp")
    try:
        _write(temporary, text)
        temporary.replace(path)
    finally:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
