"""What to write instead of an expression that is wrong, cut from the user's own text."""

from __future__ import annotations

import re
from typing import Final

from sretool.promql.tree import Aggregation, Binary, Call, Node, Paren, Selector

RATES: Final = ("rate", "irate", "increase")
# What adds up counters, or chooses among them: the same may be done to their rates.
_OUTSIDE: Final = ("sum", "avg", "max", "min", "topk", "bottomk")
_COUNTS: Final = ("count", "group")
_BREAK: Final = re.compile(r"[ \t]*\n\s*")
_LONGEST: Final = 300  # Characters; longer remedies are cut, and half an expression helps nobody.


def on_one_line(text: str) -> str | None:
    """An expression as a remedy can show it; None where it is long, or where its lines cannot simply be joined."""
    if "\n" in text and ("#" in text or "`" in text):  # A comment would swallow what follows, a string change.
        return None
    joined = _BREAK.sub(" ", text.strip())
    return joined if len(joined) <= _LONGEST else None


def rate_inside(text: str, node: Node, *, function: str, length: str) -> str | None:
    """`sum by (job) (x)` as `sum by (job) (rate(x[length]))`; None where `node` has another shape.

    A rate that is inside already gives its place to the new one. What counts series has no rate, but a `delta`.
    """
    rewritten = _rate_inside(text, node, function, length)
    return None if rewritten is None else on_one_line(rewritten)


def _rate_inside(text: str, node: Node, function: str, length: str) -> str | None:
    inner = node
    while True:
        match inner:
            case Paren(body=body):
                inner = body
            case Aggregation(operator=operator, body=body) if operator in _OUTSIDE:
                inner = body
            case Aggregation(operator=operator) if operator in _COUNTS and inner is node:
                return f"delta({text[node.start : node.end]}[{length}:1m])"
            case Call(function=other, arguments=(Selector() as counter,)) if other in RATES:
                return _replaced(text, node, inner, f"{function}({ranged(text, counter, length)})")
            case Selector():
                return _replaced(text, node, inner, f"{function}({ranged(text, inner, length)})")
            case _:
                return None


def ranged(text: str, selector: Selector, length: str) -> str:
    """A selector with a range, which takes the place of its own if it has one."""
    head, rest = text[selector.start : selector.head_end], text[selector.head_end : selector.end]
    return f"{head}[{length}]{rest if selector.range is None else rest.partition(']')[2]}"


def regrouped(text: str, node: Aggregation, labels: tuple[str, ...], grouping: str) -> str | None:
    """An aggregation by (or without) other labels, which are plain names; None where it is too long to be shown."""
    inner = text[node.body.start : node.body.end]
    parameter = "" if node.parameter is None else f"{text[node.parameter.start : node.parameter.end]}, "
    return on_one_line(f"{node.operator} {grouping} ({', '.join(labels)}) ({parameter}{inner})")


def matched(node: Binary, *, group: str | None, group_labels: tuple[str, ...]) -> str:
    """An operator and how its sides match, with another group."""
    words = [node.operator, "bool" if node.returns_bool else "", _with_labels(node.matching, node.matching_labels)]
    words.append(group if group is not None and not group_labels else _with_labels(group, group_labels))
    return " ".join(word for word in words if word)


def _with_labels(word: str | None, labels: tuple[str, ...]) -> str:
    return "" if word is None else f"{word} ({', '.join(labels)})"


def _replaced(text: str, node: Node, part: Node, by: str) -> str:
    return f"{text[node.start : part.start]}{by}{text[part.end : node.end]}"
