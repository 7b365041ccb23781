"""Round numbers, round instants, and labels that keep out of each other's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sretool.charts.layout import Scale, cut, labels, length, thinned
from sretool.charts.ticks import figure, instants, numbers, percent

MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        ("1", "100%"),
        ("0.99999", "99.9%"),
        ("0.8333", "83.3%"),
        ("0.0144", "1.44%"),
        ("0.00057", "0.057%"),
        ("0", "0%"),
        ("-6.2977", "-629.7%"),
        ("12", "1,200%"),
    ],
)
def test_a_ratio_is_cut_to_what_is_read_and_never_up_to_all_of_it(ratio: str, told: str):
    assert percent(Decimal(ratio)) == told


def test_a_float_is_told_as_it_is_written():
    assert [figure(14.4), figure(0.1 + 0.2), figure(100)] == ["14.4", "0.3", "100"]


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (Decimal("0.01"), ["00:00:00", "00:00:10", "00:00:20", "00:00:30"]),
        (3, ["28 Nov", "01:00", "02:00", "03:00"]),
        (24 * 3, ["28 Nov", "29 Nov", "30 Nov", "1 Dec"]),
        (24 * 28, ["30 Nov", "7 Dec", "14 Dec", "21 Dec"]),
    ],
)
def test_instants_are_round_and_weeks_begin_on_mondays(hours: Decimal, told: list[str]):
    found = instants(MIDNIGHT, MIDNIGHT + timedelta(hours=float(hours)), most=5)

    assert [called for _, called in found][: len(told)] == told


def test_of_many_years_each_instant_has_its_year():
    found = instants(MIDNIGHT, MIDNIGHT + timedelta(days=365 * 30), most=5)

    assert [called[-4:] for _, called in found] == [str(at.year) for at, _ in found]


@given(st.integers(1, 10**9), st.integers(2, 12))
def test_there_are_never_more_instants_than_were_asked_for(seconds: int, most: int):
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert len(instants(start, start + timedelta(seconds=seconds), most=most)) <= most


@given(st.floats(1e-9, 1e9), st.integers(2, 8))
@example(1.000000001, 2)
def test_numbers_reach_what_is_shown_in_few_steps(high: float, most: int):
    found = numbers(high, most=most)

    assert found[0] == 0
    assert found[-1] >= high * (1 - 1e-6)
    assert len(found) <= most + 1


def test_round_numbers_are_round():
    assert numbers(0.95, most=4) == [0, 0.25, 0.5, 0.75, 1.0]
    assert numbers(43.9, most=4) == [0, 20, 40, 60]


NAMES = st.text("abcdefgh", min_size=1, max_size=12)
MARKED = st.lists(
    st.tuples(st.integers(250, 590).map(float), NAMES), min_size=1, max_size=6, unique_by=lambda one: one[0]
)


@given(MARKED)
def test_no_line_goes_through_the_text_of_another(marked: list[tuple[float, str]]):
    found = labels(marked, right=840)

    for label in found:
        begin, end = (
            (label.x - length(label.text) - 5, label.x - 5)
            if label.is_left
            else (label.x + 5, label.x + 5 + length(label.text))
        )
        crossing = [one for one in found if one is not label and begin < one.x < end and one.row >= label.row]
        assert not crossing


@given(st.lists(st.tuples(st.integers(250, 840).map(float), NAMES), min_size=1, max_size=6))
def test_no_text_stands_on_another_nor_beyond_the_edge(marked: list[tuple[float, str]]):
    found = labels(marked, right=840)

    taken = [(one.row, *sorted((one.x, one.x + (-1 if one.is_left else 1) * (length(one.text) + 10)))) for one in found]
    assert all(end <= 840 for *_, end in taken)
    for i, (row, begin, end) in enumerate(taken):
        assert all(row != other or end <= first or last <= begin for other, first, last in taken[i + 1 :])


def test_a_long_name_ends_in_an_ellipsis_within_its_room():
    shown = cut("billing-invoices/completeness-of-all-events", 150)

    assert (shown.endswith("…"), length(shown) <= 150) == (True, True)
    assert cut("short", 150) == "short"


def test_a_name_of_a_megabyte_is_cut_as_well():
    assert length(cut("x" * 1_000_000, 150)) <= 150


def test_of_many_values_in_a_pixel_the_extremes_stay():
    places = [(7 + n / 1_000, float(height)) for n, height in enumerate([5, 9, 4, 4, 1, 6, 3])]

    assert [height for _, height in thinned(places)] == [5, 9, 1, 3]
    assert thinned([(0.0, 1.0), (1.0, 1.0)]) == [(0.0, 1.0), (1.0, 1.0)]


def test_what_is_beyond_a_scale_stands_at_its_end():
    scale = Scale(0, 1, 100, 0)

    assert [scale(value) for value in (-1, 0, 0.25, 1, 7)] == [100, 100, 75, 0, 0]
