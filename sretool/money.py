"""Money: exact rationals until one rounding, at the line that says so, then integer minor units of one currency.

    amount = Amount(minor_units(Fraction("19.995"), "EUR"), "EUR")    # 20.00 EUR
    amount + Amount(1, "JPY")                                         # raises UnlikeCurrencies, which names both

Nothing here is ever a float, and nothing converts one currency into another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final


class UnknownCurrency(ValueError):
    """The code is not that of a currency that ISO 4217 lists with minor units."""


class UnlikeCurrencies(ValueError):
    """Amounts of two currencies met in one sum."""


class NotAnAmount(ValueError):
    """The text is no decimal number, or not one of whole minor units."""


# ISO 4217, list one: how many decimals each currency has. Most have two; those that have not are named.
_TWO: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
    "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR: Final = "CLF UYW"

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: exponent for codes, exponent in ((_TWO, 2), (_NONE, 0), (_THREE, 3), (_FOUR, 4)) for code in codes.split()}
)

_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole minor units of a currency: 1234 EUR cents, 1234 yen."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def __add__(self, other: Amount) -> Amount:
        if self.currency != other.currency:
            raise UnlikeCurrencies(f"{self} and {other} are of unlike currencies and have no sum")
        return Amount(self.minor + other.minor, self.currency)

    def __sub__(self, other: Amount) -> Amount:
        return self + -other

    def __neg__(self) -> Amount:
        return Amount(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{decimal_text(self.minor, self.currency)} {self.currency}"


def exponent(currency: str) -> int:
    """How many decimals the currency has. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not the ISO 4217 code of a currency, such as EUR") from None


def minor_units(exact: Fraction, currency: str) -> int:
    """The one rounding of an exact amount: to whole minor units, a half to the even one.

    The remainder of one division decides, so that no amount is too large or too close to a half to be rounded right.
    """
    whole, remainder = divmod(exact.numerator * _minor_units_of_one(currency), exact.denominator)
    above_half = 2 * remainder - exact.denominator
    return whole + 1 if above_half > 0 or (above_half == 0 and whole % 2) else whole


def decimal_text(minor: int, currency: str) -> str:
    """Minor units as a decimal number with all of the currency's decimals: 1234 EUR is 12.34, 1234 JPY is 1234."""
    decimals = exponent(currency)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def exact_number(text: str) -> Fraction:
    """A decimal number as it is written, at most 18 digits before and 12 after the point. Raises NotAnAmount."""
    if not _DECIMAL.fullmatch(text):
        raise NotAnAmount(f"{text!r} is not a decimal number such as 12.50")
    return Fraction(text)


def whole_minor_units(text: str, currency: str) -> int:
    """A decimal number that has no more decimals than its currency, in minor units. Raises NotAnAmount."""
    scaled = exact_number(text) * _minor_units_of_one(currency)
    if scaled.denominator != 1:
        raise NotAnAmount(f"{text} has more than the {exponent(currency)} decimals of {currency}")
    return scaled.numerator


def _minor_units_of_one(currency: str) -> int:
    scale: int = 10 ** exponent(currency)
    return scale
