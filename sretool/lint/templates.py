"""What templates of alerts speak of: labels and the value, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sretool.promql.quoting import unquoted
from sretool.promql.templates.lexing import Action, TemplateSyntaxError, Token, pieces

_BLOCKS_WITH_DOT = ("range", "with", "define", "block")
_LABELS = ("$labels", ".Labels")
_VALUES = ("$value", ".Value")


@dataclass(frozen=True, slots=True)
class Mention:
    """`$labels.job`, of which the label is job; or `$value`, which has no label."""

    label: str | None
    start: int
    end: int

    @property
    def is_value(self) -> bool:
        return self.label is None


def mentions(text: str) -> list[Mention]:
    """The labels and values of the alert itself that a template speaks of, in order; none of one that does not parse.

    Where a block has made another thing of the dot, .Labels is that thing's.
    """
    if "{{" not in text:
        return []
    try:
        return list(_mentions(text))
    except TemplateSyntaxError:
        return []


def _mentions(text: str) -> Iterator[Mention]:
    blocks: list[str] = []
    for piece in pieces(text):
        if not isinstance(piece, Action):
            continue
        word = piece.tokens[0].text
        yield from _of_action(piece.tokens, is_dot_ours=not any(block in _BLOCKS_WITH_DOT for block in blocks))
        if word == "end" and blocks:
            blocks.pop()
        elif word in ("if", *_BLOCKS_WITH_DOT):
            blocks.append(word)


def _stands_alone(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether a field is the dot's, and does not hang on what stands before it."""
    return place == 0 or tokens[place].is_apart or tokens[place - 1].kind in ("left", "pipe")


def _of_action(tokens: tuple[Token, ...], *, is_dot_ours: bool) -> Iterator[Mention]:
    for place, token in enumerate(tokens[:-1]):
        if token.kind == "field" and (not (is_dot_ours and _stands_alone(tokens, place))):
            continue
        following = tokens[place + 1]
        if token.text in _VALUES:
            yield Mention(None, token.start, token.end)
        elif token.text in _LABELS and following.kind == "field" and not following.is_apart:
            yield Mention(following.text.removeprefix("."), token.start, following.end)
        elif token.text in _LABELS and following.kind == "string" and place and tokens[place - 1].text == "index":
            yield Mention(unquoted(following.text), token.start, following.end)
