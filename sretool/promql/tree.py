"""What an expression is made of: nodes with the places they were written at.

Places count characters of the text, end excluded. A node never says how it is printed: text is cut from the original.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

MatchOperator = Literal["=", "!=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    operator: MatchOperator
    value: str  # As Prometheus reads it: without quotes and escapes.
    start: int
    value_start: int  # The opening quote.
    end: int


@dataclass(frozen=True, slots=True)
class Number:
    """A literal: 1, 0x1F, Inf, and in newer servers a duration, 5m."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class String:
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Selector:
    """`name{matchers}[range] offset offset @ at`. The name may be written as a matcher of `__name__`."""

    name: str | None
    name_place: tuple[int, int] | None  # Of the name, or of the quoted value that gives it.
    matchers: tuple[Matcher, ...]  # All but the one that gives the name.
    range: str | None  # As written: 5m, or a placeholder.
    offset: str | None  # With its sign.
    at: str | None
    start: int
    head_end: int  # Where `name{matchers}` ends.
    end: int

    @property
    def is_plain(self) -> bool:
        return self.range is None and self.offset is None and self.at is None


@dataclass(frozen=True, slots=True)
class Subquery:
    body: Node
    range: str
    step: str | None
    offset: str | None
    at: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Aggregation:
    operator: str  # In small letters.
    grouping: Literal["by", "without"] | None
    labels: tuple[str, ...]
    parameter: Node | None  # The k of topk, the label of count_values.
    body: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator bool on(labels) group_left(labels) right`."""

    operator: str  # In small letters.
    returns_bool: bool
    matching: Literal["on", "ignoring"] | None
    matching_labels: tuple[str, ...]
    group: Literal["group_left", "group_right"] | None
    group_labels: tuple[str, ...]
    left: Node
    right: Node
    operator_start: int
    operator_end: int  # After `bool`, before `on`.
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: Literal["+", "-"]
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paren:
    body: Node
    start: int
    end: int


Node = Number | String | Selector | Subquery | Call | Aggregation | Binary | Unary | Paren

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {  # And when they hold of two numbers.
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SET_OPERATORS = frozenset({"and", "or", "unless"})


def children(node: Node) -> tuple[Node, ...]:
    """In the order they were written, but for a parameter, which always stands before what is aggregated."""
    match node:
        case Number() | String() | Selector():
            return ()
        case Call():
            return node.arguments
        case Aggregation():
            return (node.body,) if node.parameter is None else (node.parameter, node.body)
        case Binary():
            return node.left, node.right
        case Unary():
            return (node.operand,)
        case Paren() | Subquery():
            return (node.body,)


def walk(root: Node) -> Iterator[Node]:
    """Every node, each before what it holds, left to right. Depth costs no stack: 1,000 operators are a deep tree."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def without_parens(node: Node) -> Node:
    while isinstance(node, Paren):
        node = node.body
    return node


def written_number(node: Node) -> Decimal | None:
    """A number with or without a sign, as it is written. None for all else: NaN, durations, 0x1F, expressions."""
    inner = without_parens(node)
    if isinstance(inner, Unary):
        number, sign = without_parens(inner.operand), -1 if inner.operator == "-" else 1
    else:
        number, sign = inner, 1
    if not isinstance(number, Number):
        return None
    try:
        value = Decimal(number.text)
    except InvalidOperation:
        return None
    return None if value.is_nan() else sign * value
