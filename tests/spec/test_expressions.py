"""The quick look at a selector must agree with the parser."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import selectors

from sretool.promql.parse import Expression, parse
from sretool.promql.selectors import selector_parts
from sretool.spec import expressions
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Source

# Pieces of selectors, right and wrong, in any order.
_TOKENS = """a sum by on nan Inf offset a:b 9 { } , = =~ !~ != " "x" "5.." "(" __name__ le 'x' `x` \\ # [5m]
a="b" a=~"b|c" a=~"[z-a]\""""
PIECES = st.lists(st.sampled_from([*_TOKENS.split(), " ", "\n"]), max_size=12).map("".join)


def scalar(text: str) -> Scalar:
    return Scalar(Source("a.yaml", text), 0, len(text), text)


@given(PIECES | selectors())
@example('a{b="c",}')
@example('a{b=~"c{,"}')
@example('sum{b="c"}')
@example('bool{b="c"}')
@example('a{__name__="b"}')
def test_a_selector_is_taken_exactly_where_it_parses_and_names_its_metric(text: str):
    parts = selector_parts(text) if isinstance(parse(text), Expression) else None
    named = parts is not None and (parts.name is not None or any(m.label == "__name__" for m in parts.matchers))
    expected = text[parts.start : parts.end] if parts is not None and named else None

    found = expressions.selector(scalar(text), Notes())

    assert found == expected


@given(selectors(), st.text(alphabet=" \n", max_size=3))
def test_a_selector_keeps_its_text_but_for_the_blanks_around_it(selector: str, blanks: str):
    assert expressions.selector(scalar(f"{blanks}{selector}{blanks}"), Notes()) == selector


@pytest.mark.parametrize("text", ["a\t{b='c'}", 'a{b="c"', "a b", "a{b=~'('}", "rate(a[5m])", "{a='b'}", "a[5m]", ""])
def test_text_that_is_changed_before_it_is_promql_is_pointed_at_as_a_whole(text: str):
    notes = Notes()
    found = expressions.selector(scalar("what the file says"), notes, text=text)

    spans = [(diagnostic.place.column, diagnostic.place.end_column) for diagnostic in notes.diagnostics]
    assert spans == ([] if found else [(1, 19)])


def test_a_window_in_another_dialects_words_becomes_ours():
    text = 'sum(rate(a{b="{{.window}}"}[{{ .window }}])) # five minutes'

    found = expressions.windowed(scalar(text), Notes(), placeholder="{{.window}}")

    assert found == 'sum(rate(a{b="{{.window}}"}[$window]))'
