"""PQ217: absent() compared with what it never gives."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import COMPARISONS, Binary, Call, Node, Number, Unary, walk, without_parens

_ABSENCE: Final = ("absent", "absent_over_time")
_HOLDS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    for node in walk(rule.tree) if rule.tree is not None else ():
        if isinstance(node, Binary) and node.operator in COMPARISONS and not node.returns_bool:
            left, right = (_value(each) for each in (node.left, node.right))
            has_absence = any(_is_absence(each) for each in (node.left, node.right))
            if has_absence and left is not None and right is not None and not _HOLDS[node.operator](left, right):
                message = (
                    "this never holds: absent() gives 1 where the series is missing, and nothing where it is there"
                )
                yield Flaw(rule.part(node), message, "leave the comparison out, or compare the series itself")


def _value(node: Node) -> Decimal | None:
    """Of a number as it is written, and of absence; None for all else."""
    inner = without_parens(node)
    if _is_absence(inner):
        return Decimal(1)
    is_negative = isinstance(inner, Unary) and inner.operator == "-"
    number = without_parens(inner.operand) if isinstance(inner, Unary) else inner
    if not isinstance(number, Number):
        return None
    try:
        value = Decimal(number.text)
    except InvalidOperation:  # A hexadecimal number, or a duration.
        return None
    if value.is_nan():
        return None
    return -value if is_negative else value


def _is_absence(node: Node) -> bool:
    inner = without_parens(node)
    return isinstance(inner, Call) and inner.function in _ABSENCE


CHECK = Check("PQ217", Rule, _find)
