"""Whether what must never happen has happened: counters that may not rise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sretool.burn.recorded import Recording
from sretool.model.duration import HOUR
from sretool.model.slo import Invariant, Service
from sretool.prometheus.server import Prometheus
from sretool.rules.invariants import NOT_MEASURED, VIOLATED, violation
from sretool.rules.timing import Timing

_AT_ONCE = 50  # Expressions a query.
_LABEL = "asked"


@dataclass(frozen=True, slots=True)
class InvariantStanding:
    """`rises` is how much the counter rose in the last hour; None where only the alert is known."""

    invariant: Invariant
    state: Literal["held", "violated", "no data"]
    rises: Decimal | None = None

    @property
    def full_name(self) -> str:
        return f"{self.invariant.service}/{self.invariant.name}"


@dataclass(frozen=True, slots=True)
class InvariantHistory:
    """An invariant over the hours up to an instant: (Unix time at its end, by how much the counter rose) of those in
    which it rose; and at the ends of how many hours, of how many, the counter was there, and whether of the last.
    """

    invariant: Invariant
    rises: tuple[tuple[float, Decimal], ...]
    hours_measured: int
    hours: int
    is_measured_now: bool

    @property
    def full_name(self) -> str:
        return f"{self.invariant.service}/{self.invariant.name}"


def invariants_of(services: Iterable[Service]) -> list[Invariant]:
    return [invariant for service in services for invariant in service.invariants]


def measured(
    server: Prometheus, services: Sequence[Service], timing: Timing, *, at: float
) -> tuple[list[InvariantStanding], tuple[str, ...]]:
    """From the counters themselves, as the alerts ask; and the server's warnings. Raises NoAnswer."""
    invariants = invariants_of(services)
    found: list[InvariantStanding] = []
    warnings: list[str] = []
    for first in range(0, len(invariants), _AT_ONCE):
        some = invariants[first : first + _AT_ONCE]
        answer = server.query(" or ".join(_asked(some, timing)), at=at)
        values = {sample.labels[_LABEL]: sample.value for sample in answer.samples}
        found += [
            _standing(one, values.get(f"{number} rises"), is_measured=f"{number} is there" in values)
            for number, one in enumerate(some)
        ]
        warnings += answer.warnings
    return found, tuple(warnings)


def hourly(
    server: Prometheus, services: Sequence[Service], timing: Timing, *, start: float, end: float
) -> tuple[tuple[InvariantHistory, ...], tuple[str, ...]]:
    """Each hour of the rules' time that ends in a stretch, asked as the alerts ask; and the server's warnings.

    Hours end with the stretch; the first of them may begin before it. Raises NoAnswer.
    """
    hour = float(timing.scaled(HOUR).seconds)
    hours = max(1, math.ceil((end - start) / hour))
    invariants = invariants_of(services)
    found: list[InvariantHistory] = []
    warnings: list[str] = []
    for first in range(0, len(invariants), _AT_ONCE):
        some = invariants[first : first + _AT_ONCE]
        expr = " or ".join(_asked(some, timing))
        answer = server.query_range(expr, start=end - (hours - 1) * hour, end=end, step=hour)
        points = {series.labels[_LABEL]: series.points for series in answer.series}
        for number, one in enumerate(some):
            rises = tuple((at, value) for at, value in points.get(f"{number} rises", ()) if value > 0)
            there = [at for at, _ in points.get(f"{number} is there", ())]
            found.append(InvariantHistory(one, rises, len(there), hours, is_measured_now=there[-1:] == [end]))
        warnings += answer.warnings
    return tuple(found), tuple(warnings)


def alerted(recording: Recording, services: Iterable[Service]) -> list[InvariantStanding]:
    """From firing alerts: held only where the service's rules are loaded and nothing fires."""
    return [
        InvariantStanding(invariant, _by_alerts(recording, service, invariant))
        for service in services
        for invariant in service.invariants
    ]


def _asked(invariants: Sequence[Invariant], timing: Timing) -> Iterable[str]:
    for number, invariant in enumerate(invariants):
        yield f'label_replace({violation(invariant, timing)}, "{_LABEL}", "{number} rises", "", "")'
        yield f'label_replace(count({invariant.zero}), "{_LABEL}", "{number} is there", "", "")'


def _standing(invariant: Invariant, rises: Decimal | None, *, is_measured: bool) -> InvariantStanding:
    if rises is not None and rises > 0:
        return InvariantStanding(invariant, "violated", rises)
    return InvariantStanding(invariant, "held", Decimal(0)) if is_measured else InvariantStanding(invariant, "no data")


def _by_alerts(recording: Recording, service: Service, invariant: Invariant) -> Literal["held", "violated", "no data"]:
    firing = recording.invariants.get((service.name, invariant.name), frozenset())
    if VIOLATED in firing:
        return "violated"
    loaded = any(recording.has(slo) for slo in service.slos)
    return "held" if loaded and NOT_MEASURED not in firing else "no data"
