"""Values as PromQL text: strings, numbers, the matcher of a bucket."""

from __future__ import annotations

from decimal import Decimal

from sretool.model.objective import plain

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_REGEX_SPECIAL = frozenset("\\.+*?()|[]{}^$")


def string_literal(value: str) -> str:
    return f'"{value.translate(_ESCAPES)}"'


def regex_literal(value: str) -> str:
    """A regular expression that matches `value` and nothing else, unquoted."""
    return "".join(f"\\{character}" if character in _REGEX_SPECIAL else character for character in value)


def number(value: Decimal) -> str:
    return plain(value)


def le_matcher(bound: Decimal) -> str:
    """The bucket of a classic histogram, in both spellings of a whole bound: 60 and 60.0."""
    text = plain(bound)
    if "." in text:
        return f'le="{text}"'
    return f'le=~"{text}(\\\\.0)?"'


def one_of(label: str, values: tuple[str, ...]) -> str:
    """A matcher for any of some values, in the order given."""
    if len(values) == 1:
        return f"{label}={string_literal(values[0])}"
    return f"{label}=~{string_literal('|'.join(regex_literal(value) for value in values))}"
