"""Paths that were asked for and hold nothing that lint knows, where silence would look like health."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePath

_STDIN = ("-", "<stdin>")


def strangers(arguments: Sequence[str], read: Collection[str], others: Collection[str]) -> tuple[str, ...]:
    """The arguments below which files were read, of which none is ours: `others` are those that are not.

    A single file among arguments that have something is one that a glob or a hook brought along, and no mistake.
    """
    ours = [path for path in read if path not in others]
    empty = [argument for argument in arguments if _below(argument, read) and not _below(argument, ours)]
    if not ours and read:
        return tuple(empty or arguments)  # Below a pattern nothing lies: all that it found was strange.
    return tuple(argument for argument in empty if argument not in others)


def _below(argument: str, paths: Iterable[str]) -> bool:
    if argument in _STDIN:
        return _STDIN[1] in paths
    return any(PurePath(path).is_relative_to(argument) for path in paths)
