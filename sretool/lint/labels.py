"""Which labels the result of an expression can have, as far as the expression alone says so."""

from __future__ import annotations

from sretool.promql.reading import label_hint
from sretool.promql.tree import Aggregation, Binary, Call, Node, Selector, without_parens

Labels = frozenset[str] | None  # None: they depend on the data.
_VECTOR_BY_NUMBER = ("and", "unless")


def possible_labels(text: str, node: Node) -> Labels:
    """The labels that a result can have; None where the data decide. `node` is a part of `text`."""
    node = without_parens(node)
    match node:
        case Binary():
            return _of_operator(text, node)
        case Call(function="label_replace" | "label_join", arguments=(inner, *_)):
            return None if possible_labels(text, inner) is None else _with_target(text, node)
        case Call(function="absent" | "absent_over_time", arguments=(inner,)):
            return _of_absent(without_parens(inner))
        case Call(function="sort" | "sort_desc" | "abs" | "ceil" | "floor" | "round", arguments=(inner, *_)):
            return possible_labels(text, inner)
        case Call(function="clamp_min" | "clamp_max" | "clamp", arguments=(inner, *_)):
            return possible_labels(text, inner)
        case Aggregation(operator="topk" | "bottomk", body=inner):
            return possible_labels(text, inner)
        case _:
            return label_hint(text[node.start : node.end])


def _of_operator(text: str, node: Binary) -> Labels:
    left, right = possible_labels(text, node.left), possible_labels(text, node.right)
    if node.operator in ("and", "unless") or _is_number(text, node.right):
        return left
    if _is_number(text, node.left):
        return right
    if node.operator == "or":
        return None if left is None or right is None else left | right
    included = frozenset(node.group_labels)
    if node.group == "group_left":
        return None if left is None else left | included
    if node.group == "group_right":
        return None if right is None else right | included
    if node.matching == "on":
        return frozenset(node.matching_labels)
    known = [each for each in (left, right) if each is not None]
    if not known:
        return None
    # Both sides have the same labels, but for those that are ignored, and lost.
    return frozenset.intersection(*(each - frozenset(node.matching_labels) for each in known))


def _is_number(text: str, node: Node) -> bool:
    """Whether a side is a scalar, which has no say in labels."""
    from sretool.promql.parse import Expression, parse

    inner = without_parens(node)
    parsed = parse(text[inner.start : inner.end])
    return isinstance(parsed, Expression) and parsed.value_type == "scalar"


def _with_target(text: str, node: Call) -> Labels:
    from sretool.promql.tree import String

    inner = possible_labels(text, node.arguments[0])
    target = node.arguments[1]
    if inner is None or not isinstance(target, String):
        return None
    return inner | {target.value}


def _of_absent(node: Node) -> Labels:
    """Those that the selector says exactly."""
    if not isinstance(node, Selector):
        return frozenset()
    return frozenset(matcher.label for matcher in node.matchers if matcher.operator == "=")
