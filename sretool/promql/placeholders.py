"""A specification's expression with `$window` or `{{.window}}` where a duration will stand."""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import pairwise

from sretool.promql.failure import ParseFailure
from sretool.promql.tokens import Token, tokenize


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with each placeholder replaced by its value; one that has none stays. Strings and comments stay too.

    A placeholder is known by its spelling without blanks: `{{ .window }}` is `{{.window}}`.
    """
    pieces: list[str] = []
    end = 0
    for token in tokenize(text):
        value = values.get(spelled(token)) if token.kind == "placeholder" else None
        if value is not None:
            pieces += text[end : token.start], value
            end = token.end
    return "".join((*pieces, text[end:]))


def stand_in(text: str, allowed: Set[str]) -> str | ParseFailure:
    """`text` with a duration of the same length in every placeholder's place, so that all places stay the same."""
    if "$" not in text and "{{" not in text:
        return text
    tokens = tokenize(text)
    for before, token in pairwise((Token("end", "", 0, 0), *tokens)):
        if token.kind != "placeholder":
            continue
        if spelled(token) not in allowed:
            return _unknown(token, allowed)
        in_brackets = before.text == "[" or before.kind == "colon"
        after_offset = before.text.lower() == "offset" and before.end < token.start
        if not in_brackets and not after_offset:
            rule = f"{token.text} stands for a duration"
            return ParseFailure(rule, token.start, token.end, f"write it in brackets: name[{token.text}]")
    characters = list(text)
    for token in tokens:
        if token.kind == "placeholder":
            characters[token.start : token.end] = "5m".rjust(len(token.text), "0")
    return "".join(characters)


def spelled(token: Token) -> str:
    return "".join(token.text.split())


def _unknown(token: Token, allowed: Set[str]) -> ParseFailure:
    if not allowed:
        message, remedy = f"{token.text} is a template's placeholder, and PromQL has none", "write the value itself"
    else:
        known = " or ".join(sorted(allowed))
        message, remedy = f"{token.text} is a placeholder that nothing fills here", f"write {known}"
    return ParseFailure(message, token.start, token.end, remedy)
