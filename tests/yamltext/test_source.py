import pytest

from sretool.yamltext.source import Place, Source, Spot


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_found_whatever_ends_them(end: str):
    source = Source("f", end.join(["one", "", "three"]))

    assert [source.line(number) for number in range(5)] == ["", "one", "", "three", ""]


def test_a_final_line_end_is_followed_by_an_empty_line():
    source = Source("f", "one\n")

    assert source.place(4, 4) == Place("f", 2, 1, 1)


def test_columns_count_characters_from_one_and_end_after_the_last():
    source = Source("f", "a: é\nnäme: 値打\n")

    assert source.place(11, 13) == Place("f", 2, 7, 9)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_stretch_over_several_lines_is_cut_to_the_visible_part_of_its_first(end: str):
    source = Source("f", f"a:  {end}  b: 1{end}")

    assert source.place(0, len(source.text)) == Place("f", 1, 1, 3)


def test_a_spot_works_out_its_place():
    assert Spot(Source("f", "a\nbc"), 2, 4).place == Place("f", 2, 1, 3)


def test_a_place_reads_as_editors_take_it():
    assert str(Place("slos/a.yaml", 14, 16, 20)) == "slos/a.yaml:14:16"
