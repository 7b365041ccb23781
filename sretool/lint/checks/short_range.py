"""PQ205: a range that cannot hold the two samples that a rate needs."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.model.duration import Duration
from sretool.promql.tree import Call, Selector, walk, without_parens

_NEED_TWO = ("rate", "irate", "increase", "delta", "idelta", "deriv")


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    assert facts.scrape_interval is not None, "it is needed"
    if rule.tree is None or rule.expr is None:
        return
    text = rule.expr.value
    interval = facts.scrape_interval
    for node in walk(rule.tree):
        if not (isinstance(node, Call) and node.function in _NEED_TWO and node.arguments):
            continue
        counter = without_parens(node.arguments[0])
        if not isinstance(counter, Selector) or ":" in (counter.name or ""):
            continue  # What is recorded has the interval of its group, not that of scrapes.
        reach = _length(counter.range)
        if reach is not None and reach < interval * 2:
            how_often, outcome = (
                ("never", "there is no result") if reach < interval else ("seldom", "the result has gaps")
            )
            message = f"{counter.range} {how_often} holds two samples that are {interval} apart: {outcome}"
            remedy = f"write [{interval * 4}] or more, so that one scrape may fail"
            yield Flaw(rule.span(counter.head_end, text.index("]", counter.head_end) + 1), message, remedy)


def _length(text: str | None) -> Duration | None:
    """A range as a duration; None for a number of seconds, of which newer servers make one."""
    try:
        return None if text is None else Duration.parse("".join(text.split()))
    except ValueError:
        return None


CHECK = Check("PQ205", Rule, _find, needs=("scrape_interval",))
