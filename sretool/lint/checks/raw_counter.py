"""PQ203: a counter that is compared or summed as it is, so that every restart of its process changes the answer."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.rewriting import ranged
from sretool.promql.tree import (
    COMPARISONS,
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Selector,
    Unary,
    walk,
    without_parens,
)

_ADDS = ("sum", "avg")
_CHOOSES = ("max", "min", "topk", "bottomk")
_BOUNDS = ("abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round")


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.tree is None:
        return
    for node in walk(rule.tree):
        match node:
            case Binary(operator=operator, left=left, right=right) if operator in COMPARISONS and _is_bound(right):
                yield from _raw(rule, left, "compared")
            case Binary(operator=operator, left=left, right=right) if operator in COMPARISONS and _is_bound(left):
                yield from _raw(rule, right, "compared")
            case Call(function="histogram_quantile", arguments=(_, buckets)):
                yield from _raw_buckets(rule, buckets)
            case _:
                pass
    root = without_parens(rule.tree)
    if rule.record is not None and isinstance(root, Aggregation) and root.operator in _ADDS:
        yield from _raw(rule, root.body, "summed")


def _is_bound(node: Node) -> bool:
    """A number to reach. Nothing else is said by comparing with 0 but whether anything was counted."""
    number = without_parens(node)
    return isinstance(number, Number) and number.text.strip("0.") != ""


def _raw(rule: Rule, node: Node, done: str) -> Iterator[Flaw]:
    """The counter, where a side is nothing but one, scaled or aggregated."""
    counter = _counter(node)
    if counter is not None and rule.expr is not None:
        message = f"{counter.name} counts from when its process started, and is {done} as it is"
        written = rule.expr.value
        increase, rate = f"increase({ranged(written, counter, '1h')})", f"rate({ranged(written, counter, '5m')})"
        yield Flaw(rule.part(counter), message, f"write {increase} or {rate}, with the range that is meant")


def _raw_buckets(rule: Rule, node: Node) -> Iterator[Flaw]:
    """The buckets of a classic histogram without a rate, which is where a quantile of all time comes from."""
    node = without_parens(node)
    while isinstance(node, Aggregation) and node.operator in _ADDS:
        node = without_parens(node.body)
    if not isinstance(node, Selector) or node.range is not None or rule.expr is None:
        return
    name = node.name or ""
    if name.endswith("_bucket") and ":" not in name:  # What is recorded may be a rate.
        message = f"{name} counts from when its process started: the quantile is that of all its life"
        rate = f"rate({ranged(rule.expr.value, node, '5m')})"
        yield Flaw(rule.part(node), message, f"write {rate}, with the range that is meant")


def _counter(node: Node) -> Selector | None:
    while True:
        node = without_parens(node)
        match node:
            case Selector(name=str(name), range=None) if name.endswith("_total"):
                return node
            case Unary(operand=inner):
                node = inner
            case Aggregation(operator=operator, body=inner) if operator in _ADDS + _CHOOSES:
                node = inner
            case Call(function=function, arguments=(inner, *_)) if function in _BOUNDS:
                node = inner
            case Binary(operator="*" | "/" | "+" | "-", left=inner, right=right) if _is_number(right):
                node = inner
            case _:
                return None


def _is_number(node: Node) -> bool:
    return isinstance(without_parens(node), Number)


CHECK = Check("PQ203", Rule, _find)
