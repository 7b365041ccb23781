from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.recount.rating import minor, price

BANDS = [{"to": "100", "unit": "0.10"}, {"to": "1000", "unit": "0.05"}, {"to": None, "unit": "0.01"}]
WHOLE = st.integers(-50, 5000)


@pytest.mark.parametrize(
    ("line", "quantity", "amount"),
    [
        ({"per_unit": "0.001"}, "1234.5", "1.2345"),
        ({"graduated": BANDS}, "0", "0"),
        ({"graduated": BANDS}, "100", "10"),
        ({"graduated": BANDS}, "101", "10.05"),
        ({"graduated": BANDS}, "1000", "55"),
        ({"graduated": BANDS}, "1500.5", "60.005"),
        ({"graduated": BANDS}, "-3", "-0.3"),
        ({"volume": BANDS}, "100", "10"),
        ({"volume": BANDS}, "100.000000000001", "5.00000000000005"),
        ({"volume": BANDS}, "1001", "10.01"),
        ({"volume": BANDS}, "-3", "-0.3"),
        ({"package": {"size": "100", "price": "5"}}, "0", "0"),
        ({"package": {"size": "100", "price": "5"}}, "0.5", "5"),
        ({"package": {"size": "100", "price": "5"}}, "100", "5"),
        ({"package": {"size": "100", "price": "5"}}, "100.1", "10"),
        ({"package": {"size": "100", "price": "5"}}, "-100.1", "0"),
        ({"package": {"size": "2.5", "price": "5"}}, "5.1", "15"),
    ],
)
def test_prices_worked_out_by_hand(line, quantity, amount):
    assert price(line, Fraction(quantity)) == Fraction(amount)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "EUR", 12),
        ("0.135", "EUR", 14),
        ("-0.125", "EUR", -12),
        ("0.1250000000000000000000001", "EUR", 13),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("0.0005", "KWD", 0),
        ("0.0015", "KWD", 2),
    ],
)
def test_a_line_is_rounded_half_to_even_to_the_currencys_minor_unit(amount, currency, expected):
    assert minor(Fraction(amount), currency) == expected


@given(WHOLE)
def test_graduated_is_what_it_costs_to_buy_unit_by_unit(quantity):
    def unit(number):  # the price in cents of the number-th unit
        return 10 if number <= 100 else 5 if number <= 1000 else 1

    cents = sum(unit(number) for number in range(1, quantity + 1)) if quantity > 0 else quantity * 10

    assert price({"graduated": BANDS}, Fraction(quantity)) == Fraction(cents, 100)


@given(WHOLE)
def test_volume_prices_all_units_at_the_band_of_the_last_one(quantity):
    cents = quantity * (1 if quantity > 1000 else 5 if quantity > 100 else 10)

    assert price({"volume": BANDS}, Fraction(quantity)) == Fraction(cents, 100)


@given(WHOLE, st.integers(1, 400))
def test_packages_are_bought_until_they_suffice(quantity, size):
    packages = 0
    while packages * size < quantity:
        packages += 1

    assert price({"package": {"size": str(size), "price": "5"}}, Fraction(quantity)) == packages * 5


@given(st.integers(1, 10**13), st.sampled_from(["100", "1000"]))
def test_graduated_has_no_step_at_an_edge(distance, edge):
    step = Fraction(distance, 10**15)

    below, above = (price({"graduated": BANDS}, Fraction(edge) + offset) for offset in (-step, step))

    assert 0 < above - below <= 2 * step * Fraction("0.10")
