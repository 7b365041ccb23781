"""Tables fit a narrow terminal, and lose nothing by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sretool.cli.columns import Cell, Column, turned, whole

PLAN = (Column(""), Column("about"), Column("found"))
FIGURES = (Column("SLO"), Column("budget left", right=True), Column("owner"))


def shown(columns: tuple[Column, ...], *rows: tuple[str, ...], width: int | None) -> list[str]:
    cells = [[Cell(text) for text in row] for row in rows]
    return list(whole(columns, cells, width=width, colourful=False))


def test_a_table_that_fits_is_one_line_a_row():
    assert shown(FIGURES, ("shop/a", "12%", "shop"), width=40) == [
        "SLO     budget left  owner",
        "shop/a          12%  shop",
    ]


def test_headings_and_cells_are_broken_between_words():
    assert shown(FIGURES, ("shop/a", "12% of it", "the shop"), width=22) == [
        "SLO     budget  owner",
        "          left",
        "shop/a  12% of  the",
        "            it  shop",
    ]


def test_a_name_that_is_longer_than_its_column_stands_above_its_row():
    assert shown(FIGURES, ("shop/a", "12%", "shop"), ("shop/availability-of-all", "3%", "shop"), width=24) == [
        "SLO        budget  owner",
        "             left",
        "shop/a        12%  shop",
        "shop/availability-of-all",
        "               3%  shop",
    ]


def test_a_sentence_for_which_little_room_is_left_stands_below_its_row():
    assert shown(PLAN, ("wrong", "shop/availability", "no series of errors_total now"), width=40) == [
        "       about",
        "    found",
        "wrong  shop/availability",
        "    no series of errors_total now",
    ]


def test_a_last_column_stands_below_its_row_where_nothing_else_helps():
    assert shown(FIGURES, ("shop/availability", "month (America/Ushuaia)", "desk-of-sales"), width=30) == [
        "SLO                budget left",
        "    owner",
        "shop/availability",
        "                         month",
        "             (America/Ushuaia)",
        "    desk-of-sales",
    ]


def test_a_selector_that_is_wider_than_the_terminal_goes_on_after_a_comma_that_is_not_in_quotes():
    selector = 'errors_total{job="shop",path=~"/a,b",instance=~"one\\"two,.*"}'

    assert shown(PLAN, ("wrong", "shop", f"no {selector}"), width=31)[2:] == [
        "wrong  shop",
        '    no errors_total{job="shop",',
        '    path=~"/a,b",',
        '    instance=~"one\\"two,.*"}',
    ]


@given(st.text('a,"\\{', min_size=30, max_size=60))
def test_whatever_a_wide_word_holds_all_of_it_is_shown(word: str):
    lines = shown(PLAN, ("wrong", "shop", word), width=29)

    assert "".join("".join(lines[3:]).split()) == word


def test_without_a_terminal_nothing_is_broken():
    assert shown(PLAN, ("wrong", "shop", "no " * 100 + "end"), width=None)[1] == f"wrong  shop   {'no ' * 100}end"


def test_a_table_without_rows_is_its_heading():
    assert shown(FIGURES, width=10) == ["SLO  budget  owner", "       left"]


def test_a_table_on_its_side_has_a_column_for_each_row():
    columns, rows = turned(FIGURES, [[Cell("a"), Cell("1%"), Cell("x")], [Cell("b"), Cell("2%"), Cell("y")]])

    assert list(whole(columns, rows, width=None, colourful=False)) == [
        "SLO           a   b",
        "budget left  1%  2%",
        "owner         x   y",
    ]


@given(
    st.lists(st.tuples(*[st.lists(st.text("ab/", min_size=1, max_size=9), max_size=6)] * 3), max_size=4),
    st.integers(40, 100),
)
def test_every_word_is_shown_and_no_line_is_wider_than_the_terminal(rows: list[tuple[list[str], ...]], width: int):
    texts = [tuple(" ".join(words) for words in row) for row in rows]

    lines = shown(FIGURES, *texts, width=width)

    words = [word for text in (*texts, *[("SLO", "budget left", "owner")]) for cell in text for word in cell.split()]
    assert sorted(" ".join(lines).split()) == sorted(words)
    assert max(map(len, lines)) <= width
