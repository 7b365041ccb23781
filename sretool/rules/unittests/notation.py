"""Samples in promtool's notation: `1000+60x14` is fifteen samples, each 60 above the one before; `_` is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from sretool.model.objective import plain

Samples = Sequence[Decimal | None]


def notation(samples: Samples) -> str:
    """The shortest spelling by runs of equal steps, in order."""
    written: list[str] = []
    place = 0
    while place < len(samples):
        length, text = _run(samples, place)
        written.append(text)
        place += length
    return " ".join(written)


def _run(samples: Samples, start: int) -> tuple[int, str]:
    first = samples[start]
    if first is None:
        length = _as_long_as(samples, start, lambda place: samples[place] is None)
        return length, "_" if length == 1 else f"_x{length}"
    step = _step(samples, start)
    if step is None:
        return 1, plain(first)
    length = 1 + _as_long_as(samples, start + 1, lambda place: _step(samples, place - 1) == step)
    return length, f"{plain(first)}{'-' if step < 0 else '+'}{plain(abs(step))}x{length - 1}"


def _as_long_as(samples: Samples, start: int, holds: Callable[[int], bool]) -> int:
    place = start
    while place < len(samples) and holds(place):
        place += 1
    return place - start


def _step(samples: Samples, place: int) -> Decimal | None:
    """From the sample at `place` to the next; None where one of them is missing."""
    if place + 1 >= len(samples):
        return None
    here, after = samples[place], samples[place + 1]
    return None if here is None or after is None else after - here
