"""What stands between an action's braces: pipelines of commands, commands of operands.

A port of what Go's text/template/parse accepts (BSD-3-Clause), told in our words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sretool.promql.release import Version
from sretool.promql.templates.lexing import Action, TemplateSyntaxError, Token
from sretool.promql.templates.words import FUNCTIONS, NEWER, VARIABLES
from sretool.yamltext.remedies import meant, one_of

_LITERALS: Final = frozenset(("boolean", "character", "dot", "keyword", "number", "string"))  # The keyword is nil.
_TERMS: Final = _LITERALS | {"field", "left", "variable", "word"}
_DEEPEST: Final = 50  # Parentheses; each costs some frames of the stack.


@dataclass(slots=True)
class Scope:
    """What may be named: `variables` grows where the text declares some."""

    version: Version
    variables: list[str] = field(default_factory=lambda: list(VARIABLES))


class Cursor:
    """A place among an action's tokens. The last, which closes it, is never passed."""

    def __init__(self, action: Action) -> None:
        self.action = action
        self._place = 0
        self.token = action.tokens[0]

    @property
    def following(self) -> Token:
        return self.action.tokens[min(self._place + 1, len(self.action.tokens) - 1)]

    def take(self) -> Token:
        taken = self.token
        self._place = min(self._place + 1, len(self.action.tokens) - 1)
        self.token = self.action.tokens[self._place]
        return taken

    def fault(self, message: str, remedy: str, *, at: Token | None = None) -> TemplateSyntaxError:
        token = at or self.token
        return TemplateSyntaxError(message, token.start, token.end, remedy)

    def whole(self, message: str, remedy: str) -> TemplateSyntaxError:
        """A fault of the action as a whole."""
        return TemplateSyntaxError(message, self.action.opened, self.action.tokens[-1].end, remedy)

    def finish(self, word: str) -> None:
        if self.token.kind != "close":
            raise self.fault(f"nothing follows {word} between its braces", "remove it")


def read_pipeline(cursor: Cursor, scope: Scope, *, declares_two: bool = False) -> None:
    """Reads up to the end of an action."""
    _pipeline(cursor, scope, closer="close", depth=0, declares_two=declares_two)


def _pipeline(cursor: Cursor, scope: Scope, *, closer: str, depth: int, declares_two: bool = False) -> None:
    if depth > _DEEPEST:
        raise cursor.fault("parentheses are nested too deep", "declare a variable for a part: {{ $part := ... }}")
    _declarations(cursor, scope, declares_two=declares_two)
    stages = 0
    while cursor.token.kind != closer:
        first = cursor.token
        if not _is_term(first):
            raise _unexpected(cursor)
        kind = _command(cursor, scope, depth)
        if stages and kind in _LITERALS:
            raise cursor.fault(f"{first.text} cannot take what the pipe hands on", "pipe into a function", at=first)
        stages += 1
    if not stages:
        message = "a value is missing here"
        raise cursor.fault(message, "write one, such as $value or $labels.job, or remove the braces")


def _declarations(cursor: Cursor, scope: Scope, *, declares_two: bool) -> None:
    """`$x :=`, `$x =`, and in a range `$i, $x :=`."""
    if cursor.token.kind != "variable" or cursor.following.kind not in ("declare", "assign", "comma"):
        return
    scope.variables.append(cursor.take().text)
    sign = cursor.take()
    if sign.kind != "comma":
        return
    if not declares_two or cursor.token.kind not in ("variable", "close", "right"):
        raise cursor.fault("two variables are declared in a range alone", "declare one at a time", at=sign)
    _declarations(cursor, scope, declares_two=False)


def _is_term(token: Token) -> bool:
    return token.kind in _TERMS and (token.kind != "keyword" or token.text == "nil")


def _command(cursor: Cursor, scope: Scope, depth: int) -> str:
    """Operands with blanks between them, up to a pipe or the end. The kind of the first."""
    kind = _operand(cursor, scope, depth)
    while cursor.token.kind not in ("close", "right", "pipe"):
        if not _is_term(cursor.token):
            raise _unexpected(cursor)
        if not cursor.token.is_apart:
            raise cursor.fault(f'a blank is missing before "{cursor.token.text}"', "put a blank between the two")
        _operand(cursor, scope, depth)
    if cursor.token.kind == "pipe":
        cursor.take()
    return kind


def _operand(cursor: Cursor, scope: Scope, depth: int) -> str:
    """A term and the fields that hang on it, `$labels.job`. Its kind; "chain" for fields of what is worked out."""
    kind = _term(cursor, scope, depth)
    fields = 0
    while cursor.token.kind == "field" and not cursor.token.is_apart:
        if kind in _LITERALS:
            raise cursor.fault(f'"{cursor.token.text}" hangs on a value that has no fields', "leave it out")
        cursor.take()
        fields += 1
    return "chain" if fields and kind not in ("field", "variable") else kind


def _term(cursor: Cursor, scope: Scope, depth: int) -> str:
    token = cursor.take()
    match token.kind:
        case "word" if token.text not in FUNCTIONS:
            _check_function(cursor, token, scope)
        case "variable" if token.text not in scope.variables:
            raise _unknown_variable(cursor, token, scope)
        case "left":
            _pipeline(cursor, scope, closer="right", depth=depth + 1)
            cursor.take()
    return token.kind


def _check_function(cursor: Cursor, token: Token, scope: Scope) -> None:
    since = NEWER.get(token.text)
    if since is None:
        known = {name: name for name in FUNCTIONS} | {name[1:]: name for name in VARIABLES if name != "$"}
        probably = meant(token.text, known)
        remedy = f"write {known[probably]}" if probably else "write one that Prometheus has, such as humanize"
        raise cursor.fault(f'templates have no function "{token.text}"', remedy, at=token)
    if scope.version < since:
        target, first = (".".join(map(str, version)) for version in (scope.version, since))
        message = f'"{token.text}" came with Prometheus {first}, and target_version is {target}'
        raise cursor.fault(
            message, f'leave it out, or say target_version: "{first}" if all your servers have it', at=token
        )


def _unknown_variable(cursor: Cursor, token: Token, scope: Scope) -> TemplateSyntaxError:
    named = [name for name in scope.variables if name != "$"]
    message = f"the variable {token.text} is not known here"
    if not named:
        remedy = 'write .Labels or .Value, and hand the dot on: {{ template "name" . }}'
        return cursor.fault(message, remedy, at=token)
    return cursor.fault(message, f"write {meant(token.text, named) or one_of(named)}", at=token)


def _unexpected(cursor: Cursor) -> TemplateSyntaxError:
    token = cursor.token
    match token.kind:
        case "right":
            return cursor.fault('nothing opens this ")"', "leave it out")
        case "close":
            return cursor.fault('a "(" before is never closed', 'add ")"')
        case "assign":
            return cursor.fault('"=" does not compare', 'write eq: {{ if eq $labels.job "a" }}')
        case "pipe":
            return cursor.fault("there is nothing between a pipe and another", "write and, or, or a function")
        case "comma":
            return cursor.fault("operands are parted by blanks", "leave the comma out")
        case "keyword":
            return cursor.fault(
                f"{token.text} stands at the beginning of an action", f"write {{{{ {token.text} }}}} apart"
            )
        case _:
            return cursor.fault(f'"{token.text}" cannot stand here', "leave it out")
