"""Figures straight from counters, so that an SLO can be judged before any rule of it is anywhere.

Periods are counted for every SLO that has counters, windows only where no rules record them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal

from sretool.burn.births import first_seen
from sretool.burn.cache import Days
from sretool.burn.counters import counters
from sretool.burn.counting import Count, Counting, count
from sretool.burn.evaluate import budget_spent
from sretool.burn.figures import WINDOWS, AllFigures, ByGroup, Figures, Group, NoData, PeriodFigures
from sretool.burn.spans import Span, excluded_spans, period_seconds, period_span, window_span
from sretool.model.duration import HOUR, Duration
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus
from sretool.rules.periods import tile
from sretool.rules.timing import Timing

_STALE = f"its counters have had no sample for {WINDOWS[0]}"
_TILES_TO_COMPARE = 4  # Recorded series may lack one of those that a period is made of.
_A_POINT = Decimal("0.01")
_YOUNGER_RULES = Decimal("0.005")  # Of a period.
_NOTHING_COUNTED = NoData("its counters have no data")
_NO_COUNTERS = NoData("its kind has no counters: it is known where its rules are loaded, unless by --source counted")


def period_of(slo: Slo, at: float, timing: Timing) -> Span:
    """The period so far, at the pace of the rules: in a demonstration a month is as long as thirty of its days."""
    if timing.scale == 1:
        return period_span(slo.period, at)
    return window_span(timing.scaled(slo.period.length), at)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One instant, at the pace of the rules, and the SLOs whose windows are counted, too."""

    at: float
    timing: Timing
    with_windows: Set[str]

    def spans(self, slo: Slo) -> list[Span]:
        counted = [self.period(slo)]
        if slo.full_name in self.with_windows:
            counted += self.windows().values()
        return [span for whole in counted for span in (whole, *excluded_spans(slo.exclusions, whole))]

    def period(self, slo: Slo) -> Span:
        return period_of(slo, self.at, self.timing)

    def looked_back(self, slo: Slo) -> Span:
        """The period, and windows that began before it, as they do before a month that is young."""
        longest = self.windows()[WINDOWS[-1]]
        period = self.period(slo)
        return min(period, longest) if slo.full_name in self.with_windows else period

    def period_seconds(self, slo: Slo) -> int:
        """Of the whole period, also of a month that is not over."""
        return period_seconds(slo.period, self.at) if self.timing.scale == 1 else self.period(slo).seconds

    def windows(self) -> dict[Duration, Span]:
        return {window: window_span(self.timing.scaled(window), self.at) for window in WINDOWS}

    @property
    def step_seconds(self) -> int:
        return max(1, math.floor(self.timing.scaled(HOUR).seconds))


def count_figures(
    server: Prometheus,
    slos: Sequence[Slo],
    recorded: Mapping[str, ByGroup],
    *,
    at: float,
    timing: Timing,
    with_windows: Set[str],
    cache: Days | None,
) -> AllFigures:
    """The recorded figures with all that can be counted in their place. Raises NoAnswer.

    Of the SLOs in `with_windows`, by full name, nothing recorded is taken: neither windows nor, without counters, the
    period.
    """
    asked = _Asked(at, timing, with_windows)
    counting = count(server, slos, asked.spans, at=at, cache=cache)
    seen = first_seen(server, slos, asked.looked_back, at=at, step_seconds=asked.step_seconds)
    by_slo = {
        slo.full_name: _figures(slo, recorded[slo.full_name], counting, seen.get(slo.full_name, {}), asked)
        for slo in slos
    }
    return AllFigures(by_slo, counting.warnings, counting.notes)


