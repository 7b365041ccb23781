"""What a quantity costs, in exact fractions, and the one rounding of a line.

Prices come as the plain JSON of the catalogue, with decimals as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

# ISO 4217: currencies whose minor unit is not a hundredth.
_WHOLE = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"}
_EXPONENTS = dict.fromkeys(_WHOLE | {"XAF", "XOF", "XPF"}, 0)
_EXPONENTS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3) | {"CLF": 4, "UYW": 4}


@cache
def exact(text: str) -> Fraction:
    """A decimal of the catalogue; the same few prices are asked for again and again."""
    return Fraction(text)


def scale(currency: str) -> int:
    """How many minor units one of the currency is."""
    return int(10 ** _EXPONENTS.get(currency, 2))


def decimal(number: Fraction) -> str:
    """A number of at most twelve decimals as text, without zeros at its end."""
    whole, decimals = divmod(abs(number.numerator) * 10**12 // number.denominator, 10**12)
    text = f"{whole}.{decimals:012d}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text


def minor(amount: Fraction, currency: str) -> int:
    """An amount in whole minor units, rounded half to even (which is how Fraction rounds)."""
    return round(amount * scale(currency))


def price(line: Mapping[str, Any], quantity: Fraction) -> Fraction:
    """What `quantity` costs by a usage line of a plan."""
    match line:
        case {"per_unit": str(unit)}:
            return quantity * exact(unit)
        case {"graduated": [*bands]}:
            return _graduated(bands, quantity)
        case {"volume": [*bands]}:
            return quantity * _unit_at(bands, quantity)
        case {"package": {"size": size, "price": each}}:
            return max(0, -(-quantity // exact(size))) * exact(each)
    raise ValueError(f"line {line.get('id')!r} has no price that the recount knows")


def _graduated(bands: Sequence[Mapping[str, Any]], quantity: Fraction) -> Fraction:
    """Each unit at the price of its own band; a negative quantity at that of the first."""
    if quantity <= 0:
        return quantity * exact(bands[0]["unit"])
    due, below = Fraction(0), Fraction(0)
    for band in bands:
        top = quantity if band.get("to") is None else min(quantity, exact(band["to"]))
        due += max(Fraction(0), top - below) * exact(band["unit"])
        below = max(below, top)
    return due


def _unit_at(bands: Sequence[Mapping[str, Any]], quantity: Fraction) -> Fraction:
    """The unit price of the band that holds the quantity; a band holds its upper edge."""
    for band in bands:
        if band.get("to") is None or quantity <= exact(band["to"]):
            return exact(band["unit"])
    raise ValueError("the last band has an end")
