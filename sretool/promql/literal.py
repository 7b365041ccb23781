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
    """The bucket of a classic histogram, however its exporter spells the bound: 60 or 60.0, 0.00005 or 5e-05."""
    text, exponent = plain(bound), bound.adjusted()
    digits = plain(bound.scaleb(-exponent))
    patterns = [regex_literal(text) if "." in text else rf"{text}(\.0)?"]
    if exponent < -4 or exponent >= 6:  # Go: 5e-05, 2.5e+06.
        patterns.append(regex_literal(f"{digits}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"))
    if exponent < -3 or exponent >= 7:  # Java: 5.0E-5, 2.5E7.
        patterns.append(regex_literal(f"{digits}{'' if '.' in digits else '.0'}E{exponent}"))
    if patterns == [regex_literal(text)]:
        return f'le="{text}"'
    return f"le=~{string_literal('|'.join(patterns))}"


def one_of(label: str, values: tuple[str, ...]) -> str:
    """A matcher for any of some values, in the order given."""
    if len(values) == 1:
        return f"{label}={string_literal(values[0])}"
    return f"{label}=~{string_literal('|'.join(regex_literal(value) for value in values))}"
