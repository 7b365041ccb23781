from collections.abc import Sequence

import pytest

from sretool.rules.unittests.arithmetic import NotUnderstood
from sretool.rules.unittests.solving import Solution, Verdict, solved


def by_counts(bad: str, every: str) -> Solution:
    def judge(values: Sequence[Sequence[float]]) -> Verdict | None:
        some, total = values
        return Verdict(sum(some), sum(total)) if some and total else None

    return solved([bad, every], judge, fixed={})


def worlds(solution: Solution) -> dict[str, tuple[float, float]]:
    """What each series is while all is well, and while it fails."""
    return {str(series): (solution.well[series], solution.failing[series]) for series in solution.well}


def test_errors_and_the_rest_get_a_series_each():
    found = by_counts('sum(rate(m{code="500"}[6m]))', "sum(rate(m[6m]))")

    assert worlds(found) == {"m": (10, 0), 'm{code="500"}': (0, 10)}
    assert found.counts


def test_a_difference_of_counters_is_understood():
    found = by_counts('sum(rate(m[6m])) - sum(rate(m{outcome="ok"}[6m]))', "sum(rate(m[6m]))")

    assert worlds(found) == {"m": (0, 10), 'm{outcome="ok"}': (10, 0)}
    assert found.counts


def test_a_gauge_takes_values_that_the_expression_names():
    found = by_counts("queue > bool 250", "vector(1)")

    assert worlds(found)["queue"][0] <= 250 < worlds(found)["queue"][1]
    assert not found.counts


def test_a_ratio_does_not_count_events():
    found = by_counts('sum(rate(m{code="500"}[6m])) / sum(rate(m[6m]))', "vector(1)")

    assert found.failing_verdict == Verdict(1.0, 1.0)
    assert not found.counts


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("vector(0)", "it reads 0 series"),
        ("g * 0", "no values were found"),
        ("sum({job='x'})", "no labels were found for the metric without a name"),
        ("a + b + c + d + e", "it reads 5 series"),
        ("predict_linear(g[5m], 60)", "it holds predict_linear"),
    ],
)
def test_what_cannot_be_solved_says_why(bad: str, why: str):
    with pytest.raises(NotUnderstood, match=why):
        by_counts(bad, "vector(1)")


def test_groups_that_share_a_limit_are_refused():
    with pytest.raises(NotUnderstood, match="several groups"):
        solved(["max by (region) (queue) < bool on () group_left () limit"], lambda _: None, fixed={"region": "eu"})
