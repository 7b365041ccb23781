"""PQ216: a mean of quantiles, which is no quantile of anything."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import Aggregation, Call, Matcher, Node, Selector, walk, without_parens

_QUANTILES = ("histogram_quantile", "quantile_over_time")
_OF_BUCKETS = "add up the buckets before: histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))"
_OF_OTHERS = "take the worst, max(...), or count in a histogram, whose buckets can be added up"


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    for node in walk(rule.tree) if rule.tree is not None else ():
        if isinstance(node, Aggregation) and node.operator == "avg":
            remedy = _remedy(without_parens(node.body))
            if remedy is not None:
                message = "a mean of quantiles is no quantile: each counts the same, of however many events it is"
                yield Flaw(rule.part(node), message, remedy)


def _remedy(averaged: Node) -> str | None:
    """What to do instead; None where no quantiles are averaged."""
    match averaged:
        case Call(function=function) if function in _QUANTILES:
            return _OF_BUCKETS if function == "histogram_quantile" else _OF_OTHERS
        case Selector(matchers=matchers) if any(_is_quantile(one) for one in matchers):
            return _OF_OTHERS
        case _:
            return None


def _is_quantile(matcher: Matcher) -> bool:
    """Not of an empty text, which chooses series without the label."""
    return matcher.label == "quantile" and matcher.operator == "=" and matcher.value != ""


CHECK = Check("PQ216", Rule, _find)
