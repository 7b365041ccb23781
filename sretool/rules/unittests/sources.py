"""What targets expose while a story is told: counters, gauges and watermarks, scrape by scrape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice, repeat

from sretool.rules.unittests.concrete import Series

_NONE = Decimal(0)
_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a story: `scrapes` with `events` each, of which a share fails. Not `present`: nothing is exposed."""

    scrapes: int
    events: Decimal
    failing: Decimal = _NONE
    present: bool = True


Phases = Sequence[Phase]


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts `good` times the good events and `bad` times the bad ones, `ahead` scrapes before their time."""

    series: Series
    good: Decimal
    bad: Decimal
    ahead: int = 0

    def samples(self, phases: Phases) -> list[Decimal | None]:
        passing = list(_scrapes(phases))
        grown = [phase.events * ((1 - phase.failing) * self.good + phase.failing * self.bad) for phase in passing]
        counted = [_before(max(grown))]
        for growth in islice(chain(grown, repeat(grown[-1])), len(grown) + self.ahead):
            counted.append(counted[-1] + growth)
        return _seen(phases, counted[self.ahead :])


@dataclass(frozen=True, slots=True)
class Gauge:
    """Has one value while all is well and another while anything fails."""

    series: Series
    well: Decimal
    failing: Decimal

    def samples(self, phases: Phases) -> list[Decimal | None]:
        return _seen(phases, [self.failing if phase.failing else self.well for phase in _instants(phases)])


@dataclass(frozen=True, slots=True)
class Watermark:
    """The time of its scrape while all is well; `late_seconds` before it while anything fails."""

    series: Series
    scrape_seconds: int
    late_seconds: int

    def samples(self, phases: Phases) -> list[Decimal | None]:
        late = [self.late_seconds if phase.failing else 0 for phase in _instants(phases)]
        return _seen(phases, [Decimal(place * self.scrape_seconds - behind) for place, behind in enumerate(late)])


Source = Counter | Gauge | Watermark


def _before(growth: Decimal) -> Decimal:
    """What a counter has counted before a story: Prometheus estimates less for one that may have just begun."""
    return Decimal(10 ** max(3, growth.adjusted() + 2))


def length(phases: Phases) -> int:
    """In scrapes. There is one sample more: that of the start."""
    return sum(phase.scrapes for phase in phases)


def _scrapes(phases: Phases) -> Iterator[Phase]:
    return chain.from_iterable(repeat(phase, phase.scrapes) for phase in phases)


def _instants(phases: Phases) -> Iterator[Phase]:
    """The phase of each sample; what is there at the start belongs to the first."""
    return chain((phases[0],), _scrapes(phases))


def _seen(phases: Phases, values: Sequence[Decimal]) -> list[Decimal | None]:
    return [value if phase.present else None for value, phase in zip(values, _instants(phases), strict=True)]
