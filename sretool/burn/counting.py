"""The events of SLOs over spans, straight from their counters: nothing is extrapolated, estimated or recorded before.

An edge: it asks a server. Every answer is for the one instant that it is given; `growths` says how little it reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sretool.burn.batching import Asking
from sretool.burn.cache import Days
from sretool.burn.counters import Counted, Counters, counted, counters, series_with_level
from sretool.burn.counters import first_seen as first_seen_expression
from sretool.burn.figures import Group
from sretool.burn.growths import Grown, growths
from sretool.burn.merging import ByGroup, Question, instantly
from sretool.burn.spans import Part, Span, parts
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus

_Asked = tuple[Counted, Span]
SpansOf = Callable[[Slo], Iterable[Span]]
_NONE = Decimal(0)
_YOUNG_STEPS = 48


@dataclass(frozen=True, slots=True)
class Count:
    """Events of a span. `bad` is None where it is not known; `words` then say why, and what else is wrong."""

    bad: Decimal | None
    all: Decimal
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counting:
    """By SLO's full name and span, the groups that have data; of an SLO that has no counters, nothing.

    With `warnings` the server says that its answers are not whole; with `notes` we say what else is to be known.
    """

    by_slo: Mapping[str, Mapping[Span, Mapping[Group, Count]]]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def count(
    server: Prometheus, slos: Sequence[Slo], spans_of: SpansOf, *, at: float, cache: Days | None = None
) -> Counting:
    """The events of each SLO over each of its spans, as of `at`, a Unix time that no span ends after.

    Without a cache every day is counted anew. Raises NoAnswer.
    """
    asked = [(slo, which, tuple(spans_of(slo))) for slo in slos if (which := counters(slo)) is not None]
    parts_of: dict[tuple[Span, ...], frozenset[Part]] = {}  # Hundreds of SLOs have the same few spans.
    wanted: dict[Counted, frozenset[Part]] = {}
    for _, which, spans in asked:
        if spans not in parts_of:
            parts_of[spans] = frozenset(part for span in spans for part in parts(span, at))
        for one in counted(which):
            known = wanted.get(one)
            wanted[one] = parts_of[spans] if known is None else known | parts_of[spans]
    asking = Asking(server, at)
    grown = growths(asking, wanted, cache=cache)
    by_slo = {slo.full_name: {span: _counts(which, span, grown, at) for span in spans} for slo, which, spans in asked}
    troubles = (cache.trouble,) if cache is not None and cache.trouble else ()
    return Counting(by_slo, tuple(dict.fromkeys(asking.warnings)), troubles)


def first_seen(
    server: Prometheus, slos: Sequence[Slo], period_of: Callable[[Slo], Span], *, at: float, step_seconds: int
) -> dict[str, dict[Group, Decimal]]:
    """The Unix time since when an SLO's events are counted within its period, by full name and group.

    It may be too early by a step; of what is younger than two days, by a sixtieth of one. Raises NoAnswer.
    """
    asked = {slo.full_name: (counted(which)[0], period_of(slo)) for slo in slos if (which := counters(slo)) is not None}
    asking = Asking(server, at)
    # To find the first of all samples is to read all: most SLOs are older than their period, which one look tells.
    old = _seen_at_first(asking, {pair for pair in asked.values() if not pair[0].group_by}, step_seconds)
    young = _searched(asking, {pair for pair in asked.values() if pair not in old}, step_seconds)
    known = old | young | _looked_at_closely(asking, young, step_seconds)
    return {name: dict(known[pair]) for name, pair in asked.items()}


def _seen_at_first(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> dict[_Asked, ByGroup]:
    """Those that were there when the first step of their period was over."""
    by_span = _by_span(asked)
    ago_ms = {span: round(asking.at * 1000) - (span.start + step_seconds) * 1000 for span in by_span}
    questions = [Question(partial(series_with_level, ago_ms=ago_ms[span]), some) for span, some in by_span.items()]
    return {
        (one, span): dict.fromkeys(known, Decimal(span.start))
        for span, answers in zip(by_span, instantly(asking, questions), strict=True)
        for one, known in answers.items()
        if known
    }


def _searched(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> dict[_Asked, ByGroup]:
    return _since(asking, {pair: pair[1].seconds for pair in asked}, step_seconds)


def _looked_at_closely(asking: Asking, young: Mapping[_Asked, ByGroup], step_seconds: int) -> dict[_Asked, ByGroup]:
    """Of an hour too much, a service that was born minutes ago would have spent an hour's budget."""
    ages = {
        pair: asking.at - float(min(known.values(), default=asking.at - step_seconds)) for pair, known in young.items()
    }
    closely = {pair: max(1, round(age)) for pair, age in ages.items() if age <= _YOUNG_STEPS * step_seconds}
    found = _since(asking, closely, max(1, step_seconds // 60))
    return {pair: known for pair, known in found.items() if known}


def _since(asking: Asking, seconds_of: Mapping[_Asked, int], step_seconds: int) -> dict[_Asked, ByGroup]:
    """By a look at each step of the last seconds: what is first seen at one may have begun after the one before."""
    by_seconds: dict[int, dict[Span, list[Counted]]] = defaultdict(lambda: defaultdict(list))
    for (one, span), seconds in seconds_of.items():
        by_seconds[seconds][span].append(one)
    places = [(seconds, span, some) for seconds, by_span in by_seconds.items() for span, some in by_span.items()]
    questions = [
        Question(partial(first_seen_expression, seconds=seconds, step_seconds=step_seconds), tuple(some))
        for seconds, _, some in places
    ]
    return {
        (one, span): {group: value - step_seconds for group, value in known.items()}
        for (_, span, _), answers in zip(places, instantly(asking, questions), strict=True)
        for one, known in answers.items()
    }


def _by_span(asked: Iterable[_Asked]) -> dict[Span, tuple[Counted, ...]]:
    """In an order that is always the same."""
    found: dict[Span, list[Counted]] = defaultdict(list)
    for one, span in sorted(asked, key=lambda pair: (pair[1], pair[0].text)):
        found[span].append(one)
    return {span: tuple(some) for span, some in found.items()}


def _counts(which: Counters, span: Span, grown: Grown, at: float) -> dict[Group, Count]:
    every, some = (_summed(grown, one, span, at) for one in counted(which))
    return {group: _count(which, every.get(group), some.get(group)) for group in sorted({*every, *some})}


def _summed(grown: Grown, one: Counted, span: Span, at: float) -> ByGroup:
    grown_in, pieces = grown[one], parts(span, at)
    if len(pieces) == 1:
        return grown_in[span]
    total: dict[Group, Decimal] = {}
    for part in pieces:
        for group, value in grown_in[part.span].items():
            total[group] = total.get(group, _NONE) + value
    return total


def _count(which: Counters, every: Decimal | None, some: Decimal | None) -> Count:
    """NaN and infinities are what a counter never has: of whatever they are part, nothing is known."""
    if every is None:
        return Count(None, _NONE, (f"{which.part} is counted, and {which.all} is not",))
    wrong = [f"{name} is {value}" for name, value in ((which.all, every), (which.part, some)) if _is_wrong(value)]
    if wrong:
        return Count(None, _NONE, tuple(wrong))
    if which.reads == "bad":
        return Count(some or _NONE, every)
    if some is None and which.reads == "within" and every:
        return Count(None, every, (f"{which.part} is not there: the histogram has no such bucket",))
    words = (f"{which.part} counts more than {which.all}",) if some is not None and _is_above(some, every) else ()
    return Count(max(every - (some or _NONE), _NONE), every, words)


def _is_wrong(value: Decimal | None) -> bool:
    return value is not None and not value.is_finite()


def _is_above(some: Decimal, every: Decimal) -> bool:
    """By more than what two scrapes, or two guesses of `increase`, may differ in."""
    return some > every * Decimal("1.01") + 1
