"""What a report is made of, as it was found: nothing is judged here, and what is not there says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sretool.burn.backtest.days import Floats
from sretool.burn.counting import Count
from sretool.burn.figures import Group
from sretool.burn.invariants import InvariantHistory
from sretool.burn.policy import Review
from sretool.burn.status import Status
from sretool.incident.history import Incident
from sretool.incident.postmortem.reading import ActionItem
from sretool.model.slo import Service, Slo
from sretool.prometheus.answers import Labels
from sretool.report.week import Week
from sretool.rules.timing import TILE, Timing
from sretool.settings.policy import Policy

Key = tuple[str, Group]  # An SLO's full name, and which group of it.


@dataclass(frozen=True, slots=True)
class Missing:
    """A source that is not there, and why."""

    missing: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about. A loss spends at least `least_loss` of a budget."""

    week: Week
    services: tuple[Service, ...]
    timing: Timing
    least_loss: Decimal

    @property
    def slos(self) -> list[Slo]:
        return [slo for service in self.services for slo in service.slos]

    @property
    def tile_seconds(self) -> float:
        return float(self.timing.scaled(TILE).seconds)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Bad and all events a second as our rules recorded them, at the end of each tile of the week; NaN where not."""

    bad: Floats
    all: Floats


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that fired from one Unix time up to another; `ended_at` is None where it still does."""

    labels: Labels
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """By currency in minor units, and invoices by outcome, as the counters have them. `late` is a level, not growth."""

    billed: Mapping[str, Decimal]
    voided: Mapping[str, Decimal]
    mis_billed: Mapping[str, Decimal]
    late: Mapping[str, Decimal]
    late_before: Mapping[str, Decimal]
    due: Mapping[str, Decimal]
    rechecked: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the server says. `counts` are of the week, net of what is excluded; `left` is (Unix time, budget left)."""

    status: Status
    counts: Mapping[Key, Count]
    recorded: Mapping[Key, Recorded]
    left: Mapping[Key, tuple[tuple[float, Decimal], ...]]
    pages: tuple[Fired, ...] | Missing
    invariants: tuple[InvariantHistory, ...] | Missing
    money: MoneyFigures | Missing
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `unread` are lines of the ledger that nobody can read; `pages_of` postmortems by their incident."""

    asked: Asked
    measured: Measured | Missing
    policy: Policy | Missing
    review: Review | None
    incidents: tuple[Incident, ...] | Missing
    unread: tuple[str, ...]
    postmortems: Mapping[str, str]
    actions: tuple[ActionItem, ...] | Missing
