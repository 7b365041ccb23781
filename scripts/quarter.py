"""A made-up company's third quarter of 2026: its traffic and faults, and what Prometheus would have of them.

Everything is whole numbers and a seed: the same text on every machine. Events are counted in tiles of five minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

TILE = 300
BEGAN = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
ENDED = int(datetime(2026, 9, 28, tzinfo=UTC).timestamp())
TILES = range(BEGAN + TILE, ENDED + 1, TILE)
_RECORDED_SINCE = ENDED - 9 * 86_400  # The report reads a week of what rules recorded.
_PERIOD_TILES = 30 * 86_400 // TILE  # September has thirty days, too.
_MONTH = int(datetime(2026, 8, 31, 22, tzinfo=UTC).timestamp())  # When September begins in Berlin.
# What a Sunday morning without Prometheus has nothing of.
_GAP = range(
    int(datetime(2026, 9, 27, 4, tzinfo=UTC).timestamp()), int(datetime(2026, 9, 27, 5, 10, tzinfo=UTC).timestamp())
)
_DAY = (40, 32, 26, 22, 22, 28, 44, 70, 96, 118, 128, 132, 130, 128, 130, 132, 130, 124, 116, 108, 98, 84, 68, 52)


def at(text: str) -> int:
    """The Unix time of a minute of the quarter, such as 09-22 02:14, in UTC."""
    return int(datetime.strptime(f"2026-{text} +0000", "%Y-%m-%d %H:%M %z").timestamp())


@dataclass(frozen=True)
class Fault:
    """So many of ten thousand events fail, from one minute up to another."""

    start: int
    end: int
    per_ten_thousand: int


@dataclass(frozen=True)
class Paged:
    """An alert of severity page fired."""

    start: int
    end: int
    tier: str = "1h-5m"


@dataclass(frozen=True)
class Stream:
    """What an SLO counts. One event of `budget_inverse` may be bad, in 30 days or, with `is_of_month`, in September.

    `recorded_percent` is how much of its bad events the rules saw.
    """

    service: str
    slo: str
    budget_inverse: int
    a_minute: int
    bad: str
    good: str
    total: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    noise_per_million: int = 100
    faults: tuple[Fault, ...] = ()
    pages: tuple[Paged, ...] = ()
    recorded_percent: int = 100
    is_of_month: bool = False
    tiles: tuple[list[int], list[int]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiles", self._made_up())

    def _made_up(self) -> tuple[list[int], list[int]]:
        """Bad and all events of each tile."""
        draw = Random(f"{self.service} {self.slo} {self.labels}")
        bad, every = [], []
        for end in TILES:
            events = self.a_minute * 5 * _DAY[end // 3_600 % 24] * draw.randint(95, 105) // 10_000
            failing = sum(events * one.per_ten_thousand * _overlap(one, end) // (10_000 * TILE) for one in self.faults)
            background = (events * self.noise_per_million * draw.randint(0, 2) + draw.randint(0, 999_999)) // 1_000_000
            bad.append(min(events, failing + background))
            every.append(events)
        return bad, every

    def lines(self) -> Iterator[str]:
        bad, every = (list(accumulate(side)) for side in self.tiles)
        yield from counter(self.bad, zip(TILES, bad, strict=True))
        yield from counter(self.good, zip(TILES, (e - b for b, e in zip(bad, every, strict=True)), strict=True))
        if self.total:
            yield from counter(self.total, zip(TILES, every, strict=True))
        yield from self._recorded(bad, every)
        for page in self.pages:
            yield from alerts(page, {"alertname": "ErrorBudgetBurn", "burn_tier": page.tier, **self._identity})

    @property
    def _identity(self) -> dict[str, str]:
        return {"service": self.service, "slo": self.slo, **dict(self.labels)}

    def _recorded(self, bad: list[int], every: list[int]) -> Iterator[str]:
        places = [place for place, end in enumerate(TILES) if end >= _RECORDED_SINCE]
        seen = [(TILES[place], self.tiles[0][place] * self.recorded_percent / 100 / TILE) for place in places]
        yield from series("slo:bad_events:rate", self._identity, seen)
        yield from series("slo:all_events:rate", self._identity, ((TILES[p], self.tiles[1][p] / TILE) for p in places))
        sums = list(zip(bad, every, strict=True))
        left = [(TILES[place], 1 - self._spent(sums, place)) for place in places if place >= self._first(place)]
        yield from series("slo:period_budget_remaining:ratio", self._identity, left)
        last = len(TILES) - 1
        first = self._first(last)
        for name, value in (
            ("slo:period_bad_events:sum", (bad[last] - bad[first]) * self.recorded_percent / 100),
            ("slo:period_all_events:sum", every[last] - every[first]),
            ("slo:period_coverage:ratio", (last - first) / _PERIOD_TILES),
        ):
            yield from series(name, self._identity, [(ENDED, value)])

    def _first(self, place: int) -> int:
        """The place of the last tile before the period that ends at a place."""
        return TILES.index(_MONTH) if self.is_of_month else place - _PERIOD_TILES

    def _spent(self, sums: list[tuple[int, int]], place: int) -> float:
        first = self._first(place)
        bad, every = (sums[place][side] - sums[first][side] for side in (0, 1))
        return bad * self.budget_inverse / every * (place - first) / _PERIOD_TILES if every else 0.0


def counter(name: str, points: Iterable[tuple[int, int]]) -> Iterator[str]:
    return (f"{name} {value} {when}\n" for when, value in points if when not in _GAP)


def series(name: str, labels: dict[str, str], points: Iterable[tuple[int, float]]) -> Iterator[str]:
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return (f"{name}{{{inside}}} {value!r} {when}\n" for when, value in points if when not in _GAP)


def alerts(paged: Paged, labels: dict[str, str]) -> Iterator[str]:
    firing = {"alertstate": "firing", "severity": "page", **labels}
    return series("ALERTS", firing, ((when, 1) for when in range(paged.start, paged.end, 60)))


def _overlap(fault: Fault, end: int) -> int:
    return max(0, min(fault.end, end) - max(fault.start, end - TILE))
