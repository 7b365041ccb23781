import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.rules.unittests.regexes import matches, samples


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("error|shed", ("error", "shed")),
        ("5..", ("5xx",)),
        (r"[45]\d\d", ("400",)),
        ("(GET|POST)", ("GET", "POST")),
        (r"60(\.0)?", ("60.0", "60")),
        ("api-.+", ("api-x",)),
        ("[^x]+", ("a",)),
        ("a{2,3}", ("aa",)),
        ("(?:x|y)z", ("xz", "yz")),
        ("(?i)ok", ("ok",)),
        ("^ok$", ("ok",)),
        ("", ("",)),
    ],
)
def test_it_finds_what_matchers_are_usually_made_of(pattern: str, found: tuple[str, ...]):
    assert samples(pattern) == found


@pytest.mark.parametrize("pattern", [r"\p{L}+", "[[:alpha:]]", "(", "a)", "*", r"(?P<x>a)(?P=x)", "[", "\\"])
def test_for_what_it_does_not_know_it_finds_nothing(pattern: str):
    assert samples(pattern) == ()


@given(st.text(alphabet="ab|()[]^-.*+?{1,2}\\dw$:", max_size=12))
def test_all_that_it_finds_matches(pattern: str):
    for found in samples(pattern):
        assert re.fullmatch(pattern, found, re.DOTALL)


def test_a_match_is_of_the_whole_value():
    assert matches("5..", "500")
    assert not matches("5..", "5000")
