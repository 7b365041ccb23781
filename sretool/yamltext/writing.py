"""Values to YAML that people like to read: plain words where they can be plain, blocks for lines, quotes elsewhere.

What is written reads back as the same text here, and as text in any other YAML parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

INDENT = "  "
# What some YAML parser takes for a number, a truth, a date or nothing, generously.
_NO_TEXT = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|~|<<|=)"
    r"|[-+.]?[0-9][0-9a-fA-F_.,:xXoOtTzZ +-]*"
    r"|[-+]?\.(?i:inf|nan)"
)
_OPENS = frozenset("-?:,[]{}#&*!|>'\"%@` ")
_IN_FLOW = frozenset(",[]{}?")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a word that is not text, a duration: written as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class OneLine:
    """A mapping or a list within its braces or brackets."""

    value: Mapping[str, str | Plain] | Sequence[str | Plain]


Value: TypeAlias = "str | Plain | OneLine | Mapping[str, Value] | Sequence[Value]"


def mapping_lines(mapping: Mapping[str, Value]) -> list[str]:
    """The lines of a mapping, without indent. A key whose value is empty is left out."""
    lines: list[str] = []
    for key, value in mapping.items():
        lines += _entry(text(key), value)
    return lines


def item_lines(mapping: Mapping[str, Value]) -> list[str]:
    """The lines of a mapping as an item of a list."""
    first, *rest = mapping_lines(mapping)
    return [f"- {first}", *indented(rest)]


def indented(lines: Iterable[str]) -> list[str]:
    return [f"{INDENT}{line}" if line else "" for line in lines]


def text(value: str, *, in_flow: bool = False) -> str:
    """A text on one line, in quotes if it must be."""
    if _is_plain(value) and not (in_flow and _IN_FLOW.intersection(value)):
        return value
    if value.isprintable():
        return f'"{value}"' if '"' not in value and "\\" not in value else "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _entry(key: str, value: Value) -> list[str]:
    match value:
        case str():
            return _text_entry(key, value)
        case Plain():
            return [f"{key}: {value.text}"]
        case OneLine():
            return [f"{key}: {_one_line(value)}"]
        case Mapping():
            lines = mapping_lines(value)
            return [f"{key}:", *indented(lines)] if lines else []
        case _:
            items = [line for item in value for line in _item(item)]
            return [f"{key}:", *indented(items)] if items else []


def _item(value: Value) -> list[str]:
    match value:
        case str():
            return [f"- {text(value)}"]
        case Plain():
            return [f"- {value.text}"]
        case OneLine():
            return [f"- {_one_line(value)}"]
        case Mapping():
            return item_lines(value)
        case _:
            raise TypeError("a list within a list is not written")


def _one_line(value: OneLine) -> str:
    if isinstance(value.value, Mapping):
        return "{" + ", ".join(f"{text(key, in_flow=True)}: {_flow(each)}" for key, each in value.value.items()) + "}"
    return "[" + ", ".join(_flow(each) for each in value.value) + "]"


def _flow(value: str | Plain) -> str:
    return value.text if isinstance(value, Plain) else text(value, in_flow=True)


def _text_entry(key: str, value: str) -> list[str]:
    body = value.removesuffix("\n")
    if "\n" not in body or not _fits_block(body):
        return [f"{key}: {text(value)}"]
    chomping = "" if value.endswith("\n") else "-"
    return [f"{key}: |{chomping}", *indented(body.split("\n"))]


def _fits_block(body: str) -> bool:
    """Whether a literal block says these lines and no others: none of blanks, the first and the last with text."""
    lines = body.split("\n")
    is_clear = all(line.isprintable() and (not line or line.strip()) for line in lines)
    return is_clear and bool(lines[0]) and bool(lines[-1]) and not lines[0].startswith(" ")


def _is_plain(value: str) -> bool:
    if not value or value[0] in _OPENS or value[-1] in ": " or not value.isprintable():
        return False
    return ": " not in value and " #" not in value and not _NO_TEXT.fullmatch(value) and "\ufeff" not in value


def _escaped(character: str) -> str:
    if character.isprintable() and character not in _ESCAPES:
        return character
    code = ord(character)
    width = ("x", 2) if code < 0x100 else ("u", 4) if code < 0x10000 else ("U", 8)
    return _ESCAPES.get(character) or f"\\{width[0]}{code:0{width[1]}x}"
