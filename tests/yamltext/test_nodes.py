"""From an offset in a value back to the file, for each way in which YAML writes text."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping, Scalar, kind


def scalar_of(text: str) -> Scalar:
    """The value of the first key."""
    [document] = load(text, "f.yaml").documents
    assert isinstance(document, Mapping)
    [(_, value), *_] = document.items()
    assert isinstance(value, Scalar)
    return value


def place_of(text: str, part: str) -> tuple[int, int, int]:
    """Line, column and end column of a part of the value."""
    scalar = scalar_of(text)
    start = scalar.value.index(part)
    place = scalar.place_at(start, start + len(part))
    return place.line, place.column, place.end_column


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("expr: up == 0", "==", (1, 10, 12)),
        ("é: é == 0", "==", (1, 6, 8)),
        ("expr: 'up == 0'", "==", (1, 11, 13)),
        ("expr: 'it''s up'", "up", (1, 14, 16)),
        ("expr: 'it''s up'", "'s", (1, 10, 13)),
        ('expr: "a=~\\"x\\" == 0"', "==", (1, 17, 19)),
        ('expr: "\\u00e9\\x41\\U0001F600\\n== 0"', "==", (1, 30, 32)),
        ('expr: "a=~\\"x\\""', '"x"', (1, 11, 16)),
        ("expr: |\n  up\n  == 0\n", "==", (3, 3, 5)),
        ("expr: |\n  up\n    == 0\n", "  ==", (3, 3, 7)),
        ("expr: |\n  up ==\n\n\n  0\n", "0", (5, 3, 4)),
        ("expr: |2\n    up\n  == 0\n", "  up", (2, 3, 7)),
        ("expr: |-  # why\r\n  up\r\n  == 0\r\n", "== 0", (3, 3, 7)),
        ("expr: |+\n  up\n  == 0\n\n", "==", (3, 3, 5)),
        ("expr: |\n\n  up\n  == 0\n", "up", (3, 3, 5)),
        ("expr: >\n  up\n  == 0\n", "==", (3, 3, 5)),
        ("expr: >-\n  up\n    more\n  == 0\n", "  more", (3, 3, 9)),
        ("expr: >\n\n  up\n\n  == 0\n", "== 0", (5, 3, 7)),
        ("expr: up\n  == 0", "==", (2, 3, 5)),
        ("expr: up\n\n  == 0", "==", (3, 3, 5)),
        ("expr: 'up\n\n  == 0'", "==", (3, 3, 5)),
        ('expr: "up \\\n  == 0"', "==", (2, 3, 5)),
        ('expr: "up\n  == 0"', "==", (2, 3, 5)),
        ("expr: &a !!str |\n  up == 0\n", "==", (2, 6, 8)),
        ("expr: up\u2028  == 0", "==", (1, 12, 14)),
    ],
)
def test_a_part_of_a_value_points_at_its_place_in_the_file(text: str, part: str, expected: tuple[int, int, int]):
    assert place_of(text, part) == expected


def test_a_part_over_several_lines_is_cut_to_its_first():
    scalar = scalar_of("expr: |\n  sum by (job)\n    (up)\n")

    assert str(scalar.place_at(4, 20)) == "f.yaml:2:7"
    assert scalar.place_at(4, 20).end_column == 15


def test_the_space_of_a_folded_line_points_at_the_end_of_that_line():
    scalar = scalar_of("expr: >\n  up\n  down\n")

    assert (scalar.value, scalar.place_at(2, 3).line, scalar.place_at(2, 3).column) == ("up down\n", 2, 5)


@pytest.mark.parametrize("offset", [7, 8, 1000])
def test_an_offset_at_or_beyond_the_end_points_behind_the_last_character(offset: int):
    place = scalar_of("expr: up == 0").place_at(offset, offset)

    assert (place.column, place.end_column) == (14, 14)


def test_a_part_of_nothing_is_where_it_would_be():
    assert str(scalar_of("expr: |\nb: 1\n").place_at(0, 0)) == "f.yaml:1:7"


@settings(deadline=None)  # a busy machine is not a failure
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), min_size=1, max_size=60)
    | st.text("ab \n'\"\\é\t", max_size=40),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([10, 30, 1000]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_every_visible_character_of_a_value_points_at_itself(value: str, style: str | None, width: int, end: str):
    text = yaml.safe_dump({"k": value}, default_style=style, width=width, allow_unicode=True, line_break=end)
    loaded = load(text, "f.yaml")
    scalar = scalar_of(text)

    assert scalar.value == value
    for offset, char in enumerate(value):
        place = scalar.place_at(offset, offset + 1)
        written = loaded.line_text(place.line)[place.column - 1 : place.end_column - 1]
        if not char.isspace():
            assert written == char or written.startswith("\\") or written == char * 2


def test_kinds_are_told_in_words():
    [document] = load("[a, ~, {}, [], '']", "f.yaml").documents

    assert kind(document) == "a list"
    assert [kind(item) for item in document] == ["text", "nothing", "a mapping", "a list", "text"]  # type: ignore[union-attr]


def test_a_mapping_gives_values_keys_and_membership_by_name():
    [document] = load("a: 1\nb: 2\n", "f.yaml").documents

    assert isinstance(document, Mapping)
    assert (len(document), "a" in document, "c" in document, document.get("c")) == (2, True, False, None)
    assert document.key("b").value == "b"
    with pytest.raises(KeyError):
        document.key("c")
