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
from sretool.promql.rewriting import RATES, matched, ranged, rate_inside
from sretool.promql.tree import (
    SET_OPERATORS,
    Aggregation,
    Binary,
    Call,
    Node,
    Selector,
    Subquery,
    children,
    walk,
    without_parens,
)
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
_GROUP: Final = ("no grouping allowed", "label '")
_SET_OPERATOR: Final = re.compile(r"set operator '\w+' not allowed")


def located(text: str, reason: str, judge: Judge) -> ParseFailure:
    """`reason` is why `text` was rejected as a whole."""
    try:
        root = read(text)
    except PromqlSyntaxError as error:
        return _range_outside(text, error.failure) or error.failure
    if len(text) > _LOCATED_MAX:
        return ParseFailure(reason, 0, len(text))
    for node in reversed(list(walk(root))):
        verdict = judge(text[node.start : node.end])
        if isinstance(verdict, Rejection):
            return _explained(text, node, verdict.reason, judge)
    return ParseFailure(reason, 0, len(text))


def _range_outside(text: str, failure: ParseFailure) -> ParseFailure | None:
    """`rate(sum(x)[5m])`, where the range is the mistake and the sum would be the next."""
    if text[failure.start : failure.start + 1] != "[" or len(text) > _LOCATED_MAX:
        return None
    end = failure.end - 1
    try:
        root = read(f"{text[:end]}:{text[end:]}")
    except PromqlSyntaxError:
        return None
    for node in walk(root):
        inner = without_parens(node.arguments[0]) if isinstance(node, Call) and node.arguments else None
        if isinstance(node, Call) and node.function in RATES and isinstance(inner, Subquery) and inner.end == end + 2:
            return _rate_outside(text, node, inner.body, length=inner.range, end=node.end - 1)
    return None


def _rate_outside(text: str, node: Call, body: Node, *, length: str, end: int) -> ParseFailure | None:
    """A rate of an aggregation, which has to be inside of it."""
    rewritten = rate_inside(text, body, function=node.function, length=length)
    if rewritten is None:
        return None
    of = without_parens(body)
    what = f"what {of.operator}() gives is none" if isinstance(of, Aggregation) else "this is none"
    return ParseFailure(
        f'"{node.function}" takes the range of a counter, and {what}', node.start, end, f"write {rewritten}"
    )


def _explained(text: str, node: Node, why: str, judge: Judge) -> ParseFailure:
    match node:
        case Selector():
            return _of_selector(text, node, why, judge)
        case Call() | Aggregation():
            return _of_function(text, node, why, judge)
        case Binary():
            return _of_operator(text, node, why)
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
        if isinstance(node, Call) and node.function in RATES and found[1] == "matrix":
            outside = _rate_outside(text, node, culprit, length="5m", end=node.end)
            if outside is not None and isinstance(without_parens(culprit), Aggregation):
                return outside
        message = f'"{name}" takes {_TYPES[found[1]]} here, and this is {_TYPES[found[3]]}'
        remedy = _other_type(text, culprit, found[3], found[1])
        return ParseFailure(message, culprit.start, culprit.end, remedy)
    return ParseFailure(why, node.start, node.end)


def _other_type(text: str, node: Node, found: str, expected: str) -> str | None:
    """How to make the expected type of what was found."""
    inner = without_parens(node)
    written = text[node.start : node.end]
    match found, expected:
        case "vector", "matrix" if isinstance(inner, Selector):
            return f"write {ranged(text, inner, '5m')}"
        case "vector", "matrix":
            return f"write ({written})[5m:1m], which is a subquery"
        case "matrix", "vector":
            return f"write rate({written})"
        case "scalar", "vector":
            return f"write vector({written})"
        case "vector", "scalar":
            return f"write scalar({written}) if it is always one series"
        case _:
            return None


def _of_operator(text: str, node: Binary, why: str) -> ParseFailure:
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
    if node.group is not None and why.startswith(_GROUP):
        # In the group of a set operator nothing may stand, in that of others no label that is matched on.
        is_set = node.operator in SET_OPERATORS
        rest = tuple(label for label in node.group_labels if label not in node.matching_labels)
        rewritten = matched(node, group=None if is_set else node.group, group_labels=() if is_set else rest)
        end = node.operator_start + len(text[node.operator_start : node.right.start].rstrip())
        return ParseFailure(_of_group(node), node.operator_start, end, f"write {rewritten}")
    return ParseFailure(why, *place)


def _of_group(node: Binary) -> str:
    if node.operator in SET_OPERATORS:
        return f'"{node.operator}" matches any number with any number, and takes no {node.group}'
    twice = [label for label in node.group_labels if label in node.matching_labels]
    return f"{', '.join(twice)} is matched on, so that both sides have it, and {node.group} cannot bring it"


def _did_you_mean(name: str) -> str | None:
    near = difflib.get_close_matches(name.lower(), sorted(EVERYWHERE | NEWER.keys() | AGGREGATORS), n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else None
