import json

import pytest

from sretool.yamltext.diagnostics import Diagnostic, Notes, Place, as_json, as_text, in_order
from sretool.yamltext.source import Source, Spot


def diagnostic_at(line: str, column: int, end_column: int, *, level: str = "error") -> Diagnostic:
    place = Place("slos/checkout.yaml", 14, column, end_column)
    return Diagnostic("SL101", level, place, "no unit", "write 99.9%", line)  # type: ignore[arg-type]


def quote(line: str, column: int, end_column: int) -> list[str]:
    """The quoted line and its carets, as they are printed."""
    return as_text(diagnostic_at(line, column, end_column)).splitlines()[1:-1]


def test_a_diagnostic_is_its_place_its_line_underlined_and_its_remedy():
    place = Place("slos/checkout.yaml", 14, 16, 20)
    message = "an objective needs its unit: 99.9 reads as a ratio above 1"
    diagnostic = Diagnostic("SL101", "error", place, message, "write 99.9%", "    objective: 99.9")

    assert as_text(diagnostic) == (
        "slos/checkout.yaml:14:16: SL101 an objective needs its unit: 99.9 reads as a ratio above 1\n"
        "  objective: 99.9\n"
        "             ^^^^\n"
        "  remedy: write 99.9%"
    )


def test_a_warning_says_that_it_is_one():
    text = as_text(diagnostic_at("objective: 1", 1, 10, level="warning"))

    assert text.splitlines()[0] == "slos/checkout.yaml:14:1: SL101 warning: no unit"


def test_without_a_line_to_quote_only_the_message_and_the_remedy_are_left():
    assert as_text(diagnostic_at("", 1, 1)) == "slos/checkout.yaml:14:1: SL101 no unit\n  remedy: write 99.9%"


@pytest.mark.parametrize(
    ("line", "column", "end_column", "expected"),
    [
        ("  a: 1", 6, 7, ["  a: 1", "     ^"]),
        ("a:", 3, 3, ["  a:", "    ^"]),  # a value that is not there is marked where it would be
        ("\t\ta: 1", 6, 7, ["  a: 1", "     ^"]),
        ("\ta: 1", 1, 2, ["      a: 1", "  ^^^^"]),  # the tab itself is what is wrong
        ("a:\tb", 4, 5, ["  a:    b", "        ^"]),
        ("名前: 値x", 5, 6, ["  名前: 値x", "        ^^"]),  # wide characters take two columns
        ("e\u0301te: x", 7, 8, ["  e\u0301te: x", "       ^"]),  # a combining accent takes none
        ("a: 1   ", 4, 5, ["  a: 1", "     ^"]),
        ("a: \x1b[31mred", 4, 5, ["  a: \\x1b[31mred", "     ^^^^"]),  # a terminal must not obey the file
        ("a: \u202eb", 4, 5, ["  a: \\u202eb", "     ^^^^^^"]),
        ("a: b", 9, 12, ["  a: b", "      ^"]),  # a place beyond the line is marked at its end
    ],
)
def test_carets_stand_under_what_is_wrong(line: str, column: int, end_column: int, expected: list[str]):
    assert quote(line, column, end_column) == expected


def test_a_long_line_is_cut_around_the_carets():
    shown, carets = quote("x" * 300 + "HERE" + "y" * 300, 301, 305)

    assert shown == "  ..." + "x" * 60 + "HERE" + "y" * 96 + "..."
    assert carets == "  " + " " * 63 + "^^^^"


def test_the_beginning_of_a_long_line_is_cut_only_at_its_end():
    assert quote("  " + "HERE" + "y" * 300, 3, 7) == ["  HERE" + "y" * 156 + "...", "  ^^^^"]


def test_a_mark_that_is_longer_than_a_quote_is_cut_with_it():
    shown, carets = quote("y" * 300, 1, 301)

    assert (len(carets), shown) == (162, "  " + "y" * 160 + "...")


def test_a_message_stays_on_one_line_and_cannot_steer_a_terminal():
    diagnostic = Diagnostic("SL101", "error", Place("a\nb.yaml", 1, 1, 1), "bad \x1b[2J\n", "write\tthis")

    assert as_text(diagnostic) == "a\\nb.yaml:1:1: SL101 bad \\x1b[2J\\n\n  remedy: write this"


def test_json_has_the_place_the_words_and_the_quote():
    diagnostic = Diagnostic("YA002", "error", Place("a.yaml", 3, 5, 9), "given before", "keep one", "    name: x")

    assert json.loads(json.dumps(as_json(diagnostic))) == {
        "path": "a.yaml",
        "line": 3,
        "column": 5,
        "end_column": 9,
        "code": "YA002",
        "slug": "duplicate-key",
        "level": "error",
        "message": "given before",
        "remedy": "keep one",
        "quote": "name: x",
    }


def test_diagnostics_are_ordered_by_path_line_column_and_code():
    def at(path: str, line: int, column: int, code: str) -> Diagnostic:
        return Diagnostic(code, "error", Place(path, line, column, column), "m", "r")

    ordered = [at("a", 2, 9, "X"), at("a", 10, 1, "A"), at("a", 10, 1, "B"), at("a", 10, 3, "A"), at("b", 1, 1, "A")]

    assert in_order(reversed(ordered)) == ordered


def test_notes_take_the_level_of_a_code_from_the_table_and_quote_the_line():
    source = Source("a.yaml", "service: x\nowner:\n")
    notes = Notes()

    notes.report("YA015", Spot(source, 11, 16), "`owner` has no value", remedy="give it one")

    assert notes.diagnostics == [
        Diagnostic("YA015", "warning", Place("a.yaml", 2, 1, 6), "`owner` has no value", "give it one", "owner:")
    ]
    assert not notes.has_errors


def test_notes_with_an_error_say_so():
    notes = Notes()

    notes.report("YA013", Spot(Source("a.yaml", "x"), 0, 1), "m", remedy="r")

    assert notes.has_errors


def test_a_message_that_repeats_a_huge_name_is_cut():
    notes = Notes()

    notes.report("YA003", Spot(Source("a.yaml", "x"), 0, 1), "x" * 10_000_000, remedy="y" * 10_000_000)

    assert [(len(note.message), len(note.remedy)) for note in notes.diagnostics] == [(500, 500)]
