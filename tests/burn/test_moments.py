from hypothesis import given
from hypothesis import strategies as st

from sretool.burn.moments import even_rows

NOON = 1_772_366_400
HOUR, DAY = 3_600, 86_400


def test_the_starts_of_the_usual_windows_are_asked_for_as_five_rows_and_not_nine():
    starts = (0, 300, 1_800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY)

    rows = even_rows(NOON - ago for ago in starts)

    assert [[NOON - moment for moment in reversed(row)] for row in rows] == [
        [0, 1_800, HOUR, 5_400, 2 * HOUR],
        [300, 6 * HOUR],
        [DAY],
        [3 * DAY],
        [30 * DAY],
    ]


@given(st.lists(st.integers(NOON - 40 * DAY, NOON), max_size=12))
def test_rows_have_every_moment_once_and_little_else(moments: list[int]):
    rows = even_rows(moments)

    asked = [moment for row in rows for moment in row]
    assert set(moments) <= set(asked)
    assert sum(len(set(moments) & set(row)) for row in rows) >= len(set(moments))
    assert all(len(row) <= 6 and row[-1] - row[0] <= DAY / 2 for row in rows)
    assert len(rows) <= len(set(moments))
