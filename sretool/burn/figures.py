"""What is known of an SLO, or of one group of it, at one instant: the answers, before anybody judges them.

A figure that is not known is NoData with its reason; it is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from sretool.model.duration import Duration
from sretool.model.tiers import Severity

Group = tuple[str, ...]  # The values of an SLO's group_by labels, in their order; () where it has none.
Source = Literal["recorded", "counted"]
WINDOWS = tuple(Duration.parse(text) for text in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"))
_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class NoData:
    """No figure, and the reason in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Events of an SLO's period so far. `coverage` is how much of the period has been seen, at most 1.

    With exclusions, `bad` and `every` are net of them and `gross` holds both with what was excluded.
    """

    bad: Decimal
    every: Decimal
    coverage: Decimal
    source: Source
    gross: tuple[Decimal, Decimal] | None = None

    @property
    def error_ratio(self) -> Decimal | NoData:
        return self.bad / self.every if self.every else NoData("no events in the period")


@dataclass(frozen=True, slots=True)
class Firing:
    """A firing alert. `silenced` is None where no Alertmanager was asked."""

    alert: str
    severity: str
    burn_tier: str = ""
    state: str = ""
    silenced: bool | None = None

    @property
    def is_burn(self) -> bool:
        """True for an alert of burn, whatever its name; those about data have a state."""
        return bool(self.burn_tier)


@dataclass(frozen=True, slots=True)
class Figures:
    """Error ratios by window, the period, and what fires. Unless it `is_current`, data have come, and come no more.

    A ratio is of what has been seen of its window, and `coverages` are how much that is, where it is less than all and
    known. `doubts` say why the figures must not be relied on, such as that they are old; `notes` what else is to be
    known.
    """

    windows: Mapping[Duration, Decimal | NoData]
    windows_source: Source
    period: PeriodFigures | NoData
    is_current: bool = True
    firing: tuple[Firing, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    coverages: Mapping[Duration, Decimal] = field(default_factory=dict)

    def coverage(self, window: Duration) -> Decimal:
        """How much of a window has been seen."""
        return self.coverages.get(window, _ALL)


@dataclass(frozen=True, slots=True)
class Burning:
    """A burn tier whose two windows are both above its threshold, as its alert compares them."""

    burn_tier: str
    severity: Severity


ByGroup = Mapping[Group, Figures]


@dataclass(frozen=True, slots=True)
class AllFigures:
    """Figures by full name and group; what the server warned of; and what else is to be known."""

    by_slo: Mapping[str, ByGroup]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
