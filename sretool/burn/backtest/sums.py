"""Sums over the last so many values of a series, at all places or at some.

They are made of sums of few values, never as differences of running totals: a night's few events would drown in the
rounding of a month's many. Values that are not there are NaN; where none is, neither is a sum.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool.burn.backtest.days import Floats

BLOCK_PLACES: Final = 10

Places = NDArray[np.int64]


class Sums:
    """Of one series: sums over its last values, and how many of them there are."""

    def __init__(self, values: Floats) -> None:
        is_there = np.isfinite(values)
        self.is_whole = bool(is_there.all())
        self._counted = None if self.is_whole else np.concatenate([[0], np.cumsum(is_there)])
        self.filled = values if self.is_whole else np.where(is_there, values, 0.0)
        self._doubled = [self.filled]

    def over(self, length: int) -> Floats:
        """At each place the sum of the `length` values up to it; NaN where there is none of them."""
        level = (length & -length).bit_length() - 1
        total, taken = self._of_two_to_the(level).copy(), 1 << level
        while taken < min(length, len(total)):
            level = (length - taken & -(length - taken)).bit_length() - 1
            total[taken:] += self._of_two_to_the(level)[:-taken]
            taken += 1 << level
        if not self.is_whole:
            total[self.count(length) == 0] = np.nan
        return total

    def count(self, length: int) -> Places:
        return self.count_at(np.arange(len(self.filled)), length)

    def count_at(self, places: Places, length: int) -> Places:
        if self._counted is None:
            return np.minimum(places + 1, length)
        counted: Places = self._counted[places + 1] - self._counted[np.maximum(places + 1 - length, 0)]
        return counted

    @cached_property
    def running_total(self) -> Floats:
        """What the values before each place add up to: for figures that are shown, not compared."""
        total = np.zeros(len(self.filled) + 1)
        np.cumsum(self.filled, out=total[1:])
        return total

    def exactly(self, place: int, length: int) -> float:
        """One of the sums, rounded once, as Prometheus' compensated sum is."""
        return math.fsum(self.filled[max(0, place + 1 - length) : place + 1])

    def _of_two_to_the(self, level: int) -> Floats:
        while len(self._doubled) <= level:
            half, reach = self._doubled[-1], 1 << (len(self._doubled) - 1)
            whole = np.empty_like(half)
            whole[:reach] = half[:reach]
            np.add(half[reach:], half[:-reach], out=whole[reach:])
            self._doubled.append(whole)
        return self._doubled[level]


class Blocks:
    """Sums at some places: of the whole blocks of ten values in between, and of what is left at either end."""

    def __init__(self, values: Floats) -> None:
        self._values = Sums(values)
        self.blocks = -(-len(values) // BLOCK_PLACES)
        filled = np.zeros(self.blocks * BLOCK_PLACES)
        filled[: len(values)] = self._values.filled
        within = filled.reshape(self.blocks, BLOCK_PLACES)
        up_to, since = within.copy(), within.copy()
        for place in range(1, BLOCK_PLACES):
            up_to[:, place] += up_to[:, place - 1]
            since[:, -place - 1] += since[:, -place]
        self._up_to, self._since = up_to.reshape(-1), since.reshape(-1)
        self._sums = Sums(up_to[:, -1])
        self._before_a_block: dict[int, Floats] = {}

    def over(self, length: int, places: Places) -> Floats:
        """At each of the places the sum of the `length` values up to it; NaN where there is none of them."""
        if length < BLOCK_PLACES:
            return self._values.over(length)[places]
        whole, rest = divmod(length - 1, BLOCK_PLACES)
        block = places // BLOCK_PLACES
        within = places - block * BLOCK_PLACES
        first = places - (length - 1)
        total = np.where(within < rest, self._before(whole)[block], self._before(whole - 1)[block])
        total += self._up_to[places]
        total += np.where((first >= 0) & (first < block * BLOCK_PLACES), self._since[np.maximum(first, 0)], 0.0)
        if not self._values.is_whole:
            total[self.count(length, places) == 0] = np.nan
        return total

    def count(self, length: int, places: Places) -> Places:
        return self._values.count_at(places, length)

    def most(self, length: int) -> Floats:
        """Of each block an upper bound of its places' sums, if no value is negative."""
        return self._sums.over(-(-(length - 1) // BLOCK_PLACES) + 1)

    def least(self, length: int) -> Floats:
        """Of each block a lower bound of its places' sums, if no value is negative."""
        return self._before((length - BLOCK_PLACES) // BLOCK_PLACES)

    @cached_property
    def has_negative(self) -> bool:
        return bool((self._values.filled < 0).any())

    @property
    def running_total(self) -> Floats:
        """What the values before each place add up to: for figures that are shown, not compared."""
        return self._values.running_total

    def exactly(self, place: int, length: int) -> float:
        return self._values.exactly(place, length)

    def _before(self, many: int) -> Floats:
        """Of each block the sum of so many blocks before it."""
        if many not in self._before_a_block:
            found = np.zeros(self.blocks)
            if many > 0:
                found[1:] = self._sums.over(many)[:-1]
            self._before_a_block[many] = found
        return self._before_a_block[many]
