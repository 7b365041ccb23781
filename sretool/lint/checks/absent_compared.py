"""PQ217: absent() compared with what it never gives."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import COMPARISONS, Binary, Call, Node, walk, without_parens, written_number

_ABSENCE: Final = ("absent", "absent_over_time")


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    for node in walk(rule.tree) if rule.tree is not None else ():
        if isinstance(node, Binary) and node.operator in COMPARISONS and not node.returns_bool:
            left, right = (_value(each) for each in (node.left, node.right))
            has_absence = any(_is_absence(each) for each in (node.left, node.right))
            if has_absence and left is not None and right is not None and not COMPARISONS[node.operator](left, right):
                message = (
                    "this never holds: absent() gives 1 where the series is missing, and nothing where it is there"
                )
                yield Flaw(rule.part(node), message, "leave the comparison out, or compare the series itself")


def _value(node: Node) -> Decimal | None:
    """Of a number as it is written, and of absence; None for all else."""
    return Decimal(1) if _is_absence(node) else written_number(node)


def _is_absence(node: Node) -> bool:
    inner = without_parens(node)
    return isinstance(inner, Call) and inner.function in _ABSENCE


CHECK = Check("PQ217", Rule, _find)
