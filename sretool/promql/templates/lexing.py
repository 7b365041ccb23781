"""A template's text to pieces: plain text, and actions as tokens with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sretool.promql.failure import ParseFailure
from sretool.promql.templates.numbers import is_number
from sretool.promql.templates.words import KEYWORDS

_BLANK: Final = r"[ \t\r\n]"
_COMMENT: Final = re.compile(rf"\{{\{{(?:-{_BLANK})?/\*.*?\*/(?P<close>(?:{_BLANK}-)?\}}\}})?", re.DOTALL)
_OPEN: Final = re.compile(rf"\{{\{{(?:-{_BLANK})?(?P<comment>/\*)?")
_TOKEN: Final = re.compile(
    rf"""
      (?P<close> {_BLANK}*{_BLANK}-\}}\}} | \}}\}} )
    | (?P<blank> {_BLANK}++ )
    | (?P<declare> := ) | (?P<assign> = ) | (?P<pipe> \| ) | (?P<left> \( ) | (?P<right> \) ) | (?P<comma> , )
    | (?P<string> "(?>(?:[^"\\\n]|\\[^\n])*)" | `[^`]*+` )
    | (?P<character> '(?>(?:[^'\\\n]|\\[^\n])*)' )
    | (?P<variable> \$\w*+ )
    | (?P<field> \.(?![0-9])\w*+ )
    | (?P<number> [-+.0-9][\w.+-]*+ )
    | (?P<word> \w++ )
    | (?P<unknown> ["'`].* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_HEX: Final = "[0-9a-fA-F]"
_CODE: Final = (
    rf"[0-3][0-7]{{2}}|x{_HEX}{{2}}|u(?![dD][89a-fA-F]){_HEX}{{4}}"
    rf"|U(?:0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010){_HEX}{{4}}"
)
_SOUND: Final = re.compile(rf'"(?>(?:[^"\\]|\\(?:[abfnrtv\\"]|{_CODE}))*)')
_CHARACTER: Final = re.compile(rf"'(?:[^\\'\n]|\\(?:[abfnrtv\\']|{_CODE}))'")
# What may stand right after a name.
_AFTER_NAME: Final = " \t\r\n.,|:()}"
_NO_ARITHMETIC: Final = "templates do not calculate: show a ratio by humanizePercentage"
_INSTEAD: Final = {
    "!": "write not, or ne to compare",
    "&": 'write "and" before both: {{ if and .Value .Labels }}',
    "<": "write lt: {{ if lt $value 0.5 }}",
    ">": "write gt: {{ if gt $value 0.5 }}",
    "}": 'close it with "}}"',
    "{": 'open it with "{{" alone',
    ":": 'declare with ":="',
    "%": _NO_ARITHMETIC,
    "*": _NO_ARITHMETIC,
    "/": _NO_ARITHMETIC,
    "^": _NO_ARITHMETIC,
}


class Token(NamedTuple):
    kind: str  # A group of _TOKEN, or "keyword", "boolean" or "dot"; never blank or unknown.
    text: str
    start: int
    end: int
    is_apart: bool  # A blank stands before it.


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """`opened` is where its braces stand; the last token closes it."""

    opened: int
    tokens: tuple[Token, ...]


class TemplateSyntaxError(Exception):
    """Raised while reading; `template_failure` turns it into its failure."""

    def __init__(self, message: str, start: int, end: int, remedy: str) -> None:
        super().__init__(message)
        self.failure = ParseFailure(message, start, end, remedy)


def pieces(text: str) -> Iterator[Text | Action]:
    """Comments are left out. Raises TemplateSyntaxError when it comes to what is no token."""
    place = 0
    while (opened := text.find("{{", place)) >= 0:
        if opened > place:
            yield Text(text[place:opened])
        found = _OPEN.match(text, opened)
        assert found is not None, "it begins with two braces"
        if found["comment"]:
            place = _after_comment(text, opened)
            continue
        tokens = _tokens(text, opened, found.end())
        yield Action(opened, tokens)
        place = tokens[-1].end
    if place < len(text):
        yield Text(text[place:])


def _after_comment(text: str, opened: int) -> int:
    comment = _COMMENT.match(text, opened)
    if comment is None:
        raise TemplateSyntaxError("this comment is never closed", opened, opened + 2, "add */}}")
    if comment["close"] is None:
        message = "a comment is alone between its braces"
        raise TemplateSyntaxError(message, comment.end() - 2, comment.end(), "write }} right after */")
    return comment.end()


def _tokens(text: str, opened: int, start: int) -> tuple[Token, ...]:
    """The tokens of an action, the closing braces the last."""
    tokens: list[Token] = []
    is_apart = False
    for found in _TOKEN.finditer(text, start):
        if found.lastgroup == "blank":
            is_apart = True
            continue
        token = _checked(text, Token(found.lastgroup or "", found.group(), found.start(), found.end(), is_apart))
        tokens.append(token)
        if token.kind == "close":
            return tuple(tokens)
        is_apart = False
    raise TemplateSyntaxError('this "{{" is never closed', opened, opened + 2, 'add "}}"')


def _checked(text: str, token: Token) -> Token:
    """The token with its kind made exact. What is none is refused."""
    match token.kind:
        case "word" | "variable" | "field":
            return _checked_name(text, token)
        case "string":
            _check_escapes(token)
        case "character" if not _CHARACTER.fullmatch(token.text):
            remedy = f'write it in double quotes: "{token.text[1:-1]}"'
            raise TemplateSyntaxError("single quotes hold one character", token.start, token.end, remedy)
        case "number" if not is_number(token.text):
            remedy = "write a plain number, such as 0.5; templates do not calculate"
            raise TemplateSyntaxError(f'"{token.text}" is no number', token.start, token.end, remedy)
        case "unknown":
            raise _unknown(token)
    return token


def _checked_name(text: str, token: Token) -> Token:
    bare = token.text.lstrip("$.")
    odd = next((char for char in bare if not (char == "_" or char.isalpha() or char.isdecimal())), None)
    after = text[token.end : token.end + 1]
    if odd is not None or (after and after not in _AFTER_NAME):
        end = token.end + (odd is None)
        shown = odd or after
        message = f'"{shown}" cannot stand in a name or right after it'
        raise TemplateSyntaxError(message, token.start, end, _parted(token, after))
    if token.kind == "word":
        kind = "keyword" if bare in KEYWORDS else "boolean" if bare in ("true", "false") else "word"
        return token._replace(kind=kind)
    return token._replace(kind="dot") if token.text == "." else token


def _parted(token: Token, after: str) -> str:
    if token.kind == "field" and after == "-":
        return 'write index for a name with a dash: index $labels "a-b"'
    return "put a blank between them, or leave it out"


def _check_escapes(token: Token) -> None:
    sound = _SOUND.match(token.text)  # None between backquotes, where a backslash is one.
    if sound is not None and sound.end() < len(token.text) - 1:
        start = token.start + sound.end()
        message = f'"{token.text[sound.end() : sound.end() + 2]}" is no escape in a string'
        remedy = "write the string between backquotes, or its backslashes twice"
        raise TemplateSyntaxError(message, start, start + 2, remedy)


def _unknown(token: Token) -> TemplateSyntaxError:
    sign = token.text[0]
    if sign in "\"'`":
        return TemplateSyntaxError("this string is never closed", token.start, token.start + 1, f"add {sign}")
    shown = f'"{sign}"' if sign.isprintable() else f"U+{ord(sign):04X}"
    remedy = _INSTEAD.get(sign, "leave it out, or put it in quotes")
    return TemplateSyntaxError(f"a template has no {shown} outside quotes", token.start, token.start + 1, remedy)
