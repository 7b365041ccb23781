"""Which labels the result of an expression can have, as far as the expression alone says so."""

from __future__ import annotations

from typing import Final

from sretool.promql.reading import label_hint
from sretool.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Paren,
    Selector,
    String,
    Unary,
    children,
    without_parens,
)

Labels = frozenset[str] | None  # None: they depend on the data.

_DEEPEST: Final = 50  # Operators within operators; a chain of a thousand would not fit on the stack.
_KEEPS: Final = ("abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round", "sort", "sort_desc")


def possible_labels(text: str, node: Node, depth: int = 0) -> Labels:
    """The labels that a result can have; None where the data decide. `node` is a part of `text`."""
    if depth > _DEEPEST:
        return None
    node = without_parens(node)
    match node:
        case Binary():
            return _of_operator(text, node, depth + 1)
        case Call(function="label_replace" | "label_join", arguments=(inner, String(value=target), *_)):
            labels = possible_labels(text, inner, depth + 1)
            return None if labels is None else labels | {target}
        case Call(function="label_replace" | "label_join"):
            return None
        case Call(function="absent" | "absent_over_time", arguments=(inner,)):
            return _of_absent(without_parens(inner))
        case Call(function=function, arguments=(inner, *_)) if function in _KEEPS:
            return possible_labels(text, inner, depth + 1)
        case Aggregation(operator="topk" | "bottomk", body=inner):
            return possible_labels(text, inner, depth + 1)
        case _:
            return label_hint(text[node.start : node.end])


def _of_operator(text: str, node: Binary, depth: int) -> Labels:
    if node.operator in ("and", "unless") or _is_number(node.right):
        return possible_labels(text, node.left, depth)
    if _is_number(node.left):
        return possible_labels(text, node.right, depth)
    left, right = possible_labels(text, node.left, depth), possible_labels(text, node.right, depth)
    if node.operator == "or":
        return None if left is None or right is None else left | right
    included = frozenset(node.group_labels)
    if node.group is not None:
        many = left if node.group == "group_left" else right
        return None if many is None else many | included
    if node.matching == "on":
        return frozenset(node.matching_labels)
    known = [each for each in (left, right) if each is not None]
    if not known:
        return None
    # Both sides have the same labels, but for those that are ignored, and lost.
    return frozenset.intersection(*(each - frozenset(node.matching_labels) for each in known))


def _is_number(node: Node) -> bool:
    """Whether a side is a scalar, which has no say in labels."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case Number() | Call(function="scalar" | "time" | "pi"):
                pass
            case (Paren() | Unary() | Binary()) as inner:
                waiting.extend(children(inner))
            case _:
                return False
    return True


def _of_absent(node: Node) -> Labels:
    """Those that the selector says exactly."""
    if not isinstance(node, Selector):
        return frozenset()
    return frozenset(matcher.label for matcher in node.matchers if matcher.operator == "=")
