"""What an expression reads, compares and keeps."""

import pytest

from sretool.promql.reading import Comparison, SumRate, is_total, label_hint, metric_names, selectors, sum_rate
from sretool.promql.reading import top_level_comparison as comparison


def test_all_selectors_are_found_in_the_order_they_were_written() -> None:
    text = 'sum(rate(a{x="1"}[5m] offset 1h)) / on () group_left {__name__="b"} > bool 1 and max_over_time(c[1h:5m])'

    found = selectors(text)

    assert [(s.name, s.range, s.offset) for s in found] == [("a", "5m", "1h"), ("b", None, None), ("c", None, None)]
    assert [text[s.start : s.end] for s in found] == ['a{x="1"}[5m] offset 1h', '{__name__="b"}', "c"]


def test_metric_names_leave_out_what_names_no_metric() -> None:
    assert metric_names('a + b{x="1"} + {__name__="c"} + {__name__=~"d.*"} + {e="f"} + a') == {"a", "b", "c"}
    assert metric_names("time() + 1") == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max(q) < 1000", Comparison("max(q)", "<", False, "", "1000")),
        ("((max(q) < 1000))", Comparison("max(q)", "<", False, "", "1000")),
        ("a<b", Comparison("a", "<", False, "", "b")),
        ("a + 1 >= b * 2", Comparison("a + 1", ">=", False, "", "b * 2")),
        ("a == bool 1", Comparison("a", "==", True, "", "1")),
        ("a < on (x) group_left (y) b", Comparison("a", "<", False, "on (x) group_left (y)", "b")),
        ("a > bool ignoring(x) b", Comparison("a", ">", True, "ignoring(x)", "b")),
        ("(a < 1) + 1 != b", Comparison("(a < 1) + 1", "!=", False, "", "b")),
        ('x{a="<"} < 5 # ok', Comparison('x{a="<"}', "<", False, "", "5")),
        ("rate(x[$window]) < 1", Comparison("rate(x[$window])", "<", False, "", "1")),
    ],
)
def test_the_deciding_comparison_is_found(text: str, expected: Comparison) -> None:
    assert comparison(text) == expected


@pytest.mark.parametrize(
    "text",
    ["up", "a < 1 and b", "a < 1 or b < 2", "a < 1 unless b", "a < b < c", "sum(a < 1)", "(a < 1) + 1", "-(a<1)"],
)
def test_other_expressions_are_decided_by_no_comparison(text: str) -> None:
    assert comparison(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(rate(x[5m]))", SumRate("x", (), "5m", "rate")),
        ("sum(increase(x[1h]))", SumRate("x", (), "1h", "increase")),
        ("sum by (a, b) (rate(x{c='d'}[{{.window}}]))", SumRate("x{c='d'}", ("a", "b"), "{{.window}}", "rate")),
        ("sum(rate(x [ {{ .window }} ])) by (a)", SumRate("x", ("a",), "{{.window}}", "rate")),
        ("(SUM((rate((x[$window])))))", SumRate("x", (), "$window", "rate")),
        ("sum(rate(x[$__rate_interval])) # why", SumRate("x", (), "$__rate_interval", "rate")),
    ],
)
def test_a_sum_of_rates_is_taken_apart(text: str, expected: SumRate) -> None:
    assert sum_rate(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "up",
        "1",
        "sum(x)",
        "rate(x[5m])",
        "avg(rate(x[5m]))",
        "sum(irate(x[5m]))",
        "sum without (a) (rate(x[5m]))",
        "sum(rate(x[5m] offset 1h))",
        "sum(rate(x[5m] @ 5))",
        "sum(rate(x[5m])) + 1",
        "sum(rate(x[5m:1m]))",
    ],
)
def test_nothing_else_is_a_sum_of_rates(text: str) -> None:
    assert sum_rate(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum by (a, b) (x)", {"a", "b"}),
        ("sum(x)", set()),
        ("sum by () (x)", set()),
        ("(-sum by (a) (x))", {"a"}),
        ("topk(3, sum by (a) (x))", {"a"}),
        ("clamp_min(sum by (a) (x), 0)", {"a"}),
        ("histogram_quantile(0.9, sum by (le, a) (rate(x[5m])))", {"a"}),
        ("max_over_time(sum by (a) (x)[1h:5m])", {"a"}),
        ("quantile_over_time(0.9, sum by (a) (x)[1h:5m])", {"a"}),
        ("sum by (a) (x) > 5", {"a"}),
        ("1 - sum by (a) (x)", {"a"}),
        ("sum by (a) (x) and on (a) y", {"a"}),
        ("vector(1)", set()),
        ("2", set()),
        ("x", None),
        ("rate(x[5m])", None),
        ("sum without (a) (x)", None),
        ("count_values by (a) ('b', x)", None),
        ("sum by (a) (x) / sum by (b) (y)", None),
        ("sum by (a) (x) or y", None),
        ("label_replace(sum by (a) (x), 'b', '$1', 'a', '(.*)')", None),
        ("absent(x)", None),
    ],
)
def test_labels_are_known_where_an_aggregation_names_them(text: str, expected: set[str] | None) -> None:
    assert label_hint(text) == expected


def test_a_thousand_operators_have_a_hint() -> None:
    assert label_hint("+1".join(["sum by (a) (x)", *[""] * 1000])) == {"a"}


@pytest.mark.parametrize(
    "text",
    [
        "increase(x[$window])",
        "sum by (a) (increase(x{b='c'}[ $window ] offset 1h)) # why",
        "(-(sum(increase(x[$window]))))",
        "sum(increase(x[$window])) or vector(0)",
        "0 * sum(rate(y[$window])) or sum(increase(x[$window]))",
        "clamp_min(sum(increase(x[$window])) - sum(increase(y[$window])), 0)",
        "sum(increase(x[$window]) > 0) >= 0 and on () y unless z",
        "topk(3, round(delta(x[$window])))",
        "sum(sum_over_time(x[$window]))",
        "count_over_time((x > 5)[$window:1m])",
    ],
)
def test_what_is_counted_over_the_window_is_a_total(text: str) -> None:
    assert is_total(text, "$window")


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(x[$window]))",
        "sum(increase(x[5m]))",
        "sum(increase(x[$window])) / 360",
        "sum(increase(x[$window])) / sum(increase(y[$window]))",
        "1 / increase(x[$window])",
        "0 * sum(increase(x[$window])) or sum(rate(x[$window]))",
        "sum(increase(x[$window])) > bool 0",
        "y and increase(x[$window])",
        "count(increase(x[$window]))",
        "max_over_time(increase(x[5m])[$window:1m])",
        "avg_over_time(x[$window])",
        "vector(1)",
        "increase + x",
    ],
)
def test_what_is_a_second_or_of_another_unit_is_no_total(text: str) -> None:
    assert not is_total(text, "$window")
