"""Downloads the series of an SLO, each day once. An edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool.burn.backtest.days import DAY_SECONDS, Floats, Group, Kept
from sretool.burn.backtest.excluded import excluded
from sretool.burn.backtest.expressions import expressions
from sretool.model.slo import Slo
from sretool.prometheus.server import Prometheus
from sretool.rules.timing import FAST, TILE, Timing

STEP: Final = int(FAST.seconds)
_TILE_STEP: Final = int(TILE.seconds)
_SETTLED_SECONDS: Final = 600  # Before that, scrapes may still arrive that change what a day was.
_AT_ONCE: Final = 3  # Two keep a server's cores busy while a third answer is read.


class NoHistory(Exception):
    """The server has nothing of the SLO in the time asked about; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Bad and all events a second of one group, a value every half minute, NaN where the rules would record none."""

    bad: Floats
    all: Floats


@dataclass(frozen=True, slots=True)
class History:
    """From `start` on, a midnight of UTC. What is judged begins at the place `judged_from`; before it, windows fill."""

    start: int
    judged_from: int
    groups: Mapping[Group, Recorded]
    warnings: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """How many places there are."""
        return max(len(one.all) for one in self.groups.values())

    def at(self, place: int) -> int:
        """The Unix time of a place."""
        return self.start + place * STEP


@dataclass(frozen=True, slots=True)
class Wanted:
    """From when to when to judge, in Unix seconds, and how far windows look back before that."""

    first: int
    last: int
    look_back_seconds: int
    now: int

    @property
    def days(self) -> range:
        start = (self.first - self.look_back_seconds) // DAY_SECONDS * DAY_SECONDS
        return range(start, self.last + 1, DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Source:
    """Whom to ask, where to keep the answers, and whom to tell how many days have come, of how many."""

    server: Prometheus
    cache: Path
    came: Callable[[int, int], None]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """What to ask for, how often, and by which labels its series are told apart."""

    expr: str
    step: int
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """Whole series by group, joined from their days, and what the server warned of."""

    series: Mapping[Group, Floats]
    warnings: tuple[str, ...]


def download(source: Source, slo: Slo, timing: Timing, wanted: Wanted) -> History:
    """Raises NoAnswer, and NoHistory where there is no event in all of it."""
    asked = expressions(slo, timing)
    bad, every, seen = _asked(
        source,
        [
            _Question(asked.bad, STEP, slo.group_by),
            _Question(asked.all, STEP, slo.group_by),
            # It looks back on as long as it steps, and so misses nothing.
            _Question(asked.seen, _TILE_STEP, slo.group_by) if asked.seen else None,
        ],
        wanted,
    )
    assert bad is not None, "it is always asked for"
    assert every is not None, "it is always asked for"
    start = wanted.days.start
    first = math.ceil((wanted.first - start) / STEP)
    groups = {}
    for group, values in sorted(every.series.items()):
        counts = ~excluded(slo.exclusions, timing, start + np.arange(len(values)) * STEP)
        if seen is not None:
            counts &= _is_seen(seen.series.get(group), len(values))
        failed = bad.series.get(group, np.full(len(values), np.nan))
        groups[group] = Recorded(np.where(counts, failed, np.nan), np.where(counts, values, np.nan))
    if not any(np.isfinite(one.all[first:]).any() for one in groups.values()):
        raise NoHistory(f"the server has nothing of {slo.full_name} in that time: what its alerts did is not known")
    warnings = [warning for answer in (bad, every, seen) if answer for warning in answer.warnings]
    return History(start, first, groups, tuple(dict.fromkeys(warnings)))


def _is_seen(points: Floats | None, length: int) -> NDArray[np.bool_]:
    """From the first point on."""
    known = np.flatnonzero(np.isfinite(points)) if points is not None else np.array([], dtype=int)
    first = int(known[0]) * _TILE_STEP // STEP if len(known) else length
    return np.arange(length) >= first


def _asked(source: Source, questions: Sequence[_Question | None], wanted: Wanted) -> list[_Answer | None]:
    """The answers, in the order of the questions; all their days are asked for side by side."""
    asked = [question for question in questions if question]
    came = count(1)
    of = len(asked) * len(wanted.days)

    def ask(question: _Question, day: int) -> tuple[dict[Group, Floats], tuple[str, ...]]:
        found = _day(source, question, day, wanted)
        source.came(next(came), of)
        return found

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = {question: [pool.submit(ask, question, day) for day in wanted.days] for question in asked}
        try:
            answers = {question: [one.result() for one in days] for question, days in waiting.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)  # After a first failure nobody waits for the rest.
            raise
    return [_joined(answers[question], question.step, wanted) if question else None for question in questions]


def _day(source: Source, question: _Question, day: int, wanted: Wanted) -> tuple[dict[Group, Floats], tuple[str, ...]]:
    kept = Kept.of(
        source.cache, server=source.server.identity, expr=question.expr, step=question.step, fresh=source.fresh
    )
    known = kept.read(day)
    if known is not None:
        return known, ()
    last = day + DAY_SECONDS - question.step
    answer = source.server.query_range(question.expr, start=day, end=min(last, wanted.now), step=question.step)
    found: dict[Group, Floats] = {}
    for series in answer.series:
        values = np.full(DAY_SECONDS // question.step, np.nan)
        for at, value in series.points:
            values[round(at - day) // question.step] = float(value)
        found[tuple(series.labels.get(label, "") for label in question.group_by)] = values
    if found and not answer.warnings and day + DAY_SECONDS + _SETTLED_SECONDS <= wanted.now:
        kept.keep(day, found)
    return found, answer.warnings


def _joined(days: Sequence[tuple[dict[Group, Floats], tuple[str, ...]]], step: int, wanted: Wanted) -> _Answer:
    """Up to the last moment that is judged."""
    absent = np.full(DAY_SECONDS // step, np.nan)
    length = (wanted.last - wanted.days.start) // step + 1
    groups = {group for found, _ in days for group in found}
    series = {group: np.concatenate([found.get(group, absent) for found, _ in days])[:length] for group in groups}
    return _Answer(series, tuple(warning for _, warnings in days for warning in warnings))
