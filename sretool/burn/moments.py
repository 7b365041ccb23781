"""Moments as few even rows: a server that is asked at even steps finds a series once, and not once a moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Within so much time, what lies between costs a server less to read over than series cost it to find again.
_REACH_SECONDS: Final = 43_200
_MOMENTS_MAX: Final = 6  # A row may have moments that nobody asked for, whose answers have to be read, too.


def even_rows(moments: Iterable[int]) -> list[range]:
    """Rows of Unix times that together have all moments, latest first; each takes as many as it can."""
    left = sorted(set(moments), reverse=True)
    rows: list[range] = []
    while left:
        row = _longest(left)
        rows.append(row)
        left = [moment for moment in left if moment not in row]
    return rows


def _longest(left: list[int]) -> range:
    """Of the rows that end with the latest moment the one that has most of the others, and of such the shortest."""
    last = left[0]
    found, most = range(last, last + 1), 1
    for step in (last - moment for moment in left[1:]):
        had = 1
        for number in range(1, min(_MOMENTS_MAX, _REACH_SECONDS // step + 1)):
            had += last - number * step in left
            if last - number * step in left and had > most:
                found, most = range(last - number * step, last + 1, step), had
    return found
