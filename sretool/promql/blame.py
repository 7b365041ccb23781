"""Where a rejected text is wrong, and in which words.

promql-parser gives a reason and no place. If our own reading stops, it stops at the place; if the text has the right
shape, the innermost part that is rejected by itself is what is wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from sretool.promql.failure import ParseFailure, PromqlSyntaxError, Rejection
from sretool.promql.grammar import read
from sretool.promql.tree import Aggregation, Binary, Call, Node, Selector, children, walk, without_parens
from sretool.promql.versions import EVERYWHERE, NEWER
from sretool.promql.words import AGGREGATORS

Judge = Callable[[str], str | Rejection]  # The type of an expression, or the reason why it is none.

_LOCATED_MAX: Final = 5_000  # Beyond, asking part by part would take seconds; the whole is blamed.
_TYPES: Final = {
    "vector": "an instant vector",
    "matrix": "a range vector",
    "scalar": "a number",
    "string": "a string",
}
_WRONG_TYPE: Final = re.compile(
    r"expected type (\w+) in (?:call to function '(\w+)'|aggregation expression), got (\w+)"
)
_WRONG_NUMBER: Final = re.compile(r"expected ([\w ]+) argument\(s\) in call to '\w+', got (\d+)")
_WRONG_NUMBER_AGGREGATED: Final = re.compile(r"wrong number of arguments for aggregate .*expected (\d+), got (\d+)")
_RE2: Final = "Prometheus reads RE2: it knows no lookaround and no backreferences, and brackets must be closed"
_OF_SELECTORS: Final = (
    ("non-empty matcher", "name the metric"),
    ("not a valid duration", "write the units from the largest to the smallest, each once: 1h30m"),
    ("must be greater than 0", "leave an offset of 0 out; a range is a duration such as 5m"),
)
_SET_OPERATOR: Final = re.compile(r"set operator '\w+' not allowed")


def located(text: str, reason: str, judge: Judge) -> ParseFailure:
    """`reason` is why `text` was rejected as a whole."""
    try:
        root = read(text)
    except PromqlSyntaxError as error:
        return error.failure
    if len(text) > _LOCATED_MAX:
        return ParseFailure(reason, 0, len(text))
    for node in reversed(list(walk(root))):
        verdict = judge(text[node.start : node.end])
        if isinstance(verdict, Rejection):
            return _explained(text, node, verdict.reason, judge)
    return ParseFailure(reason, 0, len(text))


def _explained(text: str, node: Node, why: str, judge: Judge) -> ParseFailure:
    match node:
        case Selector():
            return _of_selector(text, node, why, judge)
        case Call() | Aggregation():
            return _of_function(text, node, why, judge)
        case Binary():
            return _of_operator(node, why)
        case _:
            return ParseFailure(why, node.start, node.end)


def _of_selector(text: str, node: Selector, why: str, judge: Judge) -> ParseFailure:
    for matcher in node.matchers:
        verdict = judge(f"x{{{text[matcher.start : matcher.end]}}}")
        if isinstance(verdict, Rejection) and verdict.reason.startswith("illegal regex"):
            return ParseFailure("this regular expression does not compile", matcher.start, matcher.end, _RE2)
    for known, remedy in _OF_SELECTORS:
        if known in why:
            return ParseFailure(why, node.start, node.end, remedy)
    return ParseFailure(why, node.start, node.end)


def _of_function(text: str, node: Call | Aggregation, why: str, judge: Judge) -> ParseFailure:
    name = node.function if isinstance(node, Call) else node.operator
    place = node.start, node.start + len(name)
    if why.startswith("unknown function"):
        return ParseFailure(f'there is no function "{name}"', *place, _did_you_mean(name))
    if found := _WRONG_NUMBER.search(why):
        plural = "" if found[1].split()[-1] == "1" else "s"
        return ParseFailure(f'"{name}" takes {found[1]} argument{plural}, and is given {found[2]}', *place)
    if found := _WRONG_NUMBER_AGGREGATED.search(why):
        if found[1] == "1":
            return ParseFailure(f'"{name}" takes one expression', *place, f"write {name}(expression)")
        return ParseFailure(f'"{name}" takes a parameter first', *place, f"write {name}(parameter, expression)")
    if found := _WRONG_TYPE.search(why):
        arguments = children(node)
        # Where several have the type that was found, the last is the likelier culprit: parameters come last.
        wrong = [argument for argument in arguments if judge(text[argument.start : argument.end]) == found[3]]
        culprit = wrong[-1] if wrong else node
        message = f'"{name}" takes {_TYPES[found[1]]} here, and this is {_TYPES[found[3]]}'
        remedy = _other_type(text[culprit.start : culprit.end], culprit, found[3], found[1])
        return ParseFailure(message, culprit.start, culprit.end, remedy)
    return ParseFailure(why, node.start, node.end)


def _other_type(text: str, node: Node, found: str, expected: str) -> str | None:
    """How to make the expected type of what was found."""
    inner = without_parens(node)
    match found, expected:
        case "vector", "matrix" if isinstance(inner, Selector):
            return f"add a range: {text[inner.start - node.start : inner.head_end - node.start]}[5m]"
        case "vector", "matrix" if isinstance(inner, Aggregation):
            return f"aggregate what the function gives: {inner.operator}(rate(name[5m]))"
        case "vector", "matrix":
            return "add a range and a step, which make a subquery: (expression)[5m:1m]"
        case "matrix", "vector":
            return f"put a function over its time: rate({text})" if isinstance(node, Selector) else "drop the range"
        case "scalar", "vector":
            return f"write vector({text})"
        case "vector", "scalar":
            return f"write scalar({text}) if it is always one series"
        case _:
            return None


def _of_operator(node: Binary, why: str) -> ParseFailure:
    place = node.operator_start, node.operator_start + len(node.operator)
    if why.startswith("comparisons between scalars"):
        return ParseFailure(
            "comparing two numbers gives 0 or 1, which must be said", *place, f"write {node.operator} bool"
        )
    if _SET_OPERATOR.match(why):
        message = f'"{node.operator}" joins two vectors, and one side is a number'
        return ParseFailure(message, *place, "write vector(number)")
    if why.startswith("binary expression must contain only"):
        message = f'"{node.operator}" joins numbers and instant vectors, and one side is neither'
        return ParseFailure(message, *place, "put a function such as rate over a range vector")
    return ParseFailure(why, *place)


def _did_you_mean(name: str) -> str | None:
    near = difflib.get_close_matches(name.lower(), sorted(EVERYWHERE | NEWER.keys() | AGGREGATORS), n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else None
