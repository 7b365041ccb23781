"""Exact quantities: what a metered property may say, as a whole number of 10**-12 units ("pico").

A quantity is a string such as "123456.25" (at most 16 digits before the point and 12 after it) or an integer of at most
2**53. In the ledger it is three limbs, value = a * 10**24 + b * 10**12 + c, whose sums are exact and cannot overflow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from typing import NamedTuple

PICO_PER_UNIT = 10**12
INTEGER_MAX = 2**53
_DECIMALS = 12
_LIMB = 10**12
_QUANTITY = re.compile(r"(-?[0-9]{1,16})(?:\.([0-9]{1,12}))?")


# A hundred thousand quantities joined are read at once; sums of so many have fewer digits than this precision.
_QUANTITIES = re.compile(r"(?:-?[0-9]{1,16}(?:\.[0-9]{1,12})?(?:,(?=.)|\Z))+", re.DOTALL)
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


class NotAQuantity(ValueError):
    """A property that cannot be summed."""

    def __init__(self, value: object) -> None:
        super().__init__(f"{value!r} is not a quantity")


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


def total(values: Sequence[object]) -> int:
    """The sum in pico of properties that are all quantities. Raises NotAQuantity."""
    try:
        text = ",".join(values)  # type: ignore[arg-type]  # What is not text is for the other way.
    except TypeError:
        return sum(map(quantity_of, values))
    if _QUANTITIES.fullmatch(text) is None or text.count(",") != len(values) - 1:
        return sum(map(quantity_of, values))
    with localcontext(_EXACT):
        return int(sum(map(Decimal, text.split(",")), start=Decimal()).scaleb(_DECIMALS))


def quantity_of(value: object) -> int:
    """A quantity in pico. Raises NotAQuantity."""
    counted = pico(value)
    if counted is None:
        raise NotAQuantity(value)
    return counted
