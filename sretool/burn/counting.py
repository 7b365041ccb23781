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
    """The Unix time since when an SLO's events are counted within its period, by full name and group, to the step.

    A period that was counted from its start on has the first whole step in it. Raises NoAnswer.
    """
    asked = {slo.full_name: (counted(which)[0], period_of(slo)) for slo in slos if (which := counters(slo)) is not None}
    asking = Asking(server, at)
    # To find the first of all samples is to read all: most SLOs are older than their period, which one look tells.
    old = _seen_at_first(asking, {pair for pair in asked.values() if not pair[0].group_by}, step_seconds)
    young = _searched(asking, {pair for pair in asked.values() if pair not in old}, step_seconds)
    return {name: dict(old.get(pair) or young[pair]) for name, pair in asked.items()}


def _seen_at_first(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> dict[_Asked, ByGroup]:
    """Those that were there when the first step of their period was over."""
    by_span = _by_span(asked)
    ago_ms = {span: round(asking.at * 1000) - (span.start + step_seconds) * 1000 for span in by_span}
    questions = [Question(partial(series_with_level, ago_ms=ago_ms[span]), some) for span, some in by_span.items()]
    return {
        (one, span): dict.fromkeys(known, Decimal(span.start + step_seconds))
        for span, answers in zip(by_span, instantly(asking, questions), strict=True)
        for one, known in answers.items()
        if known
    }


def _searched(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> dict[_Asked, ByGroup]:
    by_span = _by_span(asked)
    questions = [
        Question(partial(first_seen_expression, seconds=span.seconds, step_seconds=step_seconds), some)
        for span, some in by_span.items()
    ]
    answers = zip(by_span, instantly(asking, questions), strict=True)
    return {(one, span): known for span, by_counter in answers for one, known in by_counter.items()}


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
