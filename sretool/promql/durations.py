"""The durations inside an expression: ranges, offsets and steps as their author wrote them."""

from __future__ import annotations

from collections.abc import Callable

from sretool.promql.tokens import tokenize


def with_durations(text: str, changed: Callable[[str], str]) -> str:
    """`text` with each duration replaced by what `changed` makes of it; `rate(x[5m])` has one. Strings stay."""
    pieces: list[str] = []
    end = 0
    for token in tokenize(text):
        if token.kind == "duration":
            pieces += text[end : token.start], changed(token.text)
            end = token.end
    return "".join((*pieces, text[end:]))
