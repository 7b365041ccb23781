"""The rules' algebra over windows, in numpy: what a server records of them, at the half minutes that are asked about.

Alerts are about few half minutes of a month, which coarse bounds find; no window is made of the others. `sums` adds up.
A value that the rules would not record is NaN, which no comparison passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.history import STEP, Recorded
from sretool.burn.backtest.sums import BLOCK_PLACES, Blocks, Places, Sums
from sretool.model.burn import LONGEST_UNSTEPPED, SELDOM, SHORTEST_SELDOM
from sretool.model.duration import Duration
from sretool.rules.timing import TILE
from sretool.rules.windows import REPEATED

_TILE_PLACES: Final = int(TILE.seconds) // STEP
_SELDOM_PLACES: Final = int(SELDOM.seconds) // STEP
_REPEATED_PLACES: Final = int(REPEATED.seconds) // STEP
_ROUNDING: Final = 1e-9  # Of a bound: far more than sums differ by that are added up in another order.


class Held:
    """A value every so many places, which holds until the next.

    Where one is NaN the last before it holds on, for `kept` places from its own; in `values` for ever.
    """

    def __init__(self, values: Floats, every: int, *, kept: int) -> None:
        self.every = every
        self._kept = kept
        numbers = np.arange(len(values))
        last = np.maximum.accumulate(np.where(np.isfinite(values), numbers, -1))
        self.values = np.where(last >= 0, values[last], np.nan)
        self._ages = (numbers - last) * every
        self.is_whole = bool((last == numbers).all())

    def at(self, places: Places) -> Floats:
        number = places // self.every
        held = self.values[number]
        if not self.is_whole:
            held[self._ages[number] + places - number * self.every > self._kept] = np.nan
        return held


class Windows:
    """All windows of one group of an SLO, at the places that are asked about. The first place is a midnight."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.length = len(recorded.all)
        self._bad, self._all = Blocks(recorded.bad), Blocks(recorded.all)
        self._bad_tiles, self._all_tiles = Sums(recorded.bad[::_TILE_PLACES]), Sums(recorded.all[::_TILE_PLACES])
        self._held: dict[tuple[str, Duration], Held] = {}

    def burning(self, window: Duration, threshold: float) -> Places:
        """Where the seen ratio is above a threshold, which is not negative."""
        coarse, every, is_exact = self._may_burn(window, threshold)
        places = (np.flatnonzero(coarse)[:, np.newaxis] * every + np.arange(every)).reshape(-1)
        places = places[: np.searchsorted(places, self.length)]
        return places if is_exact else places[self.seen_ratio(window, places) > threshold]

    def error_ratio(self, window: Duration, places: Places) -> Floats:
        if window > LONGEST_UNSTEPPED:
            bad, every = self.bad_events(window, places), self.all_events(window, places)
        elif window == TILE:
            bad, every = self.recorded.bad[places], self.recorded.all[places]
        else:
            bad, every = (side.over(_closed_places(window), places) for side in (self._bad, self._all))
        return _ratio(bad, every)

    def seen_ratio(self, window: Duration, places: Places) -> Floats:
        """The error ratio times the share of the window that has been seen: what is not known failed not."""
        return self.error_ratio(window, places) * self.coverage(window, places)

    def bad_events(self, window: Duration, places: Places) -> Floats:
        if window <= LONGEST_UNSTEPPED:
            return self._bad.over(_places(window), places) * STEP
        return self._bad_held(window).at(places)

    def all_events(self, window: Duration, places: Places) -> Floats:
        if window <= LONGEST_UNSTEPPED:
            return self._all.over(_places(window), places) * STEP
        return self._all_held(window).at(places)

    def coverage(self, window: Duration, places: Places) -> Floats:
        if window <= LONGEST_UNSTEPPED:
            return _share(self._all.count(_places(window), places), _places(window))
        return self._coverage_held(window).at(places)

    @property
    def running_totals(self) -> tuple[Floats, Floats]:
        """Of bad and of all events a second, before each place."""
        return self._bad.running_total, self._all.running_total

    def bad_events_exactly(self, window: Duration, place: int) -> float:
        """One of `bad_events` that lies at a bound, where the last digit decides."""
        if window <= LONGEST_UNSTEPPED:
            return self._bad.exactly(place, _places(window)) * STEP
        if window >= SHORTEST_SELDOM:
            place -= place % _SELDOM_PLACES
        return self._bad_tiles.exactly(place // _TILE_PLACES, _tiles(window)) * float(TILE.seconds)

    def _may_burn(self, window: Duration, threshold: float) -> tuple[NDArray[np.bool_], int, bool]:
        """Of stretches of so many places, whether the seen ratio may be above a threshold in them; and whether it is,
        wherever it may be."""
        if window > LONGEST_UNSTEPPED:
            bad, every, coverage = self._bad_held(window), self._all_held(window), self._coverage_held(window)
            may_burn = _ratio(bad.values, every.values) * coverage.values > threshold
            return may_burn, bad.every, bad.is_whole and every.is_whole and coverage.is_whole
        if window == TILE or self._bad.has_negative or self._all.has_negative:
            return np.ones(self._bad.blocks, dtype=bool), BLOCK_PLACES, False
        # In all of a block the bad ones are at most those of all blocks that the window touches, the others at least
        # those of the blocks that it always has whole.
        bad_most = self._bad.most(_closed_places(window)) * (1 + _ROUNDING)
        all_least = self._all.least(_closed_places(window))
        return (bad_most > 0) & (bad_most >= threshold * all_least), BLOCK_PLACES, False

    def _bad_held(self, window: Duration) -> Held:
        return self._once("bad", window, lambda: self._bad_tiles.over(_tiles(window)) * float(TILE.seconds))

    def _all_held(self, window: Duration) -> Held:
        return self._once("all", window, lambda: self._all_tiles.over(_tiles(window)) * float(TILE.seconds))

    def _coverage_held(self, window: Duration) -> Held:
        return self._once("coverage", window, lambda: _share(self._all_tiles.count(_tiles(window)), _tiles(window)))

    def _once(self, what: str, window: Duration, tiles: Callable[[], Floats]) -> Held:
        """A long window as it is read between two tiles; what is evaluated seldom is repeated for so long."""
        key = what, window
        if key not in self._held:
            if window < SHORTEST_SELDOM:
                self._held[key] = Held(tiles(), _TILE_PLACES, kept=_TILE_PLACES - 1)
            else:
                evaluated = tiles()[:: _SELDOM_PLACES // _TILE_PLACES]
                self._held[key] = Held(evaluated, _SELDOM_PLACES, kept=_REPEATED_PLACES)
        return self._held[key]


def _ratio(bad: Floats, every: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = bad / every
    ratio[~(every > 0)] = np.nan
    return ratio


def _share(counted: NDArray[np.int64], whole: int) -> Floats:
    return np.where(counted > 0, np.minimum(counted / whole, 1.0), np.nan)


def _places(window: Duration) -> int:
    return int(window.seconds) // STEP


def _closed_places(window: Duration) -> int:
    """Prometheus 2 counts both ends of a range in."""
    return _places(window) + 1


def _tiles(window: Duration) -> int:
    return int(window.seconds) // int(TILE.seconds)
