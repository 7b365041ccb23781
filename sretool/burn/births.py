"""Since when the events of SLOs are counted: what was not seen yet must not count as seen, however young it is.

An edge: it asks a server. It looks at each hour of the period first, then closer at whatever is young, group by group.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Final

from sretool.burn.batching import Asking
from sretool.burn.counters import Counted, counted, counters, series_with_level
from sretool.burn.counters import first_seen as first_seen_expression
from sretool.burn.figures import Group
from sretool.burn.merging import ByGroup, Question, instantly
from sretool.burn.spans import Span
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus

_Asked = tuple[Counted, Span]
_Since = Mapping[_Asked, ByGroup]
# What is younger than so many steps is looked at with steps of a sixtieth, so that the rest is off by 2% at most.
_YOUNG_STEPS: Final = 48
_FINER: Final = (1, 60, 3_600)


def first_seen(
    server: Prometheus, slos: Sequence[Slo], period_of: Callable[[Slo], Span], *, at: float, step_seconds: int
) -> dict[str, dict[Group, Decimal]]:
    """The Unix time since when an SLO's events are counted within its period, by full name and group.

    It is never before the first sample, but for what was there when the first step of the period was over, which has
    been there from its start. It may be too late by a step; of what is younger than two days, by a sixtieth of one; and
    by a second at most while that is 48 minutes. A group that is younger than that is not there. Raises NoAnswer.
    """
    asked = {slo.full_name: (counted(which)[0], period_of(slo)) for slo in slos if (which := counters(slo)) is not None}
    asking = Asking(server, at)
    # To find the first of all samples is to read all: most SLOs are older than their period, which one look tells.
    old = _seen_at_first(asking, {pair for pair in asked.values() if not pair[0].group_by}, step_seconds)
    young = _searched(asking, {pair for pair in asked.values() if pair not in old}, step_seconds)
    steps = [max(1, step_seconds // finer) for finer in _FINER]
    for step, finer in pairwise(dict.fromkeys(steps)):
        young = _looked_at_closely(asking, young, step, finer)
    known = {**old, **young}
    return {name: dict(known[pair]) for name, pair in asked.items()}


def _seen_at_first(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> _Since:
    """Those that were there when the first step of their period was over."""
    by_span = _by_span(asked)
    ago_ms = {span: round(asking.at * 1000) - (span.start + step_seconds) * 1000 for span in by_span}
    begun = {span: some for span, some in by_span.items() if ago_ms[span] >= 0}
    questions = [Question(partial(series_with_level, ago_ms=ago_ms[span]), some) for span, some in begun.items()]
    return {
        (one, span): dict.fromkeys(known, Decimal(span.start))
        for span, answers in zip(begun, instantly(asking, questions), strict=True)
        for one, known in answers.items()
        if known
    }


def _searched(asking: Asking, asked: Iterable[_Asked], step_seconds: int) -> _Since:
    found = _since(asking, {pair: pair[1].seconds for pair in asked}, step_seconds)
    return {
        pair: {group: _from_the_start(since, pair[1], step_seconds) for group, since in by_group.items()}
        for pair, by_group in found.items()
    }


def _from_the_start(since: Decimal, period: Span, step_seconds: int) -> Decimal:
    return Decimal(period.start) if since - step_seconds <= period.start else since


def _looked_at_closely(asking: Asking, known: _Since, step: int, finer: int) -> _Since:
    """With finer steps at groups that are young, and at all of the last step, in which others may have been born."""
    reach = _YOUNG_STEPS * step
    seconds_of: dict[_Asked, int] = {}
    for pair, by_group in known.items():
        ages = [asking.at - float(since) for since in by_group.values()]
        young = [age for age in ages if age <= reach]
        if young or not ages or pair[0].group_by:
            seconds_of[pair] = math.ceil(max(young, default=0)) + step
    closely = _since(asking, seconds_of, finer)
    return {pair: _closer(by_group, closely.get(pair, {}), asking.at - reach) for pair, by_group in known.items()}


def _closer(known: ByGroup, closely: ByGroup, young_after: float) -> ByGroup:
    """What began longer ago was not looked at to its beginning."""
    return {**known, **{group: since for group, since in closely.items() if known.get(group, since) >= young_after}}


def _since(asking: Asking, seconds_of: Mapping[_Asked, int], step_seconds: int) -> _Since:
    """The first of even steps by which something was seen, within the last seconds."""
    by_seconds: dict[int, dict[Span, list[Counted]]] = defaultdict(lambda: defaultdict(list))
    for (one, span), seconds in seconds_of.items():
        by_seconds[seconds][span].append(one)
    places = [(seconds, span, some) for seconds, by_span in by_seconds.items() for span, some in by_span.items()]
    questions = [
        Question(partial(first_seen_expression, seconds=seconds, step_seconds=step_seconds), tuple(some))
        for seconds, _, some in places
    ]
    return {
        (one, span): known
        for (_, span, _), answers in zip(places, instantly(asking, questions), strict=True)
        for one, known in answers.items()
    }


def _by_span(asked: Iterable[_Asked]) -> dict[Span, tuple[Counted, ...]]:
    """In an order that is always the same."""
    found: dict[Span, list[Counted]] = defaultdict(list)
    for one, span in sorted(asked, key=lambda pair: (pair[1], pair[0].text)):
        found[span].append(one)
    return {span: tuple(some) for span, some in found.items()}
