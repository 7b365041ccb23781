"""What must never reach promql-parser: it can take the process down, or print to the terminal as it fails.

Measured on 0.12: 5,000 operators or 20,000 parentheses overflow its stack (the process dies), and a length of time of
no or endless size in brackets or after "offset" panics. It also reads as PromQL what no Prometheus does.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Final

from sretool.promql.failure import ParseFailure
from sretool.promql.tokens import Token, tokenize

CHARACTERS_MAX: Final = 20_000
NESTING_MAX: Final = 200
OPERATORS_MAX: Final = 1_000

_SMALL: Final = 1_000  # A text this short cannot hold too many operators.
_WORD_OPERATORS: Final = frozenset(("and", "or", "unless", "atan2"))
_SPLIT_IT: Final = "record its parts as rules of their own, and use what they record"
# Whatever this does not find is harmless; what it finds is looked at token by token. It errs to the careful side.
_SUSPECT: Final = re.compile(
    r"""
      \[(?! (?: [0-9]{1,4}[smhd] ){1,2} (?: : (?: [0-9]{1,4}[smhd] )? )? \] )
    | (?<![a-z0-9_:]) offset (?! [a-z0-9_:] | [ ]-?[0-9]{1,4}[smhd](?![a-z0-9]) )
    | ["'`] (?: \s | \#[^\n]*\n )* or (?![a-z0-9_:])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NANOSECONDS: Final = {
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 604_800 * 10**9,
    "y": 31_536_000 * 10**9,
}
_NANOSECONDS_MAX: Final = 2**63 - 1  # Prometheus counts time in signed 64 bits: 292 years.
_PART: Final = re.compile(r"([0-9]+)(ms|[smhdwy])")


def refusal(text: str) -> ParseFailure | None:
    """Why this text must not be parsed, or None for nearly every text."""
    if len(text) > CHARACTERS_MAX:
        return _too_much(f"it is {len(text):,} characters long, and at most {CHARACTERS_MAX:,} are read", len(text))
    small = len(text) <= _SMALL and text.count("(") + text.count("[") + text.count("{") <= NESTING_MAX
    if small and _SUSPECT.search(text) is None:
        return None
    tokens = tokenize(text)
    return _too_large(tokens, len(text)) or _unreadable_time(tokens) or _or_between_matchers(tokens)


def _too_large(tokens: tuple[Token, ...], length: int) -> ParseFailure | None:
    depth = deepest = operators = 0
    for kind, text, _, _ in tokens:
        if kind == "operator" or (kind == "identifier" and text.lower() in _WORD_OPERATORS):
            operators += 1
        elif text in ("(", "[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif text in (")", "]", "}"):
            depth -= 1
    if deepest > NESTING_MAX:
        return _too_much(f"it is nested {deepest:,} deep, and at most {NESTING_MAX} are read", length)
    if operators > OPERATORS_MAX:
        return _too_much(f"it has {operators:,} operators, and at most {OPERATORS_MAX:,} are read", length)
    return None


def _too_much(what: str, length: int) -> ParseFailure:
    return ParseFailure(f"the expression is too large: {what}", 0, length, _SPLIT_IT)


def _unreadable_time(tokens: tuple[Token, ...]) -> ParseFailure | None:
    """A length of time, in brackets or after "offset", that is none."""
    in_brackets = after_offset = False
    for token in tokens:
        if token.kind == "bracket":
            in_brackets = token.text == "["
        elif (in_brackets or after_offset) and token.kind in ("duration", "number"):
            size = _nanoseconds(token)
            if math.isnan(size) or (in_brackets and size == 0):
                return _no_length(token, "is no length of time")
            if size > _NANOSECONDS_MAX:
                return _no_length(token, "is longer than the 292 years that Prometheus can count")
        after_offset = token.text.lower() == "offset" or (after_offset and token.text in ("+", "-"))
    return None


def _no_length(token: Token, what: str) -> ParseFailure:
    return ParseFailure(f'"{token.text}" {what}', token.start, token.end, "write a duration such as 5m")


def _nanoseconds(token: Token) -> float:
    if token.kind == "duration":
        return math.fsum(float(count) * _NANOSECONDS[unit] for count, unit in _PART.findall(token.text))
    if token.text[:2] in ("0x", "0X"):
        return float(int(token.text, 16)) * 10**9 if len(token.text) < 20 else math.inf
    return float(token.text) * 10**9


def _or_between_matchers(tokens: tuple[Token, ...]) -> ParseFailure | None:
    """`a{b="1" or b="2"}` is another product's; promql-parser takes it and no Prometheus does."""
    in_braces = False
    for previous, token in pairwise(tokens):
        if previous.kind == "brace":
            in_braces = previous.text == "{"
        if in_braces and previous.kind == "string" and token.text.lower() == "or":
            remedy = 'match several values with a regular expression, label=~"a|b", or write "or" between two metrics'
            return ParseFailure('"or" cannot join matchers', token.start, token.end, remedy)
    return None
