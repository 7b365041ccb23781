"""PQ204: a rate of what is no counter any more: a sum of counters, or a rate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import Aggregation, Call, Node, Selector, Subquery, walk, without_parens

_RATES = ("rate", "irate", "increase")
_ADDS = ("sum", "avg", "count")  # Of replicas that count the same, `max` is one counter still.
_RECORDED_RATE = re.compile(r"(?:^|[:_])i?(?:rate|increase)[0-9]+(?:ms|[smhdwy])")


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    if rule.tree is None:
        return
    for node in walk(rule.tree):
        if isinstance(node, Call) and node.function in _RATES and node.arguments:
            why = _no_counter(node.arguments[0], facts)
            if why:
                message = f"{node.function}() takes a counter, and {why}"
                remedy = "take the rate of each counter first, then sum: sum(rate(x_total[5m]))"
                yield Flaw(rule.part(node), message, remedy)


def _no_counter(node: Node, facts: Facts) -> str:
    """Why an argument is none; empty where nothing says so."""
    node = without_parens(node)
    match node:
        case Subquery(body=body):
            inner = without_parens(body)
            what = _result(inner)
            return what or (_of_recorded(inner.name, facts) if isinstance(inner, Selector) else "")
        case Selector(name=name):
            return _of_recorded(name, facts)
        case _:
            return ""


def _of_recorded(name: str | None, facts: Facts) -> str:
    if name is None or ":" not in name:
        return ""
    rule = facts.first_recorded(name, _records_no_counter)
    if rule is not None:
        return f"{name} is none: {_of_rule(rule)} (at {rule.head.place})"
    return f"{name} is a rate by its name" if _RECORDED_RATE.search(name) else ""


def _records_no_counter(rule: Rule) -> bool:
    return bool(_of_rule(rule))


def _of_rule(rule: Rule) -> str:
    return "" if rule.tree is None else _result(without_parens(rule.tree))


def _result(node: Node) -> str:
    match node:
        case Aggregation(operator=operator) if operator in _ADDS:
            return f"{operator}() hides the resets of what it adds up, which then look like jumps"
        case Call(function=function) if function in _RATES:
            return f"{function}() gives a rate, which rises and falls"
        case _:
            return ""


CHECK = Check("PQ204", Rule, _find)
