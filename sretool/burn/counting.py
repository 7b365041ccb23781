"""The events of SLOs over spans, straight from their counters: nothing is extrapolated, estimated or recorded before.

An edge: it asks a server. Every answer is for the one instant that it is given; `growths` says how little it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sretool.burn.batching import Asking
from sretool.burn.cache import Days
from sretool.burn.counters import Counted, Counters, counted, counters
from sretool.burn.figures import Group
from sretool.burn.growths import Grown, growths
from sretool.burn.merging import ByGroup
from sretool.burn.spans import Part, Span, parts
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus

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
