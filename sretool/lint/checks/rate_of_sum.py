"""PQ204: a rate of what is no counter any more, or never was one: a sum of counters, a rate, a gauge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.gauges import is_gauge_by_name
from sretool.lint.rulefile import Rule
from sretool.promql.rewriting import RATES, rate_inside
from sretool.promql.tree import Aggregation, Call, Node, Selector, Subquery, walk, without_parens

_ADDS = ("sum", "avg")  # Of replicas that count the same, `max` is one counter still.
_RECORDED_RATE = re.compile(r"(?:^|[:_])i?(?:rate|increase)[0-9]+(?:ms|[smhdwy])")
_RATE_FIRST = "take the rate of each counter first, and add up what it gives"
_OF_GAUGES = {"rate": "deriv", "irate": "idelta", "increase": "delta"}


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    if rule.tree is None or rule.expr is None:
        return
    for node in walk(rule.tree):
        if isinstance(node, Call) and node.function in RATES and node.arguments:
            yield from _of_rate(rule, node, rule.expr.value, facts)


def _of_rate(rule: Rule, node: Call, text: str, facts: Facts) -> Iterator[Flaw]:
    argument = without_parens(node.arguments[0])
    if not isinstance(argument, Selector | Subquery) or argument.range is None:
        return
    inner = without_parens(argument.body) if isinstance(argument, Subquery) else argument
    if isinstance(inner, Selector):
        yield from _of_series(rule, node, inner, facts)
    elif why := _no_counter(inner):
        yield Flaw(rule.part(node), f"{node.function}() takes a counter, and {why}", _instead(text, node, inner))


def _of_series(rule: Rule, node: Call, series: Selector, facts: Facts) -> Iterator[Flaw]:
    name = series.name or ""
    takes = f"{node.function}() takes a counter"
    function = rule.span(node.start, node.start + len(node.function))
    recorded = facts.first_recorded(name, _records_no_counter) if ":" in name else None
    if recorded is not None and recorded.tree is not None and recorded.expr is not None:
        why = _no_counter(without_parens(recorded.tree))
        message = f"{takes}, and {name} is none: {why} (at {recorded.head.place})"
        chooses = bool(series.matchers)  # What they choose has other names in what is recorded from.
        remedy = _RATE_FIRST if chooses else _instead(recorded.expr.value, node, recorded.tree)
        yield Flaw(rule.part(node), message, remedy)
    elif ":" in name and _RECORDED_RATE.search(name):
        yield Flaw(function, f"{takes}, and {name} is a rate by its name", "write avg_over_time")
    elif is_gauge_by_name(name):
        message = f"{takes}, and {name} is a gauge by its name"
        yield Flaw(function, message, f"write {_OF_GAUGES[node.function]}", level="warning")


def _instead(text: str, rate: Call, inner: Node) -> str:
    """What to write instead of a rate of `inner`, which stands in `text`."""
    argument = without_parens(rate.arguments[0])
    assert isinstance(argument, Selector | Subquery), "a rate has a range"
    if argument.range is None or argument.offset is not None or argument.at is not None:
        return _RATE_FIRST
    rewritten = rate_inside(text, inner, function=rate.function, length="".join(argument.range.split()))
    return _RATE_FIRST if rewritten is None else f"write {rewritten}"


def _records_no_counter(rule: Rule) -> bool:
    return rule.tree is not None and bool(_no_counter(without_parens(rule.tree)))


def _no_counter(node: Node) -> str:
    """Why a result is none; empty where nothing says so."""
    match node:
        case Aggregation(operator="count"):
            return "count() says how many there are, which rises and falls"
        case Aggregation(operator=operator) if operator in _ADDS:
            return f"{operator}() hides the resets of what it adds up, which then look like jumps"
        case Call(function=function) if function in RATES:
            return f"{function}() gives a rate, which rises and falls"
        case _:
            return ""


CHECK = Check("PQ204", Rule, _find)
