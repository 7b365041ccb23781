"""What is said of many, said once: a list of equal sentences is a list that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

_NAMED: Final = 3  # Of more subjects for which the same holds there is one, and how many more.


def together(said: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of what is said of subjects, each sentence once, with the subjects for which it holds."""
    about: dict[str, dict[str, None]] = {}
    for subject, words in said:
        about.setdefault(words, {})[subject] = None
    return [(_named(list(subjects)), words) for words, subjects in about.items()]


def in_lines(said: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The same as lines of text."""
    return tuple(f"{subjects}: {words}" for subjects, words in together(said))


def _named(subjects: Sequence[str]) -> str:
    return ", ".join(subjects) if len(subjects) <= _NAMED else f"{subjects[0]} and {len(subjects) - 1} more"