def count_span(
    server: Prometheus, slos: Sequence[Slo], span: Span, *, at: float, cache: Days | None
) -> tuple[dict[tuple[str, Group], Count], tuple[str, ...]]:
    """The events of a span that ends by `at`, net of what is excluded, by full name and group; and what was warned of.

    Of an SLO that has no counters there is nothing. Raises NoAnswer.
    """
    counting = count(server, slos, lambda slo: (span, *excluded_spans(slo.exclusions, span)), at=at, cache=cache)
    found: dict[tuple[str, Group], Count] = {}
    for slo in slos:
        counts = counting.by_slo.get(slo.full_name, {})
        for group, gross in counts.get(span, {}).items():
            of_group = {part: by_group.get(group) for part, by_group in counts.items()}
            known = gross
            if gross.bad is not None:
                known = Count(*_net(slo, of_group, span, bad=gross.bad, every=gross.all), gross.words)
            found[slo.full_name, group] = known
    return found, (*counting.warnings, *counting.notes)


def _figures(
    slo: Slo, recorded: ByGroup, counting: Counting, seen: Mapping[Group, Decimal], asked: _Asked
) -> dict[Group, Figures]:
    takes_recorded = slo.full_name not in asked.with_windows
    if counters(slo) is None:
        if takes_recorded:
            return dict(recorded)
        nothing = Figures(dict.fromkeys(WINDOWS, _NO_COUNTERS), "counted", _NO_COUNTERS)
        return dict.fromkeys(slo.groups or ((),), nothing)
    counts = counting.by_slo.get(slo.full_name, {})
    groups = {group for by_group in counts.values() for group in by_group}
    if takes_recorded:
        groups |= {group for group in recorded if group or not slo.group_by}
    found: dict[Group, Figures] = {}
    for group in sorted(groups) or [()]:
        of_group = {span: by_group.get(group) for span, by_group in counts.items()}
        period = _period(slo, of_group, seen.get(group), asked)
        words = _words(of_group.get(asked.period(slo)))
        if takes_recorded and group in recorded:
            notes = _differ(slo, recorded[group].period, period, asked)
            known = _windows_of_a_newborn(recorded[group], period, seen.get(group), asked, slo)
            found[group] = _with_period(known, period, doubts=words, notes=notes)
        else:
            windows = _windows(slo, of_group, asked)
            is_current = windows[WINDOWS[0]] != _NOTHING_COUNTED
            doubts = words if is_current else (*words, _STALE)
            coverages = _coverages(seen.get(group), asked)
            found[group] = Figures(
                windows, "counted", period, is_current=is_current, doubts=doubts, coverages=coverages
            )
    return found


def _windows_of_a_newborn(
    recorded: Figures, period: PeriodFigures | NoData, since: Decimal | None, asked: _Asked, slo: Slo
) -> Figures:
    """Of who is younger than the shortest window, each holds all that there was, and that is counted.

    What is recorded is of the last evaluation, and a counter that had but one sample by then has not grown: the first
    error ratio of a service that fails may be 0.
    """
    was_born = since is not None and since - asked.step_seconds > asked.period(slo).start
    if since is None or not was_born or since < asked.windows()[WINDOWS[0]].start or isinstance(period, NoData):
        return recorded
    return replace(recorded, windows=dict.fromkeys(WINDOWS, period.error_ratio), coverages=_coverages(since, asked))


def _with_period(
    recorded: Figures, period: PeriodFigures | NoData, *, doubts: Iterable[str], notes: Iterable[str]
) -> Figures:
    return replace(recorded, period=period, doubts=(*recorded.doubts, *doubts), notes=(*recorded.notes, *notes))


def _period(
    slo: Slo, counts: Mapping[Span, Count | None], seen: Decimal | None, asked: _Asked
) -> PeriodFigures | NoData:
    span = asked.period(slo)
    gross = counts.get(span)
    if gross is None:
        return _NOTHING_COUNTED
    if gross.bad is None:
        return NoData("; ".join(gross.words))
    coverage = _coverage(span, seen, asked, slo)
    bad, every = _net(slo, counts, span, bad=gross.bad, every=gross.all)
    return _figures_of(bad, every, coverage, (gross.bad, gross.all) if slo.exclusions else None)


