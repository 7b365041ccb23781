"""Finds the files that sretool ships: templates/, slos/, runbooks/, docs/checks/. The only way to them.

A wheel carries them in `_assets`; an editable install has no such directory, and reads the checkout itself.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


class MissingAsset(Exception):
    """A file that should have been shipped is not there."""


def find(name: str, *, instead: Path | None = None) -> Path:
    """The file or directory of that name, such as "templates/starter". Raises MissingAsset.

    `instead` is a directory of the user's own, laid out alike (`assets` in sretool.yaml): what it holds goes first.
    """
    checkout = _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").is_file() else None
    for root in (instead, _PACKAGE / "_assets", checkout):
        if root is not None and (root / name).exists():
            return root / name
    raise MissingAsset(f"{name} is not among the files of this installation: install sretool again")


def files(name: str, *, instead: Path | None = None) -> dict[str, str]:
    """The texts of all files below a directory, by their path in it, in order. Raises MissingAsset."""
    directory = find(name, instead=instead)
    found = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8") for path in found}
