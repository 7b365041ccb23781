"""The directory that holds generated files: compare it, and replace it whole or not at all. An edge: it does IO.

Every file is written beside its target first; only when all of them are on disk is any target replaced, each by a
rename. If a rename fails, those already done are undone. Files without our header are never touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from sretool.rules.emit import HEADER

_NAMED = re.compile(r"^ +- record: slo:info\n +expr: .*\n +labels: \{(.*)\}$", re.MULTILINE)
_LABEL = re.compile(r'(service|slo): (?:"([^"]*)"|([^,"}]+))')


class DirectoryError(Exception):
    """The output directory cannot be used as asked. The message says what stands in the way and what to do."""


class WouldLoseSlos(DirectoryError):
    """The directory holds generated SLOs that the input does not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs: `before` or `after` is None where there is none."""

    path: Path
    before: str | None
    after: str | None

    def diff(self) -> str:
        """A unified diff, as `git diff` shows it."""
        before, after = (text.splitlines(keepends=True) if text else [] for text in (self.before, self.after))
        return "".join(unified_diff(before, after, f"{self.path} (on disk)", f"{self.path} (generated)"))


def changes(out: Path, files: Mapping[str, str]) -> list[Change]:
    """What replacing the generated files of `out` by `files` (relative name to text) would change, sorted by name.

    Raises DirectoryError where a file of another origin is in the way.
    """
    found: list[Change] = []
    for name in sorted(files):
        path = out / name
        before = _read(path)
        if before is not None and not before.startswith(HEADER):
            raise DirectoryError(
                f"{path} was not written by sretool and would be replaced; move it away or choose another --out"
            )
        if before != files[name]:
            found.append(Change(path, before, files[name]))
    gone = [path for path in _generated(out) if str(path.relative_to(out)) not in files]
    return found + [Change(path, _read(path), None) for path in gone]


def refuse_losses(found: Iterable[Change]) -> None:
    """Raise WouldLoseSlos where a change takes away an SLO that was generated before."""
    lost: list[str] = []
    for change in found:
        kept = _slos(change.after or "")
        lost.extend(name for name in _slos(change.before or "") if name not in kept)
    removed = [change.path.name for change in found if change.after is None]
    if lost or removed:
        what = ", ".join(sorted(lost)) or ", ".join(sorted(removed))
        raise WouldLoseSlos(f"the output directory holds what is not in the input: {what}; add --prune to remove it")


def apply(found: list[Change]) -> None:
    """Make the changes. Raises DirectoryError, having changed nothing."""
    written = [(change.path, change.after) for change in found if change.after is not None]
    staged: list[tuple[Path, Path]] = []
    try:
        for path, text in written:
            staged.append((_stage(path, text), path))
        _replace(staged, [change.path for change in found if change.after is None])
    except OSError as error:
        raise DirectoryError(f"cannot write {error.filename or 'the output'}: {error.strerror}") from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)


def _stage(path: Path, text: str) -> Path:
    if path.is_dir():
        raise DirectoryError(f"{path} is a directory where a generated file belongs")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _replace(staged: list[tuple[Path, Path]], removed: list[Path]) -> None:
    undo: list[tuple[Path | None, Path]] = []
    try:
        for temporary, path in staged:
            undo.append((_keep(path), path))
            temporary.replace(path)
        for path in removed:
            undo.append((_keep(path), path))
            path.unlink()
    except OSError:
        for kept, path in reversed(undo):
            _restore(kept, path)
        raise
    for kept, _ in undo:
        if kept is not None:
            kept.unlink(missing_ok=True)


def _keep(path: Path) -> Path | None:
    """A second name for what stands at `path`, so that it can come back. The first stays until it is replaced."""
    if not path.exists():
        return None
    kept = path.with_name(f".{path.name}.{secrets.token_hex(4)}.old")
    try:
        os.link(path, kept)
    except OSError:  # A file system without hard links.
        shutil.copy2(path, kept)
    return kept


def _restore(kept: Path | None, path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        if kept is not None:
            kept.replace(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DirectoryError(f"cannot read {path}: {error}") from error


def _generated(out: Path) -> list[Path]:
    """Files in `out` and its tests/ that carry our header."""
    candidates = sorted([*out.glob("*.y*ml"), *out.glob("tests/*.y*ml")])
    return [path for path in candidates if path.is_file() and _starts_with_header(path)]


def _starts_with_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER.encode()
    except OSError as error:
        raise DirectoryError(f"cannot read {path}: {error.strerror}") from error


def _slos(text: str) -> list[str]:
    """The full names of the SLOs that a generated rule file holds."""
    named = []
    for match in _NAMED.finditer(text):
        labels = {name: quoted or bare for name, quoted, bare in _LABEL.findall(match[1])}
        named.append(f"{labels.get('service', '?')}/{labels.get('slo', '?')}")
    return named
