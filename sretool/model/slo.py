"""What a team promises: services, their SLOs, and the invariants that have no budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from sretool.model.objective import Objective
from sretool.model.period import Exclusion, Period, WeeklySchedule
from sretool.model.sli import NoData, Sli
from sretool.model.tiers import BurnTier, Severity
from sretool.yamltext.diagnostics import Place

Traffic = Literal["always", "sometimes"] | WeeklySchedule
Labels = tuple[tuple[str, str], ...]  # Sorted by name.

RESERVED_LABELS = frozenset(
    {"service", "slo", "owner", "severity", "burn_tier", "criticality", "alertname", "le", "quantile"}
    # Alerts about data, and all rules on a faster clock, carry these: as a group's label they would be overwritten.
    | {"state", "time_scale"}
)
DEFAULT_MAX_GROUPS = 500
DEFAULT_MIN_BAD_EVENTS = Decimal(2)


@dataclass(frozen=True, slots=True)
class SeverityWords:
    """Labels and annotations that the alerts of one severity carry beside the SLO's own."""

    severity: Severity
    labels: Labels = ()
    annotations: Labels = ()


@dataclass(frozen=True, slots=True)
class Alerting:
    """How an SLO's burn is told. `tiers` hold only what is switched on."""

    tiers: tuple[BurnTier, ...]
    name: str | None = None
    min_bad_events: Decimal = DEFAULT_MIN_BAD_EVENTS
    min_events: Decimal = Decimal(0)
    labels: Labels = ()
    annotations: Labels = ()
    severities: tuple[SeverityWords, ...] = ()

    @property
    def is_own(self) -> bool:
        """True where the SLO cannot share its service's alert rules and gets rules of its own."""
        return bool(self.name or self.labels or self.annotations or self.severities or self.min_events)


@dataclass(frozen=True, slots=True)
class Slo:
    """One promise. `groups` holds a tuple of values a group, in the order of `group_by`."""

    service: str
    name: str
    objective: Objective
    period: Period
    sli: Sli
    alerting: Alerting
    description: str = ""
    owner: str = ""
    criticality: int = 0
    runbook: str = ""
    labels: Labels = ()
    group_by: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    max_groups: int = DEFAULT_MAX_GROUPS
    no_data: NoData = "bad"
    exclusions: tuple[Exclusion, ...] = ()
    place: Place | None = field(default=None, compare=False)

    @property
    def full_name(self) -> str:
        return f"{self.service}/{self.name}"


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must never happen: a counter (a selector) that must not rise."""

    service: str
    name: str
    zero: str
    description: str = ""
    owner: str = ""
    criticality: int = 0
    runbook: str = ""
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Service:
    """All that is promised of one service, from all its files. The unit of rule generation.

    `targets` are label equalities that select the service's scrape targets on `up`, for the dead alert.
    """

    name: str
    slos: tuple[Slo, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    targets: Labels = ()
    traffic: Traffic = "sometimes"
    criticality: int = 0
    owner: str = ""
    place: Place | None = field(default=None, compare=False)
