import pytest

from sretool.yamltext.remedies import in_quotes, meant, one_of


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("{{ $value }} is down ", "write '{{ $value }} is down'"),
        ("it's: here", 'write "it\'s: here"'),
        ("'it's down'", 'write "it\'s down"'),
        ('"a" or "b"', 'write \'"a" or "b"\''),
        ("'a' or \"b\"", "write | and put the value on the next line, indented"),
        ("x" * 81, "put the whole value in quotes"),
        ("{a\n}", "put the whole value in quotes"),
    ],
)
def test_a_value_is_written_out_in_the_quotes_that_it_bears(value: str, remedy: str):
    assert in_quotes(value) == remedy


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("objectve", "objective"),
        ("Objective", "objective"),
        ("min-bad-events", "min_bad_events"),
        ("minBadEvents", "min_bad_events"),
        ("colour", None),
        ("objective" * 1_000_000, None),
    ],
)
def test_the_name_that_was_meant_is_a_close_one(written: str, expected: str | None):
    assert meant(written, {"objective", "period", "min_bad_events"}) == expected


def test_nothing_is_meant_where_nothing_is_known():
    assert meant("x", ()) is None


def test_names_are_listed_as_a_sentence_does():
    assert [one_of(["a"]), one_of(["a", "b"]), one_of(["a", "b", "c"])] == ["a", "a or b", "a, b or c"]
