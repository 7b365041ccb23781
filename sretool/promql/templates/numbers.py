"""Numbers as Go writes them, but for imaginary ones and hexadecimal fractions, which no alert needs."""

from __future__ import annotations

import math
import re
from typing import Final

_DIGITS: Final = "[0-9](?>(?:_?[0-9])*)"
_INTEGER: Final = re.compile(
    rf"[-+]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?P<octal>(?:_?[0-7])+)|(?!0[_0-9]){_DIGITS})"
)
_FRACTION: Final = re.compile(rf"[-+]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?")


def is_number(text: str) -> bool:
    """True for a whole number within 64 bits, or a finite one with a point or an exponent."""
    found = _INTEGER.fullmatch(text)
    digits = text.replace("_", "")
    if found is None:
        has_point = any(sign in text for sign in ".eE")
        return has_point and bool(_FRACTION.fullmatch(text)) and math.isfinite(float(digits))
    value = int(digits, 8 if found["octal"] else 0)
    return -(2**63) <= value < (2**63 if text[0] == "+" else 2**64)
