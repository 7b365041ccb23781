"""Questions about an expression. Each takes a text that `parse` accepted, placeholders and all."""

from __future__ import annotations

from dataclasses import dataclass

from sretool.promql.grammar import read
from sretool.promql.tree import (
    COMPARISONS,
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Paren,
    Selector,
    Subquery,
    Unary,
    walk,
    without_parens,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator bool matching right`, as text."""

    left: str
    operator: str
    returns_bool: bool
    matching: str  # on(...) group_left(...), or empty.
    right: str


@dataclass(frozen=True, slots=True)
class SumRate:
    """`sum by (labels) (function(selector[range]))`, as text."""

    selector: str
    labels: tuple[str, ...]
    range: str  # A duration, or a placeholder without blanks.
    function: str  # "rate", or "increase", which is the rate times the range.


def selectors(text: str) -> tuple[Selector, ...]:
    """Every metric that is read, left to right, with its matchers, range and offset."""
    return tuple(node for node in walk(read(text)) if isinstance(node, Selector))


def metric_names(text: str) -> frozenset[str]:
    """The names that are read. A selector by `{__name__=~...}` or without a name adds none."""
    return frozenset(selector.name for selector in selectors(text) if selector.name is not None)


def top_level_comparison(text: str) -> Comparison | None:
    """The one comparison that decides the result: `max(q) < 1000`, in parentheses or not.

    None where `and`, `or` or `unless` decide, or another comparison beside it (`a < b < c`).
    """
    root = without_parens(read(text))
    if not isinstance(root, Binary) or root.operator not in COMPARISONS:
        return None
    if isinstance(root.left, Binary) and root.left.operator in COMPARISONS:
        return None
    return Comparison(
        left=text[root.left.start : root.left.end],
        operator=root.operator,
        returns_bool=root.returns_bool,
        matching=text[root.operator_end : root.right.start].strip(),
        right=text[root.right.start : root.right.end],
    )


def sum_rate(text: str) -> SumRate | None:
    """The parts of a sum of one counter's rates or increases; None for any other expression."""
    total = without_parens(read(text))
    if not isinstance(total, Aggregation) or total.operator != "sum" or total.grouping == "without":
        return None
    rate = without_parens(total.body)
    if total.parameter is not None or not isinstance(rate, Call) or rate.function not in ("rate", "increase"):
        return None
    counter = without_parens(rate.arguments[0])
    if not isinstance(counter, Selector) or counter.range is None or counter.offset or counter.at:
        return None
    return SumRate(text[counter.start : counter.head_end], total.labels, "".join(counter.range.split()), rate.function)


# Functions whose result has the labels of their first argument.
_EACH_SERIES = """
abs avg_over_time ceil changes clamp clamp_max clamp_min count_over_time deg delta deriv exp floor histogram_count
histogram_sum idelta increase irate last_over_time ln log10 log2 max_over_time min_over_time predict_linear rad rate
present_over_time resets round sgn sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time timestamp
"""
_KEEP_LABELS = frozenset(_EACH_SERIES.split())


def label_hint(text: str) -> frozenset[str] | None:
    """The labels that a result can have, where an aggregation by labels says so; None where they depend on the data."""
    node, removed = read(text), frozenset[str]()
    while True:
        match node:
            case Paren(body=inner) | Unary(operand=inner) | Subquery(body=inner):
                node = inner
            case Number() | Call(function="time" | "pi" | "scalar" | "vector"):
                return frozenset()
            case Call(function="histogram_quantile", arguments=(_, inner)):
                node, removed = inner, removed | {"le"}
            case Call(function="quantile_over_time", arguments=(_, inner)):
                node = inner
            case Call(arguments=(inner, *_)) if node.function in _KEEP_LABELS:
                node = inner
            case Aggregation(operator="topk" | "bottomk" | "limitk" | "limit_ratio", body=inner):
                node = inner
            case Aggregation(grouping="without") | Aggregation(operator="count_values"):
                return None
            case Aggregation(labels=labels):
                return frozenset(labels) - removed
            case Binary():
                inner_or_none = _side_that_labels(node)
                if inner_or_none is None:
                    return None
                node = inner_or_none
            case _:
                return None


# Functions that add up over their range, and those whose result is in the unit of their first argument.
TOTALS = frozenset(("changes", "count_over_time", "delta", "increase", "resets", "sum_over_time"))
_SAME_UNIT = frozenset(
    ("abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "label_join", "label_replace", "round", "sort")
)
_OTHER_UNIT = frozenset(("count", "count_values", "group", "stdvar"))
_CHOOSES = frozenset((*COMPARISONS, "and", "unless"))  # Operators that only choose among what stands on their left.


def is_total(text: str, reach: str) -> bool:
    """True for what is counted over a range of `reach`: an increase, or what sums, bounds or fills one up.

    What is multiplied or divided is none: `sum(increase(x[5m])) / 300` is in events a second already.
    """
    waiting: list[Node] = [read(text)]
    while waiting:
        match waiting.pop():
            case Paren(body=inner) | Unary(operand=inner):
                waiting.append(inner)
            case Call(function=function, arguments=(Selector(range=str(over)) | Subquery(range=over), *_)):
                if function in TOTALS and "".join(over.split()) == reach:
                    return True
            case Call(function=function, arguments=(inner, *_)) if function in _SAME_UNIT:
                waiting.append(inner)
            case Aggregation(operator=operator, body=inner) if operator not in _OTHER_UNIT:
                waiting.append(inner)
            case Binary(operator="+" | "-" | "or", left=left, right=right):
                waiting += (left, right)
            case Binary(operator=operator, returns_bool=False, left=left) if operator in _CHOOSES:
                waiting.append(left)
    return False


def _side_that_labels(node: Binary) -> Node | None:
    """The side whose labels the result has, where that is one of them."""
    if node.operator in ("and", "unless"):
        return node.left
    if isinstance(without_parens(node.right), Number):
        return node.left
    if isinstance(without_parens(node.left), Number):
        return node.right
    return None
