"""What makes a week's figures doubtful: gaps, what was seen, where recorded and counted differ, what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np

from sretool.burn.counting import Count
from sretool.burn.evaluate import Standing
from sretool.report.facts import Facts, Key, Missing
from sretool.report.spendings import WeekOf
from sretool.report.values import Difference, Gap, Quality, Seen

_A_POINT: Final = Decimal("0.01")
_SHORTEST_GAP: Final = 2  # Tiles: one that is missed is a rule that ran late.
_STEP: Final = Decimal("0.0001")
_NAMED: Final = 3


def quality(facts: Facts, weeks: Mapping[Key, WeekOf], missing: Sequence[str]) -> Quality:
    """`missing` are the sources that are not there, in words."""
    measured = facts.measured
    if isinstance(measured, Missing):
        return Quality(tuple(missing), notes=facts.unread)
    return Quality(
        missing=tuple(missing),
        seen=tuple(sorted(_seen(weeks), key=lambda one: (one.coverage, one.slo))),
        gaps=_gaps(weeks),
        differences=tuple(_differences(weeks, measured.counts)),
        warnings=tuple(dict.fromkeys((*measured.status.warnings, *measured.warnings))),
        doubts=tuple(_said(measured.status.standings, lambda one: one.doubts)),
        notes=(
            *measured.status.notes,
            *_said(measured.status.standings, lambda one: one.figures.notes),
            *facts.unread,
        ),
    )


def _seen(weeks: Mapping[Key, WeekOf]) -> Iterable[Seen]:
    for one in weeks.values():
        tiles = one.unseen
        if tiles.any():
            share = 1 - Decimal(int(tiles.sum())) / len(tiles)
            yield Seen(one.name, share.quantize(_STEP, ROUND_FLOOR))


def _gaps(weeks: Mapping[Key, WeekOf]) -> tuple[Gap, ...]:
    """Of SLOs that were seen at all, the same gap once."""
    slos: dict[tuple[float, float], list[str]] = defaultdict(list)
    for one in weeks.values():
        if not one.is_recorded:
            continue
        edges = np.flatnonzero(np.diff(np.concatenate([[False], one.unseen, [False]])))
        for first, end in zip(edges[::2], edges[1::2], strict=True):
            if end - first >= _SHORTEST_GAP:
                start, step = one.asked.week.start, one.asked.tile_seconds
                slos[start + first * step, start + end * step].append(one.name)
    return tuple(Gap(_utc(start), _utc(end), tuple(sorted(names))) for (start, end), names in sorted(slos.items()))


def _differences(weeks: Mapping[Key, WeekOf], counts: Mapping[Key, Count]) -> Iterable[Difference]:
    for key, one in weeks.items():
        count = counts.get(key)
        if count is None or count.bad is None or not one.is_recorded or not one.allowed:
            continue
        recorded, _ = one.recorded_events()
        if abs(recorded - count.bad) / one.allowed > _A_POINT:
            counted, other = (int(side.to_integral_value(ROUND_HALF_EVEN)) for side in (count.bad, recorded))
            yield Difference(one.name, counted, other)


def _said(standings: Iterable[Standing], words_of: Callable[[Standing], Iterable[str]]) -> Iterable[str]:
    """Each sentence once, with whom it is about."""
    about: dict[str, list[str]] = defaultdict(list)
    for one in sorted(standings, key=lambda one: one.full_name):
        for words in words_of(one):
            about[words].append(one.full_name)
    for words, names in about.items():
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        yield f"{shown}: {words}"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