def _net(
    slo: Slo, counts: Mapping[Span, Count | None], span: Span, *, bad: Decimal, every: Decimal
) -> tuple[Decimal, Decimal]:
    """Bad and all events of a span, less those of the time in it that does not count."""
    excluded = [one for part in excluded_spans(slo.exclusions, span) if (one := counts.get(part)) is not None]
    bad -= sum((one.bad or Decimal(0) for one in excluded), Decimal(0))
    every -= sum((one.all for one in excluded), Decimal(0))
    return max(bad, Decimal(0)), max(every, Decimal(0))


def _figures_of(
    bad: Decimal, every: Decimal, coverage: Decimal, gross: tuple[Decimal, Decimal] | None
) -> PeriodFigures | NoData:
    return PeriodFigures(bad, every, coverage, "counted", gross) if every else NoData("no events in the period")


def _coverage(span: Span, since: Decimal | None, asked: _Asked, slo: Slo) -> Decimal:
    """How much of the period has been seen."""
    return Decimal(_seen_seconds(span, since)) / asked.period_seconds(slo)


def _seen_seconds(span: Span, since: Decimal | None) -> int:
    """Of what nobody knows since when, as little as there may be."""
    start = span.end if since is None else max(math.ceil(since), span.start)
    return max(1, span.end - start)


def _coverages(since: Decimal | None, asked: _Asked) -> dict[Duration, Decimal]:
    return {window: Decimal(_seen_seconds(span, since)) / span.seconds for window, span in asked.windows().items()}


def _windows(slo: Slo, counts: Mapping[Span, Count | None], asked: _Asked) -> dict[Duration, Decimal | NoData]:
    return {window: _ratio(slo, counts, span) for window, span in asked.windows().items()}


def _ratio(slo: Slo, counts: Mapping[Span, Count | None], span: Span) -> Decimal | NoData:
    one = counts.get(span)
    if one is None:
        return _NOTHING_COUNTED
    if one.bad is None:
        return NoData("; ".join(one.words))
    bad, every = _net(slo, counts, span, bad=one.bad, every=one.all)
    return bad / every if every else NoData("no events")


def _words(one: Count | None) -> tuple[str, ...]:
    return () if one is None or one.bad is None else one.words


def _differ(
    slo: Slo, recorded: PeriodFigures | NoData, counted: PeriodFigures | NoData, asked: _Asked
) -> Iterable[str]:
    """Where the two sources are more than a point of budget apart, whoever relies on either has to know.

    Not of who has been seen for so little that being behind explains it.
    """
    one, other = budget_spent(slo, recorded), budget_spent(slo, counted)
    if isinstance(one, NoData) or isinstance(other, NoData) or abs(one - other) <= _A_POINT:
        return
    seen_seconds = counted.coverage * asked.period_seconds(slo) if isinstance(counted, PeriodFigures) else 0
    if seen_seconds < _TILES_TO_COMPARE * asked.timing.scaled(tile(slo.period)).seconds:
        return
    said = f"recorded series, up to {tile(slo.period).readable} behind, say {one * 100:.1f}% of the budget is spent"
    yield f"{said}, counters {other * 100:.1f}%: {why_apart(slo, recorded, counted)}"


def why_apart(slo: Slo, recorded: PeriodFigures | NoData, counted: PeriodFigures | NoData) -> str:
    """That one has seen more of the period than the other, if that is most of it; else who looks for the cause."""
    looked_for = "sretool slo explain --live names the cause"
    if isinstance(recorded, NoData) or isinstance(counted, NoData):
        return looked_for
    if recorded.coverage < counted.coverage - _YOUNGER_RULES:  # There the remedy is told, too.
        return looked_for
    told, alike = (budget_spent(slo, one) for one in (recorded, replace(recorded, coverage=counted.coverage)))
    other = budget_spent(slo, counted)
    if isinstance(told, NoData) or isinstance(alike, NoData) or isinstance(other, NoData):
        return looked_for
    if abs(alike - other) * 2 > abs(told - other):
        return looked_for
    seen, by_counters = recorded.coverage * 100, counted.coverage * 100
    return f"mostly since recorded series have seen {seen:.2f}% of the period, counters {by_counters:.2f}%"
