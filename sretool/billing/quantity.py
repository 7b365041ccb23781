"""Exact quantities: what a metered property may say, as a whole number of 10**-12 units ("pico").

A quantity is a string such as "123456.25" (at most 16 digits before the point and 12 after it) or an integer of at most
2**53. In the ledger it is three limbs, value = a * 10**24 + b * 10**12 + c, whose sums are exact and cannot overflow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

PICO_PER_UNIT = 10**12
INTEGER_MAX = 2**53
_DECIMALS = 12
_LIMB = 10**12
_QUANTITY = re.compile(r"(-?[0-9]{1,16})(?:\.([0-9]{1,12}))?")


class Limbs(NamedTuple):
    """value = a * 10**24 + b * 10**12 + c, with 0 <= b, c < 10**12; so limbs are in the order of their values."""

    a: int
    b: int
    c: int


def pico(value: object) -> int | None:
    """A property's quantity in pico, or None where it is none: a boolean, null, or a string that is no quantity."""
    if type(value) is str:
        matched = _QUANTITY.fullmatch(value)
        if matched is None:
            return None
        whole, decimals = matched.groups()
        return int(whole + (decimals or "").ljust(_DECIMALS, "0"))
    if type(value) is int and -INTEGER_MAX <= value <= INTEGER_MAX:
        return value * PICO_PER_UNIT
    return None


def limbs(value_pico: int) -> Limbs:
    """Any number of pico as limbs."""
    rest, c = divmod(value_pico, _LIMB)
    a, b = divmod(rest, _LIMB)
    return Limbs(a, b, c)


def from_limbs(a: int, b: int, c: int) -> int:
    """Pico of limbs, also of sums of limbs, in which b and c may be of any size."""
    return (a * _LIMB + b) * _LIMB + c


def units(value_pico: int) -> Fraction:
    """The quantity itself."""
    return Fraction(value_pico, PICO_PER_UNIT)


def total(values: Iterable[object]) -> int:
    """The sum in pico of properties that are quantities. Raises ValueError for one that is not."""
    summed = 0
    for value in values:
        counted = pico(value)
        if counted is None:
            raise ValueError(f"{value!r} is not a quantity")
        summed += counted
    return summed
