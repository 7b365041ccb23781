"""Why Prometheus would not load a template: the door of this package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from sretool.promql.failure import ParseFailure
from sretool.promql.quoting import unquoted
from sretool.promql.release import OLDEST, Version
from sretool.promql.templates.lexing import Action, TemplateSyntaxError, Text, pieces
from sretool.promql.templates.operands import Cursor, Scope, read_pipeline
from sretool.promql.templates.words import ELSE_WITH

_TREES: Final = ("define", "block")  # Templates of their own, which see no variable from outside.


@lru_cache(maxsize=4096)
def template_failure(text: str, version: Version = OLDEST) -> ParseFailure | None:
    """What is wrong with the text of a label or annotation; None where Prometheus takes it.

    Whether the template says anything sensible once it is expanded is not looked at, as Prometheus does not.
    """
    if "{{" not in text:
        return None
    try:
        _Reader(Scope(version)).read(text)
    except TemplateSyntaxError as error:
        return error.failure
    return None


@dataclass(slots=True)
class _Block:
    """Something that waits for its {{ end }}."""

    word: str
    at: Action
    outside: list[str]  # The variables that are known again after it.
    name: str = ""  # Of a define or block.
    has_else: bool = False
    is_empty: bool = True


@dataclass(slots=True)
class _Reader:
    scope: Scope
    blocks: list[_Block] = field(default_factory=list)
    defined: dict[str, bool] = field(default_factory=dict)  # By name, whether it is empty.

    def read(self, text: str) -> None:
        for piece in pieces(text):
            match piece:
                case Text(words):
                    self._fill(is_blank=not words.strip())
                case Action():
                    self._act(Cursor(piece))
        if self.blocks:
            block = self.blocks[-1]
            message = f"this {{{{ {block.word} }}}} is never ended"
            raise Cursor(block.at).whole(message, "add {{ end }}")

    def _fill(self, *, is_blank: bool) -> None:
        if self.blocks and not is_blank:
            self.blocks[-1].is_empty = False

    def _act(self, cursor: Cursor) -> None:
        first = cursor.token
        act = _ACTS.get(first.text) if first.kind == "keyword" else None
        if first.text not in ("else", "end"):
            self._fill(is_blank=False)
        if act is None:
            read_pipeline(cursor, self.scope)
        else:
            cursor.take()
            act(self, cursor)

    # What opens.

    def _control(self, cursor: Cursor) -> None:
        word = cursor.action.tokens[0].text
        outside = list(self.scope.variables)
        read_pipeline(cursor, self.scope, declares_two=word == "range")
        self.blocks.append(_Block(word, cursor.action, outside))

    def _define(self, cursor: Cursor) -> None:
        if self.blocks:
            message = "a template is defined within another block"
            raise cursor.whole(message, "define it before, or use block")
        name = _name(cursor)
        cursor.finish("the name")
        self._open_tree("define", cursor, name)

    def _block(self, cursor: Cursor) -> None:
        name = _name(cursor)
        read_pipeline(cursor, self.scope)
        self._open_tree("block", cursor, name)

    def _open_tree(self, word: str, cursor: Cursor, name: str) -> None:
        self.blocks.append(_Block(word, cursor.action, list(self.scope.variables), name))
        self.scope.variables[:] = ["$"]

    # What goes on, and what ends.

    def _else(self, cursor: Cursor) -> None:
        block = self.blocks[-1] if self.blocks else None
        if block is None or block.word in _TREES or block.has_else:
            raise cursor.whole("no {{ if }} waits for this {{ else }}", "remove it, or add the {{ if }} before it")
        if cursor.token.kind == "close":
            block.has_else = True
            return
        again = cursor.take().text
        goes_on = again == "if" or (again == "with" and self.scope.version >= ELSE_WITH)
        if again != block.word or not goes_on:
            message = f"an else of {{{{ {block.word} }}}} goes on with nothing"
            raise cursor.whole(message, "write {{ else }}, and what is asked within it")
        read_pipeline(cursor, self.scope)

    def _end(self, cursor: Cursor) -> None:
        cursor.finish("end")
        if not self.blocks:
            raise cursor.whole("nothing waits for this {{ end }}", "remove it, or add the {{ if }} that it ends")
        block = self.blocks.pop()
        self.scope.variables[:] = block.outside
        if block.word in _TREES:
            self._keep(block)

    def _keep(self, block: _Block) -> None:
        """Of several templates of a name only one may hold anything."""
        if self.defined.get(block.name, True):
            self.defined[block.name] = block.is_empty
        elif not block.is_empty:
            message = f'the template "{block.name}" is defined twice'
            raise Cursor(block.at).whole(message, "give one of the two another name")

    # What stands alone.

    def _template(self, cursor: Cursor) -> None:
        _name(cursor)
        if cursor.token.kind != "close":
            read_pipeline(cursor, self.scope)

    def _leave(self, cursor: Cursor) -> None:
        word = cursor.action.tokens[0].text
        cursor.finish(word)
        if not self._is_in_range:
            raise cursor.whole(f"{word} stands outside a range", "remove it")

    @property
    def _is_in_range(self) -> bool:
        for block in reversed(self.blocks):
            if block.word in _TREES:
                return False
            if block.word == "range" and not block.has_else:
                return True
        return False


def _name(cursor: Cursor) -> str:
    if cursor.token.kind != "string":
        word = cursor.action.tokens[0].text
        raise cursor.fault(f"{word} wants a name in quotes", f'write such as {{{{ {word} "name" }}}}')
    return unquoted(cursor.take().text)


_ACTS: Final[dict[str, Callable[[_Reader, Cursor], None]]] = {
    "block": _Reader._block,
    "break": _Reader._leave,
    "continue": _Reader._leave,
    "define": _Reader._define,
    "else": _Reader._else,
    "end": _Reader._end,
    "if": _Reader._control,
    "range": _Reader._control,
    "template": _Reader._template,
    "with": _Reader._control,
}
