"""SL104: an alert on an error ratio that waits for more than all events, and so never fires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import Aggregation, Binary, Node, Number, Selector, walk, without_parens

# slo:sli_error:ratio_rate5m of Sloth, http_requests:burnrate5m of Pyrra, and most others.
_ERROR_RATIO = re.compile(r"(?:error|fail|bad)[a-z0-9_]*[:_](?:[a-z0-9_]*_)?ratio(?!.*percent)")
# Others call so what is a multiple of the budget: only where a budget is written out is it known to be a ratio.
_BURN_RATE = re.compile(r":burnrate")
_DEEPEST = 20  # Operators within operators.


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.alert is None or rule.tree is None:
        return
    for node in walk(rule.tree):
        if not (isinstance(node, Binary) and node.operator in (">", ">=") and not node.returns_bool):
            continue
        threshold = _value(node.right)
        name = _ratio(node.left, has_budget=_has_budget(node.right))
        if name is None or threshold is None:
            continue
        if threshold > 1 or (threshold == 1 and node.operator == ">"):
            message = f"{name} is at most 1, and this waits for {threshold.normalize():f}: it never fires"
            remedy = "lower the factor below 1 / (100% - objective), or alert on something else"
            yield Flaw(rule.part(node.right), message, remedy)


def _ratio(node: Node, *, has_budget: bool) -> str | None:
    node = without_parens(node)
    while isinstance(node, Aggregation) and node.operator in ("max", "min", "avg"):
        node = without_parens(node.body)
    if not isinstance(node, Selector) or node.name is None:
        return None
    is_ratio = _ERROR_RATIO.search(node.name) or (has_budget and _BURN_RATE.search(node.name))
    return node.name if is_ratio else None


def _has_budget(node: Node) -> bool:
    return any(isinstance(each, Binary) and each.operator == "-" for each in walk(node))


def _value(node: Node, depth: int = 0) -> Decimal | None:
    """The value of arithmetic on numbers alone; None for anything else, and for what nobody would write."""
    node = without_parens(node)
    if depth > _DEEPEST:
        return None
    try:
        match node:
            case Number(text=text):
                return Decimal(text) if Decimal(text).is_finite() else None
            case Binary(operator=operator, left=left, right=right):
                return _applied(operator, _value(left, depth + 1), _value(right, depth + 1))
            case _:
                return None
    except (InvalidOperation, DivisionByZero, Overflow):
        return None


def _applied(operator: str, left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None:
        return None
    match operator:
        case "*":
            return left * right
        case "/":
            return left / right
        case "+":
            return left + right
        case "-":
            return left - right
        case _:
            return None


CHECK = Check("SL104", Rule, _find)
