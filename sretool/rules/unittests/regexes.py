"""Strings that a regular expression matches, for labels of made-up series.

It knows what label matchers are usually made of: alternatives, groups, classes, repetitions. For what it does not
know it finds nothing, and every string that it finds has been matched.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product
from typing import Final

_SAMPLES_MAX: Final = 12
_ANY: Final = "x"
_CLASSES: Final = {"d": "0", "w": "a", "s": " ", "D": "x", "W": "-", "S": "x"}
# What Python's engine reads otherwise than RE2, which Prometheus uses.
_FOREIGN: Final = re.compile(r"\[\[:|\\[pPQEzCabBAZ]|\(\?(?![:P<i])|\\\d")


def matches(pattern: str, value: str) -> bool:
    """Whether a label's value matches as Prometheus has it: as a whole. False where the pattern is not understood."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(value) is not None


def is_understood(pattern: str) -> bool:
    """Whether `matches` reads the pattern as Prometheus would."""
    return _compiled(pattern) is not None


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if _FOREIGN.search(pattern):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)  # Sets within sets, of which Python is not sure.
        try:
            return re.compile(pattern, re.DOTALL)
        except (re.error, FutureWarning):
            return None


def samples(pattern: str) -> tuple[str, ...]:
    """Some strings that `pattern` matches, those of earlier alternatives first."""
    try:
        found = _Sampler(pattern).whole()
    except (IndexError, ValueError):
        return ()
    return tuple(dict.fromkeys(text for text in found if matches(pattern, text)))


class _Sampler:
    """One pass over a pattern. Raises IndexError where it ends early, ValueError for what is not known."""

    def __init__(self, pattern: str) -> None:
        self._rest = list(reversed(pattern))

    def whole(self) -> list[str]:
        found = self._alternatives()
        if self._rest:
            raise ValueError("more closing than opening parentheses")
        return found

    def _alternatives(self) -> list[str]:
        branches = [self._sequence()]
        while self._rest and self._rest[-1] == "|":
            self._rest.pop()
            branches.append(self._sequence())
        # A little of each branch rather than all of the first.
        share = max(1, _SAMPLES_MAX // len(branches))
        return [text for branch in branches for text in branch[:share]]

    def _sequence(self) -> list[str]:
        parts: list[list[str]] = []
        while self._rest and self._rest[-1] not in "|)":
            parts.append(self._repeated(self._atom()))
        return ["".join(choice) for choice in islice(product(*parts), _SAMPLES_MAX)]

    def _atom(self) -> list[str]:
        character = self._rest.pop()
        match character:
            case "(":
                return self._group()
            case "[":
                return [self._member()]
            case ".":
                return [_ANY]
            case "^" | "$":
                return [""]
            case "\\":
                escaped = self._rest.pop()
                return [_CLASSES.get(escaped, escaped)]
            case "*" | "+" | "?" | "{":
                raise ValueError("nothing to repeat")
            case _:
                return [character]

    def _group(self) -> list[str]:
        if self._rest[-1] == "?":
            head = ""
            while self._rest[-1] not in ":)>":
                head += self._rest.pop()
            if self._rest.pop() == ")":  # Flags such as (?i), which change nothing about what is made here.
                return [""]
        found = self._alternatives()
        if self._rest.pop() != ")":
            raise ValueError("a group is not closed")
        return found

    def _member(self) -> str:
        """A character of a class: its first, or for a negated one the first usual character outside."""
        text = ""
        while self._rest[-1] != "]" or text in ("", "^"):
            text += self._rest.pop()
            if text.endswith("\\"):
                text += self._rest.pop()
        self._rest.pop()
        usual: Iterable[str] = ("x", "a", "A", "0", "1", "_", "-", *text.replace("\\", ""))
        return next((character for character in usual if matches(f"[{text}]", character)), "")

    def _repeated(self, choices: list[str]) -> list[str]:
        if not self._rest or self._rest[-1] not in "*+?{":
            return choices
        operator = self._rest.pop()
        times = self._counted() if operator == "{" else ""
        if self._rest and self._rest[-1] == "?":  # Reluctant: the same strings.
            self._rest.pop()
        if operator == "{":
            return [choice * max(1, int(times.split(",")[0])) for choice in choices]
        return choices if operator == "+" else [*choices, ""]

    def _counted(self) -> str:
        text = ""
        while self._rest[-1] != "}":
            text += self._rest.pop()
        self._rest.pop()
        return text
