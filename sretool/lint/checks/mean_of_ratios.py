"""SL107: a mean or sum over a recorded ratio that is NaN while there is no traffic; one NaN makes all of it NaN."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import COMPARISONS, Aggregation, Binary, Call, Node, Selector, Subquery, walk, without_parens

_OVER_TIME = ("avg_over_time", "sum_over_time", "stddev_over_time", "stdvar_over_time")
_OVER_SERIES = ("avg", "sum", "stddev", "stdvar")
_RATES = ("rate", "irate", "increase")


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    if rule.tree is None:
        return
    for node in walk(rule.tree):
        series = _averaged(node)
        ratio = None if series is None else facts.first_recorded(series.name or "", _can_be_nan)
        if series is not None and ratio is not None:
            where = f"{series.name} (at {ratio.head.place})"
            message = f"{where} is NaN while nothing happens, and one NaN makes all of this NaN"
            remedy = "record what is divided and divide the sums; or divide by (...) > 0, and count what is left out"
            yield Flaw(rule.part(series), message, remedy)


def _averaged(node: Node) -> Selector | None:
    """The series that a function or an aggregation adds up."""
    match node:
        case Call(function=function, arguments=(inner,)) if function in _OVER_TIME:
            inner = without_parens(inner)
            inner = without_parens(inner.body) if isinstance(inner, Subquery) else inner
        case Aggregation(operator=operator, body=inner) if operator in _OVER_SERIES:
            inner = without_parens(inner)
        case _:
            return None
    return inner if isinstance(inner, Selector) else None


def _can_be_nan(rule: Rule) -> bool:
    """Whether it divides by a rate, and nothing in it keeps 0 / 0 out."""
    divides = False
    for node in walk(rule.tree) if rule.tree is not None else ():
        match node:
            case Binary(operator=operator, returns_bool=False) if operator in COMPARISONS:
                return False
            case Call(function="clamp_min" | "clamp"):
                return False
            case Binary(operator="/", right=right) if _has_rate(right):
                divides = True
            case _:
                pass
    return divides


def _has_rate(node: Node) -> bool:
    return any(isinstance(each, Call) and each.function in _RATES for each in walk(node))


CHECK = Check("SL107", Rule, _find)
