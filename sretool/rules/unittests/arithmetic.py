"""What an expression says of series that go on as they are: counters of a steady rate, gauges of one value.

A small part of PromQL, enough for what specifications are made of. Labels are looked at only to select: the series of
a story belong to one group.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Final

from sretool.model.duration import Duration
from sretool.promql.tree import (
    COMPARISONS,
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Paren,
    Selector,
    String,
    Subquery,
    Unary,
)
from sretool.rules.unittests.concrete import Series, selects

World = Mapping[Series, float]  # The rate of a counter, the value of a gauge.

COUNTING: Final = frozenset({"rate", "irate", "increase"})
_STEADY: Final = frozenset({"avg_over_time", "min_over_time", "max_over_time", "last_over_time"})
_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_REDUCED: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "sum": math.fsum,
    "min": min,
    "max": max,
    "avg": lambda values: math.fsum(values) / len(values),
    "count": len,
    "group": lambda _: 1.0,
}


class NotUnderstood(Exception):
    """No scrapes can be made up for an indicator. The message says why, as the end of a sentence."""


def settled(node: Node, world: World) -> list[float]:
    """The values of an expression, one for each series of its result. Raises NotUnderstood."""
    match node:
        case Number():
            return [_number(node.text)]
        case Paren():
            return settled(node.body, world)
        case Unary():
            return [-value if node.operator == "-" else value for value in settled(node.operand, world)]
        case Selector(range=None, offset=None, at=None):
            return [value for series, value in world.items() if selects(node, series)]
        case Call():
            return _called(node, world)
        case Aggregation(parameter=None):
            values = settled(node.body, world)
            if node.operator not in _REDUCED:
                raise NotUnderstood(f"it holds {node.operator}(), which is not worked out here")
            return [_REDUCED[node.operator](values)] if values else []
        case Binary():
            return _joined(node, world)
        case Selector() | Subquery() | String() | Aggregation():
            raise NotUnderstood("it holds an offset, a subquery or a parameter, which are not worked out here")


def _called(call: Call, world: World) -> list[float]:
    match call.function, call.arguments:
        case ("vector" | "scalar" | "abs" as function, (only,)):
            return [abs(value) if function == "abs" else value for value in settled(only, world)]
        case "clamp_min" | "clamp_max" as function, (body, bound):
            (limit,) = settled(bound, world)
            return [(max if function == "clamp_min" else min)(value, limit) for value in settled(body, world)]
        case function, (Selector(offset=None, at=None, range=str(reach)) as selector,):
            return _over_time(function, selector, reach, world)
        case _:
            raise NotUnderstood(f"it holds {call.function}(), which is not worked out here")


def _over_time(function: str, selector: Selector, reach: str, world: World) -> list[float]:
    values = [value for series, value in world.items() if selects(selector, series)]
    if function in {"rate", "irate"} or function in _STEADY:
        return values
    if function == "increase":
        return [value * reach_seconds(reach) for value in values]
    raise NotUnderstood(f"it holds {function}(), which is not worked out here")


def reach_seconds(text: str) -> float:
    """A range in seconds. That of a placeholder is the base window's, which nothing has to wait for."""
    try:
        return float(Duration.parse(text).seconds)
    except ValueError as error:
        raise NotUnderstood(f"it looks back over {text}, which is not worked out here") from error


def _joined(node: Binary, world: World) -> list[float]:
    left, right = settled(node.left, world), settled(node.right, world)
    match node.operator:
        case "or":
            return left or right
        case "and":
            return left if right else []
        case "unless":
            return [] if right else left
    if not left or not right:
        return []
    if len(left) > 1 and len(right) > 1:
        raise NotUnderstood("an operator joins several series on each side, which is not worked out here")
    pairs = [(one, other) for one in left for other in right]
    return [value for one, other in pairs for value in _operated(node, one, other)]


def _operated(node: Binary, one: float, other: float) -> list[float]:
    if node.operator in COMPARISONS:
        holds = COMPARISONS[node.operator](one, other)
        return [float(holds)] if node.returns_bool else [one] * holds
    if node.operator == "/":
        return [one / other if other else math.nan]
    if node.operator not in _ARITHMETIC:
        raise NotUnderstood(f'it holds the operator "{node.operator}", which is not worked out here')
    return [_ARITHMETIC[node.operator](one, other)]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:  # 0x1F, a duration.
        raise NotUnderstood(f"it holds {text}, which is not worked out here") from error
