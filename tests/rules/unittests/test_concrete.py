import pytest
from hypothesis import given
from strategies import selectors

from sretool.promql.selectors import selector_parts
from sretool.promql.tree import Selector
from sretool.rules.unittests.concrete import selects, series_for


def selector(text: str) -> Selector:
    parts = selector_parts(text)
    assert parts is not None
    return parts


@pytest.mark.parametrize(
    ("wanted", "unwanted", "found"),
    [
        (["m"], [], "m"),
        (['m{a="b", c!=""}'], [], 'm{a="b", c="other"}'),
        (['m{code=~"5..", job="x"}', 'm{job="x"}'], [], 'm{code="5xx", job="x"}'),
        (["m"], ['m{code=~"5.."}'], "m"),
        (['m{outcome!~"client_error|throttled"}'], ['m{outcome=~"error|shed"}'], 'm{outcome="other"}'),
        (['m{a!~"other|200"}'], [], 'm{a="0"}'),
        (['m{a=~"x|y"}'], ['m{a="x"}'], 'm{a="y"}'),
        (['m{a=""}'], ['m{b=""}'], 'm{b="other"}'),
    ],
)
def test_it_finds_labels_that_selectors_accept(wanted: list[str], unwanted: list[str], found: str):
    series = series_for([selector(text) for text in wanted], unwanted=[selector(text) for text in unwanted])

    assert str(series) == found


@pytest.mark.parametrize(
    ("wanted", "unwanted"),
    [
        (['m{a="b"}', 'm{a="c"}'], []),
        (["m"], ["m"]),
        (['m{a="b"}'], ['m{a=~"b|c"}']),
        ([r'm{a=~"\\pL"}'], []),
        (['{__name__=~"m|n"}'], []),
    ],
)
def test_where_there_are_none_it_says_so(wanted: list[str], unwanted: list[str]):
    found = series_for([selector(text) for text in wanted], unwanted=[selector(text) for text in unwanted])

    assert found is None


def test_labels_of_a_group_are_kept():
    series = series_for([selector('m{region!="eu"}')], fixed={"region": "us", "plan": 'fr"ee'})

    assert str(series) == r'm{plan="fr\"ee", region="us"}'
    assert series_for([selector('m{region!="eu"}')], fixed={"region": "eu"}) is None


@given(selectors())
def test_what_it_finds_is_selected(text: str):
    series = series_for([selector(text)])

    assert series is None or selects(selector(text), series)
