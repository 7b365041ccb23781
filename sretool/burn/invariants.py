"""Whether what must never happen has happened: counters that may not rise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sretool.burn.recorded import Recording
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
