"""Where a duration will stand, a specification may write a placeholder; places stay those of its text."""

import pytest

from sretool.promql.failure import ParseFailure
from sretool.promql.parse import Expression, parse
from sretool.promql.placeholders import filled

BOTH = frozenset({"$window", "{{.window}}"})


@pytest.mark.parametrize(
    "text",
    [
        "rate(x[$window])",
        "rate(x[{{.window}}])",
        "rate(x[{{ .window }}])",
        "x offset $window",
        "max_over_time(x[$window:$window])",
        "x{a='$other'}",
        'label_replace(x, "a", "$1", "b", "(.*)")',
        "x # $other",
    ],
)
def test_a_placeholder_stands_for_a_duration(text: str) -> None:
    assert parse(text, BOTH) == Expression(text, "vector")


@pytest.mark.parametrize(
    ("text", "blamed", "remedy"),
    [
        ("rate(x[$w])", "$w", "write $window or {{.window}}"),
        ("x > $window", "$window", "write it in brackets: name[$window]"),
        ("offset{{.window}}", "{{.window}}", "write it in brackets: name[{{.window}}]"),
        (":$window", "$window", "write it in brackets: name[$window]"),
        ("foo(rate(x[{{ .window }}]))", "foo", None),
        ("rate(x[{{ .window }}]) + b c", "c", "join the two with an operator, or take one of them out"),
        ("rate(x[{{ .window }}]) + abs(1)", "1", "write vector(1)"),
    ],
)
def test_a_failure_points_into_the_text_as_it_was_written(text: str, blamed: str, remedy: str | None) -> None:
    failure = parse(text, BOTH)

    assert isinstance(failure, ParseFailure)
    assert text[failure.start : failure.end] == blamed
    assert failure.remedy == remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rate(x[$window])", "rate(x[6m])"),
        ("rate(x[{{ .window }}] offset {{.window}}) # $window", "rate(x[6m] offset 6m) # $window"),
        ("x{a='$window'}[$other]", "x{a='$window'}[$other]"),
        ("up", "up"),
    ],
)
def test_placeholders_are_filled_where_they_are_no_text(text: str, expected: str) -> None:
    assert filled(text, {"$window": "6m", "{{.window}}": "6m"}) == expected
