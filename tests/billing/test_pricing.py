"""Prices by hand arithmetic, and what has to hold of them whatever the numbers."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.catalog.values import (
    Band,
    FixedLine,
    Graduated,
    Package,
    PerUnit,
    PlanVersion,
    Price,
    UsageLine,
    Volume,
)
from sretool.billing.pricing import exact_price, one_unit_too_high, owed_lines

BANDS = (
    Band(Fraction(1000), Fraction("0.01")),
    Band(Fraction(5000), Fraction("0.005")),
    Band(None, Fraction("0.001")),
)
WHOLE = Fraction(1)
quantities = st.fractions(0, 10**9, max_denominator=10**6)
prices = st.decimals(0, 100, places=6).map(Fraction)


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, ...]:
    edges = sorted(draw(st.sets(st.integers(1, 10**6), max_size=5)))
    return tuple(Band(None if edge is None else Fraction(edge), draw(prices)) for edge in (*edges, None))


def version(*lines: FixedLine | UsageLine, minimum: str | None = None, currency: str = "EUR") -> PlanVersion:
    return PlanVersion(date(2026, 1, 1), currency, None if minimum is None else Fraction(minimum), lines)


def amounts(plan: PlanVersion, used: dict[str, Fraction], share: Fraction = WHOLE) -> dict[str, int]:
    return {line.line: line.amount_minor for line in owed_lines(plan, used, share=share)}


@pytest.mark.parametrize(
    ("price", "quantity", "exact"),
    [
        (PerUnit(Fraction("0.001")), "1234", "1.234"),
        (PerUnit(Fraction("0.001")), "-1234", "-1.234"),
        # 1,000 at 0.01 = 10; 4,000 at 0.005 = 20; the rest at 0.001.
        (Graduated(BANDS), "0", "0"),
        (Graduated(BANDS), "999.5", "9.995"),
        (Graduated(BANDS), "1000", "10"),
        (Graduated(BANDS), "1001", "10.005"),
        (Graduated(BANDS), "5000", "30"),
        (Graduated(BANDS), "7000", "32"),
        (Graduated(BANDS), "-100", "-1"),
        (Volume(BANDS), "1000", "10"),
        (Volume(BANDS), "1000.5", "5.0025"),
        (Volume(BANDS), "5000", "25"),
        (Volume(BANDS), "5001", "5.001"),
        (Volume(BANDS), "-100", "-1"),
        (Package(Fraction(100), Fraction(5)), "0", "0"),
        (Package(Fraction(100), Fraction(5)), "0.000000000001", "5"),
        (Package(Fraction(100), Fraction(5)), "100", "5"),
        (Package(Fraction(100), Fraction(5)), "100.5", "10"),
        (Package(Fraction(100), Fraction(5)), "-1", "0"),
    ],
)
def test_a_quantity_costs_what_its_price_says(price: Price, quantity: str, exact: str):
    assert exact_price(price, Fraction(quantity)) == Fraction(exact)


@given(bands(), quantities)
def test_graduated_prices_are_continuous_at_their_edges(found: tuple[Band, ...], quantity: Fraction):
    step = Fraction(1, 10**12)
    dearest = max(band.unit for band in found)
    edges = [band.to for band in found if band.to is not None]

    for at in (*edges, quantity):
        rise = exact_price(Graduated(found), at + step) - exact_price(Graduated(found), at)
        assert 0 <= rise <= step * dearest


@given(bands(), quantities, quantities)
def test_graduated_prices_of_a_sum_are_its_parts_after_each_other(
    found: tuple[Band, ...], first: Fraction, second: Fraction
):
    """Splitting a quantity preserves its price, where the second part goes on from where the first one ended."""
    shifted = tuple(
        Band(None if band.to is None else band.to - first, band.unit)
        for band in found
        if band.to is None or band.to > first
    )

    parts = exact_price(Graduated(found), first) + exact_price(Graduated(shifted), second)

    assert parts == exact_price(Graduated(found), first + second)


@given(bands(), quantities)
def test_graduated_and_volume_prices_of_equal_units_are_the_price_per_unit(found: tuple[Band, ...], quantity: Fraction):
    flat = tuple(Band(band.to, Fraction("0.003")) for band in found)

    assert exact_price(Graduated(flat), quantity) == exact_price(Volume(flat), quantity) == quantity * Fraction("0.003")


def test_each_line_is_rounded_once_and_half_to_even():
    plan = version(
        UsageLine("calls", "calls", PerUnit(Fraction("0.005"))),
        UsageLine("data", "bytes", PerUnit(Fraction("0.015"))),
    )

    # 0.025 -> 0.02 and 0.045 -> 0.04; rounding their sum, 0.07, would say the same of none of them.
    assert amounts(plan, {"calls": Fraction(5), "bytes": Fraction(3)}) == {"calls": 2, "data": 4}


def test_a_sum_of_floats_would_round_the_other_way():
    plan = version(UsageLine("data", "bytes", PerUnit(Fraction("0.15"))))

    # 0.3 x 0.15 = 0.045 -> 0.04; as floats, 0.1 + 0.2 is 0.30000000000000004, which is above the half.
    assert amounts(plan, {"bytes": Fraction("0.1") + Fraction("0.2")}) == {"data": 4}
    assert amounts(plan, {"bytes": Fraction(0.1 + 0.2)}) == {"data": 5}


def test_fixed_fees_and_minimums_are_prorated_and_usage_is_not():
    plan = version(
        FixedLine("platform", Fraction(10)),
        UsageLine("calls", "calls", PerUnit(Fraction("0.01"))),
        minimum="20",
    )

    # 10 x 15/31 = 4.8387 -> 4.84; the minimum 20 x 15/31 = 9.677 -> 9.68, less calls of 3.00 is 6.68.
    found = amounts(plan, {"calls": Fraction(300)}, share=Fraction(15, 31))

    assert found == {"platform": 484, "calls": 300, "minimum": 668}


def test_a_minimum_tops_up_the_usage_lines_only():
    plan = version(
        FixedLine("platform", Fraction(100)),
        UsageLine("calls", "calls", PerUnit(Fraction(1))),
        UsageLine("back", "back", PerUnit(Fraction(1))),
        minimum="20",
    )

    assert amounts(plan, {"calls": Fraction(19)})["minimum"] == 100
    assert amounts(plan, {"calls": Fraction(25)})["minimum"] == 0
    assert amounts(plan, {"calls": Fraction(5), "back": Fraction(-10)})["minimum"] == 2500


def test_without_a_minimum_there_is_no_such_line():
    assert amounts(version(UsageLine("calls", "calls", PerUnit(Fraction(1)))), {}) == {"calls": 0}


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 2), ("EUR", 150), ("KWD", 1500)])
def test_lines_are_rounded_to_the_decimals_of_their_currency(currency: str, minor: int):
    assert amounts(version(FixedLine("fee", Fraction("1.5")), currency=currency), {}) == {"fee": minor}


def test_the_rounding_fault_is_seen_on_every_usage_line_and_only_there():
    plan = version(FixedLine("platform", Fraction(10)), UsageLine("calls", "calls", PerUnit(Fraction("0.01"))))

    found = owed_lines(plan, {"calls": Fraction(300)}, share=WHOLE, usage_rounding=one_unit_too_high)

    assert {line.line: line.amount_minor for line in found} == {"platform": 1000, "calls": 301}
