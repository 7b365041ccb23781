"""Quantities are exact, whatever their sign and size."""

from fractions import Fraction

import pytest
from billing.corpus import QUANTITIES
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.quantity import Limbs, NotAQuantity, from_limbs, limbs, pico, total, units


@pytest.mark.parametrize(("value", "expected"), QUANTITIES)
def test_a_property_is_a_quantity_or_it_is_not(value: object, expected: int | None) -> None:
    assert pico(value) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**16) + 1, max_value=10**16 - 1))
def test_a_quantity_is_what_its_text_says(value: object) -> None:
    text = f"{value:f}"

    assert units(pico(text) or 0) == Fraction(text)


@given(st.integers(-(10**60), 10**60))
def test_limbs_lose_nothing(value: int) -> None:
    split = limbs(value)

    assert 0 <= split.b < 10**12
    assert 0 <= split.c < 10**12
    assert from_limbs(*split) == value


@given(st.lists(st.integers(-(10**40), 10**40)))
def test_summing_limbs_is_summing_values(values: list[int]) -> None:
    split = [limbs(value) for value in values]

    assert from_limbs(*(sum(column) for column in zip(*split, strict=True))) == sum(values) if split else True


@given(st.integers(-(10**40), 10**40), st.integers(-(10**40), 10**40))
def test_limbs_are_in_the_order_of_their_values(one: int, other: int) -> None:
    assert (limbs(one) < limbs(other)) == (one < other)


def test_a_negative_quantity_has_its_sign_in_the_highest_limb() -> None:
    assert limbs(-1) == Limbs(-1, 10**12 - 1, 10**12 - 1)


quantities = st.sampled_from([value for value, expected in QUANTITIES if expected is not None])


@given(st.lists(quantities))
def test_a_total_is_exact(values: list[object]) -> None:
    assert total(values) == sum(pico(value) or 0 for value in values)


@pytest.mark.parametrize("bad", [value for value, expected in QUANTITIES if expected is None])
@pytest.mark.parametrize("others", [[], ["1"], ["1", "2"], [3], ["1", 3]])
def test_a_total_refuses_what_is_no_quantity(bad: object, others: list[object]) -> None:
    for values in ([bad, *others], [*others, bad], [*others, bad, *others]):
        with pytest.raises(NotAQuantity, match="is not a quantity"):
            total(values)


def test_a_total_of_very_many_very_large_quantities_is_exact() -> None:
    assert total(["9999999999999999.999999999999"] * 100_000) == (10**28 - 1) * 100_000
