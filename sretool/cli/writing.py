"""Results as files, whole or not at all, and as what is piped on."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from sretool.cli.outcome import Exit, Stop


def write_file(path: Path, text: str) -> None:
    """Write a file by rename. Ends the command where that cannot be."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # Where there is no such directory there is no such file.
            temporary.unlink(missing_ok=True)
        raise Stop(Exit.WRONG_INPUT, f"cannot write {path}: {error.strerror}") from error


def print_yaml(text: str) -> None:
    """Write YAML to standard output as it is written to files: in UTF-8, whatever the terminal can show."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
