"""Plain selectors are recognised in all spellings, and added to without a change to what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.promql.parse import Expression, parse
from sretool.promql.selectors import is_selector, selector_parts, with_matchers, with_range, with_suffix

PLAIN = ["m", "m{}", 'm{a="b"}', 'm{a="b",}', 'm { a = "b" , }', '{__name__="m"}', '{__name__="m",a="b"}', " m ", "sum"]
PLAIN += ['{a="b"}', '{__name__=~"m.*"}', 'm{a="}"}', "m{a='b'} # all of them", ':m:x{a!="b"}', '{"m",a="b"}', "m{ }"]
OTHERS = ["", "m[5m]", "m offset 5m", "m @ 5", "(m)", "-m", "1", '"m"', "rate(m[5m])", "m + n", "m{", "m{a=b}", "on"]


@pytest.mark.parametrize("text", PLAIN)
def test_a_name_with_matchers_is_a_selector(text: str) -> None:
    assert is_selector(text)
    assert parse(text) == Expression(text, "vector")


@pytest.mark.parametrize("text", OTHERS)
def test_anything_else_is_not(text: str) -> None:
    assert not is_selector(text)


def test_a_selector_is_taken_apart() -> None:
    parts = selector_parts('m{a="b", le=~"60(\\\\.0)?"}')

    assert parts is not None
    assert parts.name == "m"
    assert [(m.label, m.operator, m.value) for m in parts.matchers] == [("a", "=", "b"), ("le", "=~", r"60(\.0)?")]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("m", 'm{le="5"}'),
        ("m{}", 'm{le="5"}'),
        ("m{ }", 'm{ le="5"}'),
        ('m{a="b"}', 'm{a="b",le="5"}'),
        ('m{a="b",}', 'm{a="b",le="5",}'),
        ('m{a="b" # why\n}', 'm{a="b",le="5" # why\n}'),
        ('{__name__="m"}', '{__name__="m",le="5"}'),
        ('{"m"}', '{"m",le="5"}'),
        (' m{a="b"} # why', 'm{a="b",le="5"}'),
    ],
)
def test_a_matcher_is_added(selector: str, expected: str) -> None:
    assert with_matchers(selector, 'le="5"') == expected


def test_several_matchers_are_added_in_order_and_none_changes_nothing() -> None:
    assert with_matchers("m", 'a="b"', 'c!="d"') == 'm{a="b",c!="d"}'
    assert with_matchers(' m{a="b"} ') == 'm{a="b"}'


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("m", "m_bucket"),
        ('m{a="b"}', 'm_bucket{a="b"}'),
        ('{__name__="m"}', '{__name__="m_bucket"}'),
        ("{a='m',__name__='m'}", "{a='m',__name__=\"m_bucket\"}"),
        ('{"m",a="b"}', '{"m_bucket",a="b"}'),
        (" m{} ", "m_bucket{}"),
    ],
)
def test_a_suffix_goes_to_the_name(selector: str, expected: str) -> None:
    assert with_suffix(selector, "_bucket") == expected


def test_a_range_and_an_offset_are_added() -> None:
    assert with_range('m{a="b"}', "6m") == 'm{a="b"}[6m]'
    assert with_range("m # why", "6m", offset="10m") == "m[6m] offset 10m"
    assert parse(with_range("m # why", "6m", offset="10m")) == Expression("m[6m] offset 10m", "matrix")


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_selector_cannot_be_added_to(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain selector"):
        with_matchers(text, 'a="b"')
    with pytest.raises(ValueError, match="not a plain selector"):
        with_range(text, "5m")
    with pytest.raises(ValueError, match="not a plain selector"):
        with_suffix(text, "_bucket")


def test_a_suffix_needs_a_name() -> None:
    with pytest.raises(ValueError, match="has none to add _bucket to"):
        with_suffix('{a="b"}', "_bucket")


@given(st.sampled_from(PLAIN), st.lists(st.sampled_from(['x="1"', 'y=~"2|3"', "z!='4'"]), unique=True, min_size=1))
def test_adding_keeps_all_that_was_there_and_adds_no_more(selector: str, added: list[str]) -> None:
    before, after = selector_parts(selector), selector_parts(with_matchers(selector, *added))

    assert before is not None
    assert after is not None
    assert after.name == before.name
    assert [m.label for m in after.matchers] == [m.label for m in before.matchers] + [text[0] for text in added]
    assert [m.value for m in after.matchers][: len(before.matchers)] == [m.value for m in before.matchers]
