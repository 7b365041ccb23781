"""The rules' algebra over windows, in numpy: what a server records of them at every half minute.

Sums are made of sums of 1, 2, 4, ... values, never as differences of running totals: a night's few events would drown
in the rounding of a month's many. A value that the rules would not record is NaN, which no comparison passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.history import STEP, Recorded
from sretool.model.burn import LONGEST_UNSTEPPED, SELDOM, SHORTEST_SELDOM
from sretool.model.duration import Duration
from sretool.rules.timing import TILE
from sretool.rules.windows import REPEATED

_TILE_PLACES: Final = int(TILE.seconds) // STEP
_SELDOM_PLACES: Final = int(SELDOM.seconds) // STEP
_REPEATED_PLACES: Final = int(REPEATED.seconds) // STEP


class Sums:
    """Of one series: sums over its last values, and how many of them there are."""

    def __init__(self, values: Floats) -> None:
        is_there = np.isfinite(values)
        self._is_whole = bool(is_there.all())
        self._counted = None if self._is_whole else np.concatenate([[0], np.cumsum(is_there)])
        self._filled = values if self._is_whole else np.where(is_there, values, 0.0)
        self._doubled = [self._filled]

    def over(self, length: int) -> Floats:
        """At each place the sum of the `length` values up to it; NaN where there is none of them."""
        level = (length & -length).bit_length() - 1
        total, taken = self._of_two_to_the(level).copy(), 1 << level
        while taken < min(length, len(total)):
            level = (length - taken & -(length - taken)).bit_length() - 1
            total[taken:] += self._of_two_to_the(level)[:-taken]
            taken += 1 << level
        if not self._is_whole:
            total[self.count(length) == 0] = np.nan
        return total

    def count(self, length: int) -> NDArray[np.int64]:
        if self._counted is None:
            return np.minimum(np.arange(1, len(self._filled) + 1), length)
        found = self._counted[1:].copy()
        found[length:] -= self._counted[1:-length]
        return found

    @cached_property
    def running_total(self) -> Floats:
        """What the values before each place add up to: for figures that are shown, not compared."""
        total = np.zeros(len(self._filled) + 1)
        np.cumsum(self._filled, out=total[1:])
        return total

    def exactly(self, place: int, length: int) -> float:
        """One of the sums, rounded once, as Prometheus' compensated sum is."""
        return math.fsum(self._filled[max(0, place + 1 - length) : place + 1])

    def _of_two_to_the(self, level: int) -> Floats:
        while len(self._doubled) <= level:
            half, reach = self._doubled[-1], 1 << (len(self._doubled) - 1)
            whole = np.empty_like(half)
            whole[:reach] = half[:reach]
            np.add(half[reach:], half[:-reach], out=whole[reach:])
            self._doubled.append(whole)
        return self._doubled[level]


class Windows:
    """All windows of one group of an SLO; each is made when it is first asked for. The first place is a midnight."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.length = len(recorded.all)
        self._bad, self._all = Sums(recorded.bad), Sums(recorded.all)
        self._bad_tiles, self._all_tiles = Sums(recorded.bad[::_TILE_PLACES]), Sums(recorded.all[::_TILE_PLACES])
        self._made: dict[tuple[str, Duration], Floats] = {}

    def error_ratio(self, window: Duration) -> Floats:
        return self._once("error_ratio", window, self._error_ratio)

    def seen_ratio(self, window: Duration) -> Floats:
        """The error ratio times the share of the window that has been seen: what is not known failed not."""
        return self._once("seen_ratio", window, lambda length: self.error_ratio(length) * self.coverage(length))

    def bad_events(self, window: Duration) -> Floats:
        return self._once("bad_events", window, lambda length: self._events(self._bad, self._bad_tiles, length))

    def all_events(self, window: Duration) -> Floats:
        return self._once("all_events", window, lambda length: self._events(self._all, self._all_tiles, length))

    def coverage(self, window: Duration) -> Floats:
        return self._once("coverage", window, self._coverage)

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

    def _once(self, what: str, window: Duration, make: Callable[[Duration], Floats]) -> Floats:
        key = what, window
        if key not in self._made:
            self._made[key] = make(window)
        return self._made[key]

    def _error_ratio(self, window: Duration) -> Floats:
        if window > LONGEST_UNSTEPPED:
            bad, every = self.bad_events(window), self.all_events(window)
        elif window == TILE:
            bad, every = self.recorded.bad, self.recorded.all
        else:
            bad, every = self._closed(self._bad, window), self._closed(self._all, window)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = bad / every
        ratio[~(every > 0)] = np.nan
        return ratio

    def _closed(self, sums: Sums, window: Duration) -> Floats:
        """Prometheus 2 counts both ends of a range in."""
        return sums.over(_places(window) + 1)

    def _events(self, sums: Sums, tiles: Sums, window: Duration) -> Floats:
        if window <= LONGEST_UNSTEPPED:
            return sums.over(_places(window)) * STEP
        return self._at_every_place(tiles.over(_tiles(window)) * float(TILE.seconds), window)

    def _coverage(self, window: Duration) -> Floats:
        if window <= LONGEST_UNSTEPPED:
            return _share(self._all.count(_places(window)), _places(window))
        return self._at_every_place(_share(self._all_tiles.count(_tiles(window)), _tiles(window)), window)

    def _at_every_place(self, tiles: Floats, window: Duration) -> Floats:
        """A long window as it is read between two tiles; what is evaluated seldom is repeated for so long."""
        if window < SHORTEST_SELDOM:
            return np.repeat(tiles, _TILE_PLACES)[: self.length]
        evaluated = tiles[:: _SELDOM_PLACES // _TILE_PLACES]
        numbers = np.arange(len(evaluated))
        last = np.maximum.accumulate(np.where(np.isfinite(evaluated), numbers, -1))
        if (last == numbers).all():
            return np.repeat(evaluated, _SELDOM_PLACES)[: self.length]
        last = np.repeat(last, _SELDOM_PLACES)[: self.length]
        age = np.arange(self.length) - last * _SELDOM_PLACES
        return np.where((last >= 0) & (age <= _REPEATED_PLACES), evaluated[last], np.nan)


def _share(counted: NDArray[np.int64], whole: int) -> Floats:
    return np.where(counted > 0, np.minimum(counted / whole, 1.0), np.nan)


def _places(window: Duration) -> int:
    return int(window.seconds) // STEP


def _tiles(window: Duration) -> int:
    return int(window.seconds) // int(TILE.seconds)
