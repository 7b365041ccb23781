"""What a pair of queries that others wrote means: counters that we count ourselves, or expressions to keep.

Foreign dialects give PromQL where we want selectors. `sum(rate(selector[w]))` says that a counter is counted and no
more, so the selector is taken and the range left: the rules put in their own. A histogram's count without one of its
buckets is a latency. Whatever else is written stays as it is written.

All texts have been parsed, with `$window` where a range may stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from sretool.model.sli import EventsSli, ExprSli, LatencySli, Sli
from sretool.promql.grammar import read
from sretool.promql.reading import SumRate, label_hint, sum_rate
from sretool.promql.selectors import selector_parts
from sretool.promql.tree import Aggregation, Binary, Matcher, Selector, without_parens

_HISTOGRAM_SUFFIXES = ("_count", "_bucket", "_sum")


@dataclass(frozen=True, slots=True)
class Shape:
    """An SLI, and the labels by which its queries are summed."""

    sli: Sli
    group_by: tuple[str, ...] = ()


def of_bad(bad: str, total: str) -> Shape | None:
    """What two queries of bad and all events say where both count counters and no more, else None."""
    every = _counted(total)
    if every is None:
        return None
    some = _counted(bad)
    if some is not None:
        return Shape(EventsSli("bad", some.selector, every.selector), every.labels) if _alike(some, every) else None
    difference = _difference(bad)
    if difference is None or not _same_counter(difference[0], every) or not _alike(difference[1], every):
        return None
    return Shape(of_good_counters(difference[1].selector, every.selector), every.labels)


def of_good(good: str, total: str) -> Shape | None:
    """The same for two queries of good and all events."""
    some, every = _counted(good), _counted(total)
    if some is None or every is None or not _alike(some, every):
        return None
    return Shape(of_good_counters(some.selector, every.selector), every.labels)


def of_good_counters(good: str, total: str) -> EventsSli | LatencySli:
    """Selectors of good and all events: a latency where they are a histogram's bucket and count, selected alike."""
    return _latency(_parts(good), _parts(total), total) or EventsSli("good", good, total)


def of_counters(side: Literal["bad", "good"], some: str, total: str) -> EventsSli | LatencySli:
    """The same for selectors of either side."""
    return of_good_counters(some, total) if side == "good" else EventsSli("bad", some, total)


def as_written(bad: str, total: str) -> Shape:
    """The two as they are. Where both are aggregated by the same labels, that is how the SLO is grouped."""
    groups = label_hint(total) or frozenset()
    return Shape(ExprSli(bad, total), tuple(sorted(groups)) if groups == label_hint(bad) else ())


def good_as_written(good: str, total: str) -> Shape:
    """The same for queries of good and all events. Good events that do not exist are an outage, not health."""
    groups = tuple(sorted(label_hint(total) or ())) if label_hint(good) == label_hint(total) else ()
    summed = f"sum by ({', '.join(groups)}) " if groups else "sum"
    every = f"{summed}({total})"
    return Shape(ExprSli(f"clamp_min({every} - ({summed}({good}) or 0 * {every}), 0)", total), groups)


def counter_of(query: str) -> str | None:
    """The selector of `selector` or `sum(selector)`, which read a counter without counting it; else None."""
    node = without_parens(read(query))
    if isinstance(node, Aggregation) and node.operator == "sum" and not node.labels and node.grouping != "without":
        node = without_parens(node.body)
    return query[node.start : node.end] if isinstance(node, Selector) and node.is_plain else None


def _counted(query: str) -> SumRate | None:
    """A sum of the rates of one counter that names its metric."""
    found = sum_rate(query)
    if found is None:
        return None
    parts = _parts(found.selector)
    is_named = parts.name is not None or any(matcher.label == "__name__" for matcher in parts.matchers)
    return found if is_named else None


def _parts(selector: str) -> Selector:
    parts = selector_parts(selector)
    assert parts is not None, f"a plain selector: {selector}"
    return parts


def _difference(query: str) -> tuple[SumRate, SumRate] | None:
    node = without_parens(read(query))
    if not isinstance(node, Binary) or node.operator != "-" or node.matching is not None:
        return None
    left, right = (_counted(query[side.start : side.end]) for side in (node.left, node.right))
    return None if left is None or right is None else (left, right)


def _alike(one: SumRate, other: SumRate) -> bool:
    return (one.function, one.range, sorted(one.labels)) == (other.function, other.range, sorted(other.labels))


def _same_counter(one: SumRate, other: SumRate) -> bool:
    first, second = _parts(one.selector), _parts(other.selector)
    same = first.name == second.name and _meaning(first.matchers) == _meaning(second.matchers)
    return same and _alike(one, other)


def _latency(bucket: Selector, count: Selector, written: str) -> LatencySli | None:
    name = (count.name or "").removesuffix("_count")
    if count.name != f"{name}_count" or bucket.name != f"{name}_bucket" or name.endswith(_HISTOGRAM_SUFFIXES):
        return None
    bounds = [matcher for matcher in bucket.matchers if matcher.label == "le"]
    others = [matcher for matcher in bucket.matchers if matcher.label != "le"]
    if len(bounds) != 1 or _meaning(others) != _meaning(count.matchers) or not written.startswith(count.name):
        return None
    threshold = _threshold(bounds[0])
    return None if threshold is None else LatencySli(name + written[len(count.name) :], threshold)


def _meaning(matchers: list[Matcher] | tuple[Matcher, ...]) -> set[tuple[str, str, str]]:
    return {(matcher.label, matcher.operator, matcher.value) for matcher in matchers}


def _threshold(bound: Matcher) -> Decimal | None:
    try:
        threshold = Decimal(bound.value)
    except InvalidOperation:
        return None
    return threshold if bound.operator == "=" and threshold.is_finite() and threshold > 0 else None
