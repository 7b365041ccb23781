from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.rules.unittests.notation import notation


def samples(*values: int | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


def read_back(text: str) -> list[Decimal | None]:
    """As promtool has it: a+bxn is a, then n more, each b above the one before; _xn is n missing ones."""
    found: list[Decimal | None] = []
    for word in text.split():
        value, _, times = word.partition("x")
        if value == "_":
            found += [None] * int(times or 1)
            continue
        sign = max(value.rfind("+"), value.rfind("-", 1))
        if sign < 1:
            found.append(Decimal(value))
            continue
        first, step = Decimal(value[:sign]), Decimal(value[sign:])
        found += [first + step * place for place in range(int(times) + 1)]
    return found


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((5,), "5"),
        ((0, 60, 120), "0+60x2"),
        ((7, 7, 7, 7), "7+0x3"),
        ((9, 6, 3), "9-3x2"),
        ((None,), "_"),
        ((None, None, 1, None), "_x2 1 _"),
        ((0, 60, 120, 120, 120), "0+60x2 120+0x1"),
    ],
)
def test_runs_of_equal_steps_are_one_word(values: tuple[int | None, ...], text: str):
    assert notation(samples(*values)) == text


@given(st.lists(st.none() | st.integers(-5, 5)))
def test_nothing_is_lost(values: list[int | None]):
    assert read_back(notation(samples(*values))) == samples(*values)
