"""Amounts, the decimals of currencies, and the one rounding."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.money import (
    EXPONENTS,
    Amount,
    NotAnAmount,
    UnknownCurrency,
    UnlikeCurrencies,
    decimal_text,
    exact_number,
    exponent,
    minor_units,
    whole_minor_units,
)


@pytest.mark.parametrize(
    ("exact", "currency", "minor"),
    [
        ("0.125", "EUR", 12),
        ("0.135", "EUR", 14),
        ("0.1250000000000000000001", "EUR", 13),
        ("-0.125", "EUR", -12),
        ("-0.135", "EUR", -14),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("2.5", "JPY", 2),
        ("0.0005", "KWD", 0),
        ("0.0015", "KWD", 2),
        ("19.995", "EUR", 2000),
        ("1/3", "EUR", 33),
        ("2/3", "EUR", 67),
    ],
)
def test_a_half_goes_to_the_even_minor_unit(exact: str, currency: str, minor: int):
    assert minor_units(Fraction(exact), currency) == minor


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_rounding_agrees_with_the_decimal_module(exact: Decimal, currency: str):
    expected = exact.quantize(Decimal(1).scaleb(-EXPONENTS[currency]), ROUND_HALF_EVEN)

    assert minor_units(Fraction(exact), currency) == int(expected.scaleb(EXPONENTS[currency]))


def test_sums_that_a_float_gets_wrong_are_exact():
    tenth = exact_number("0.1")

    assert minor_units(tenth + tenth + tenth - exact_number("0.295"), "EUR") == 0  # a float has 0.0050000000000000044
    assert minor_units(Fraction(2**53) + 1, "JPY") == 9_007_199_254_740_993


def test_amounts_of_one_currency_add_and_subtract():
    assert Amount(1250, "EUR") + Amount(-50, "EUR") - Amount(100, "EUR") == Amount(1100, "EUR")


def test_adding_unlike_currencies_names_both():
    with pytest.raises(UnlikeCurrencies, match=r"12\.50 EUR and 300 JPY are of unlike currencies"):
        Amount(1250, "EUR") + Amount(300, "JPY")


def test_a_currency_that_does_not_exist_is_refused():
    with pytest.raises(UnknownCurrency, match="'EURO' is not the ISO 4217 code"):
        Amount(1, "EURO")


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("USD", 2), ("TND", 3), ("UYW", 4)])
def test_currencies_have_the_decimals_of_iso_4217(currency: str, decimals: int):
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(1234, "EUR", "12.34"), (-5, "EUR", "-0.05"), (1234, "JPY", "1234"), (7, "KWD", "0.007"), (0, "EUR", "0.00")],
)
def test_minor_units_are_written_with_all_decimals_and_read_again(minor: int, currency: str, text: str):
    assert decimal_text(minor, currency) == text
    assert whole_minor_units(text, currency) == minor


@pytest.mark.parametrize("text", ["", "1e3", "1.", ".5", "+1", "NaN", "1_000", "0.1234567890123", "\u0661"])
def test_what_is_no_plain_decimal_is_no_amount(text: str):
    with pytest.raises(NotAnAmount, match="is not a decimal number"):
        exact_number(text)


def test_an_amount_finer_than_its_currency_is_refused():
    with pytest.raises(NotAnAmount, match=r"12\.345 has more than the 2 decimals of EUR"):
        whole_minor_units("12.345", "EUR")
