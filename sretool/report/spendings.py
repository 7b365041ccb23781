"""How each SLO spent its budget within the week, moment by moment: what recorded tiles say, on the backtest's grid.

A tile's value is the rate over the five minutes before it. Between two of them a straight line is drawn, so that events
keep their number, and a stretch of losses begins and ends within minutes of what happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from sretool.burn.backtest import history
from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.losses import Loss, Spending
from sretool.burn.backtest.windows import Windows
from sretool.burn.evaluate import Standing, full_name
from sretool.burn.figures import Group, PeriodFigures
from sretool.burn.spans import excluded_spans
from sretool.model.slo import Slo
from sretool.report.attribution import Tiles
from sretool.report.facts import Asked, Key, Measured, Recorded
from sretool.rules.timing import TILE

_UNITS: Final = 1_000_000  # Of an event: tiles are weighed in whole numbers.


class WeekOf:
    """One SLO, or group, in the week. Without `standing` nothing is known of its period."""

    def __init__(
        self, asked: Asked, slo: Slo, standing: Standing | None, recorded: Recorded | None, *, group: Group = ()
    ) -> None:
        self.asked, self.slo, self.standing = asked, slo, standing
        self.group = group if standing is None else standing.group
        self._recorded = recorded

    @property
    def name(self) -> str:
        return full_name(self.slo, self.group)

    @property
    def is_recorded(self) -> bool:
        return self._recorded is not None and bool(np.isfinite(self._recorded.all).any())

    @property
    def allowed(self) -> Decimal | None:
        """How many events may be bad in a whole period of the traffic seen so far."""
        period = None if self.standing is None else self.standing.figures.period
        if not isinstance(period, PeriodFigures) or not period.coverage:
            return None
        return self.slo.objective.budget * period.every / period.coverage

    @property
    def seen(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """By tile, whether anything was recorded."""
        length = int((self.asked.week.end - self.asked.week.start) // self.asked.tile_seconds)
        return np.zeros(length, dtype=bool) if self._recorded is None else np.isfinite(self._recorded.all)

    @cached_property
    def tiles(self) -> Tiles:
        week = self.asked.week
        bad = [] if self._recorded is None else _weighed(self._recorded.bad * self.asked.tile_seconds)
        return Tiles(week.start, self.asked.tile_seconds, bad)

    @cached_property
    def unseen(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """By tile, whether it counts, and nothing was recorded."""
        week, step = self.asked.week, self.asked.tile_seconds
        unseen = ~self.seen
        ends = week.start + (np.arange(len(unseen)) + 1) * step
        longer = float((TILE + self.asked.timing.scrape_interval).seconds) / self.asked.timing.scale
        for span in excluded_spans(self.slo.exclusions, week.span):
            unseen &= ~((ends > span.start) & (ends <= span.end + longer))
        return unseen

    def tiles_of(self, counted: Decimal) -> Tiles:
        """Where so many bad events fell: what is not recorded fell, evenly, where nothing was recorded, if anywhere."""
        missed = int(counted * _UNITS) - sum(self.tiles.bad)
        unseen = np.flatnonzero(self.unseen)
        if missed <= 0 or not self.is_recorded or not len(unseen):
            return self.tiles
        bad = list(self.tiles.bad)
        for number in unseen:
            bad[number] = missed // len(unseen)
        return replace(self.tiles, bad=bad)

    def recorded_events(self) -> tuple[Decimal, Decimal]:
        """Bad and all events as recorded."""
        if self._recorded is None:
            return Decimal(0), Decimal(0)
        every = _weighed(self._recorded.all * self.asked.tile_seconds)
        return Decimal(sum(self.tiles.bad)) / _UNITS, Decimal(sum(every)) / _UNITS

    @cached_property
    def spending(self) -> Spending | None:
        """None where nothing is recorded. Its events are of the rules' time, as many as its places are long."""
        if self._recorded is None or not self.is_recorded:
            return None
        places = self.place(self.asked.week.end) + 1
        grid = history.Recorded(*(self._on_grid(side, places) for side in (self._recorded.bad, self._recorded.all)))
        known = None if self.allowed is None else float(self.allowed) * self.asked.timing.scale
        return Spending(self.slo, Windows(grid), 0, known)

    @cached_property
    def any_losses(self) -> list[Loss]:
        """Every stretch that spent faster than the budget allows, however little."""
        return [] if self.spending is None else self.spending.losses(least_ratio=0)

    def place(self, at: float) -> int:
        """Of a Unix time on the grid of half minutes of the rules' time, the first at or after it."""
        elapsed = (at - self.asked.week.start) * self.asked.timing.scale
        return max(0, -int(-elapsed // history.STEP))

    def at(self, place: int) -> float:
        """The Unix time of a place."""
        return self.asked.week.start + place * history.STEP / self.asked.timing.scale

    def _on_grid(self, values: Floats, places: int) -> Floats:
        """Where nothing was recorded before a tile, it holds for all of the tile."""
        length = self.asked.tile_seconds * self.asked.timing.scale / history.STEP
        ends = (np.arange(len(values)) + 1) * length
        grid = np.arange(places)
        lines = np.interp(grid, ends, values)
        held = values[np.minimum(np.ceil(grid / length).astype(int).clip(1) - 1, len(values) - 1)]
        return np.where(np.isnan(lines), held, lines)


def weeks_of(asked: Asked, measured: Measured) -> dict[Key, WeekOf]:
    """All that is asked about, in the order of names; what was recorded of a group that has no standing, too."""
    slos: Mapping[str, Slo] = {slo.full_name: slo for slo in asked.slos}
    standings = {(one.slo.full_name, one.group): one for one in measured.status.standings}
    keys = sorted({*standings, *measured.recorded})
    return {
        key: WeekOf(asked, slos[key[0]], standings.get(key), measured.recorded.get(key), group=key[1]) for key in keys
    }


def _weighed(events: Floats) -> list[int]:
    """In whole millionths of an event."""
    return [int(one) for one in np.rint(np.nan_to_num(np.maximum(events, 0), nan=0.0) * _UNITS)]
