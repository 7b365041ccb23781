"""Where things stand: scales, lengths of texts, labels that do not run into each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final

from sretool.charts.svg import Size, printable

WIDTHS: Final[dict[Size, int]] = {"wide": 840, "narrow": 340}
SIZE: Final = 12  # Of letters, in pixels.
_LETTER: Final = 0.58  # The width of a usual letter in terms of its size; that of a wide one is 1.
Number = Decimal | float


@dataclass(frozen=True, slots=True)
class Point:
    """A value at an instant; None where there is none."""

    at: datetime
    value: Number | None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a point needs a time zone: {self.at}")
        if self.value is not None and not Decimal(self.value).is_finite():
            raise ValueError(f"what is not known is None, not {self.value}")


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, both ends included; what is outside stands at the nearer end."""

    low: float
    high: float
    first: float
    last: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale needs room between {self.low} and {self.high}")

    def __call__(self, value: Number) -> float:
        share = (min(max(float(value), self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 2)


def time_scale(start: datetime, end: datetime, *, left: float, right: float) -> Scale:
    """Of instants in Unix seconds. Raises ValueError where the end is not after the start."""
    return Scale(start.timestamp(), end.timestamp(), left, right)


def within(points: Iterable[Point], start: datetime, end: datetime) -> tuple[Point, ...]:
    """The points of a stretch, both ends included."""
    return tuple(point for point in points if start <= point.at <= end)


def stretches(points: Iterable[Point]) -> list[list[Point]]:
    """What is to be drawn in one go: between gaps, in order of time."""
    ordered = sorted(points, key=lambda point: point.at)
    return [list(some) for known, some in groupby(ordered, key=lambda point: point.value is not None) if known]


def thinned(places: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """What the eye sees of a line: of a pixel's width the first place, the highest, the lowest and the last."""
    found: list[tuple[float, float]] = []
    for _, some in groupby(places, key=lambda place: int(place[0])):
        column = list(some)
        by_height = sorted(range(len(column)), key=lambda index: column[index][1])
        found += [column[index] for index in sorted({0, by_height[0], by_height[-1], len(column) - 1})]
    return found


def gaps(points: Iterable[Point]) -> list[tuple[datetime, datetime]]:
    """From and to which instants there is nothing, by the points that say so."""
    ordered = sorted(points, key=lambda point: point.at)
    found = [list(some) for known, some in groupby(ordered, key=lambda point: point.value is not None) if not known]
    return [(some[0].at, some[-1].at) for some in found]


def length(text: str, *, size: float = SIZE) -> float:
    """About how many pixels a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (wide + (len(text) - wide) * _LETTER) * size


def cut(text: str, room: float, *, size: float = SIZE) -> str:
    """The text, or as much of its beginning as there is room for, and an ellipsis."""
    text = printable(text)
    if length(text, size=size) <= room:
        return text
    text = text[: max(0, int(room / size / _LETTER))]
    while text and length(f"{text}…", size=size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a vertical line at `x`: to its right, or to its left where the right has no room."""

    text: str
    x: float
    row: int
    is_left: bool


def labels(marked: Sequence[tuple[float, str]], *, right: float) -> list[Label]:
    """Of marks, in as few rows as they need so that no line goes through the text of another.

    Lines end at their labels. So a text stands above the labels of all marks that it passes over: to the right of its
    line those that come later, whose rows are given first; to the left, for want of room, those that came before.
    """
    lefts = _to_the_left(marked, right=right)
    found: list[Label] = []
    for x, text in sorted((one for one in marked if one not in lefts), reverse=True):
        below = [label.row for label in found if label.x < x + _room(text)]
        found.append(Label(text, x, max(below, default=-1) + 1, is_left=False))
    for x, text in sorted(lefts):
        below = [label.row for label in found if _end(label) > x - _room(text)]
        found.append(Label(text, x, max(below, default=-1) + 1, is_left=True))
    return sorted(found, key=lambda label: (label.x, label.row))


def _to_the_left(marked: Sequence[tuple[float, str]], *, right: float) -> list[tuple[float, str]]:
    """The marks that have no room to their right, and those whose text would be in the way of such a one's line."""
    found: list[tuple[float, str]] = []
    for x, text in sorted(marked, reverse=True):
        free = found[-1][0] if found else right
        if x + _room(text) > free and x > _room(text):
            found.append((x, text))
    return found


def _end(label: Label) -> float:
    return label.x if label.is_left else label.x + _room(label.text)


def _room(text: str) -> float:
    return length(text) + 12
