"""PQ209: a quantile beyond 0 to 1, or of buckets that have lost their bounds."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.labels import possible_labels
from sretool.lint.rulefile import Rule
from sretool.promql.rewriting import regrouped
from sretool.promql.tree import Aggregation, Call, Node, Selector, walk, without_parens, written_number


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.tree is None or rule.expr is None:
        return
    for node in walk(rule.tree):
        match node:
            case Call(function="histogram_quantile", arguments=(share, buckets)):
                yield from _beyond(rule, share)
                yield from _without_bounds(rule, buckets, rule.expr.value)
            case Call(function="quantile_over_time", arguments=(share, _)):
                yield from _beyond(rule, share)
            case Aggregation(operator="quantile", parameter=share) if share is not None:
                yield from _beyond(rule, share)
            case _:
                pass


def _beyond(rule: Rule, node: Node) -> Iterator[Flaw]:
    """A share that is written out as a number and is none."""
    value = written_number(node)
    if value is not None and not 0 <= value <= 1:
        share = f"{(value / 100).normalize():f}" if 1 < value <= 100 else "a share such as 0.99"
        message = "a quantile lies between 0 and 1; beyond, the result is infinite whatever is measured"
        yield Flaw(rule.part(without_parens(node)), message, f"write {share}")


def _without_bounds(rule: Rule, buckets: Node, text: str) -> Iterator[Flaw]:
    inner = without_parens(buckets)
    names = [node.name or "" for node in walk(inner) if isinstance(node, Selector)]
    if not any(name.endswith("_bucket") for name in names):
        return  # A native histogram has its bounds within.
    labels = possible_labels(text, inner)
    is_removed = isinstance(inner, Aggregation) and inner.grouping == "without" and "le" in inner.labels
    if is_removed or (labels is not None and "le" not in labels):
        message = "the buckets have lost `le`, which says where they end: there is never a result"
        yield Flaw(rule.part(inner), message, _with_bounds(text, inner))


def _with_bounds(text: str, node: Node) -> str:
    """What to write instead. Where a sum is within a sum, both have lost them."""
    rewritten = None
    if isinstance(node, Aggregation) and not any(isinstance(each, Aggregation) for each in walk(node.body)):
        is_without = node.grouping == "without"
        kept = tuple(label for label in node.labels if label != "le")
        rewritten = regrouped(text, node, kept if is_without else ("le", *kept), "without" if is_without else "by")
    return "keep it in every aggregation, as in by (le)" if rewritten is None else f"write {rewritten}"


CHECK = Check("PQ209", Rule, _find)
