"""The truth that alerts are held to: the stretches in which the budget really went.

A *loss* is a stretch in which more than the budget's share of events failed, in every five minutes of it, and which
spent at least a given share of the whole budget. Quiet of up to half an hour within does not end it: it is one trouble
to whoever mends it. It needs no tier, window or threshold of an alert, and so is the same for all of them; only another
objective makes it another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from sretool.burn.backtest.firing import Stretch, Truths, stretches
from sretool.burn.backtest.history import STEP, Recorded
from sretool.burn.backtest.windows import Windows
from sretool.model.duration import MINUTE
from sretool.model.slo import Slo
from sretool.rules.timing import TILE

_JOINED_PLACES: Final = int((MINUTE * 30).seconds) // STEP
_TILE_PLACES: Final = int(TILE.seconds) // STEP
_LAG_PLACES: Final = (
    _TILE_PLACES // 2
)  # An event is counted over the five minutes after it, half of it by their middle.


@dataclass(frozen=True, slots=True)
class Loss:
    """A stretch, the share of the period's budget that went in it, and what went."""

    stretch: Stretch
    spent_ratio: float
    bad_events: float
    all_events: float
    worst_ratio: float


def burning(slo: Slo, recorded: Recorded) -> Truths:
    """The places at which more than the budget's share of events failed."""
    return np.asarray(recorded.bad > recorded.all * float(slo.objective.budget))


def happened(counted: Stretch) -> Stretch:
    """When it was what was counted: what happens at a moment is counted over five minutes from then on."""
    return Stretch(counted.first, max(counted.first + 1, counted.end - _TILE_PLACES))


@dataclass(frozen=True)
class Spending:
    """How one group of an SLO spends its budget from the place `judged_from` on.

    The whole budget is that of a period with as many events as this history has in the same time, unless it is
    `known_budget`, in events.
    """

    slo: Slo
    windows: Windows
    judged_from: int
    known_budget: float | None = None

    @cached_property
    def whole_budget(self) -> float:
        """In events."""
        if self.known_budget is not None:
            return self.known_budget
        seen_seconds = np.isfinite(self.windows.recorded.all[self.judged_from :]).sum() * STEP
        if not seen_seconds:
            return 0.0
        _, events = self.events(self.judged_from, self.windows.length)
        return events * float(self.slo.period.length.seconds) / float(seen_seconds) * float(self.slo.objective.budget)

    def spent(self, first: int, end: int) -> float:
        """The share of the budget that goes from one place up to another."""
        bad, _ = self.events(first, end)
        return bad / self.whole_budget if self.whole_budget else 0.0

    def spent_until_now(self, first: int, place: int) -> float:
        """What has gone by then, of which half of the last five minutes is still to be counted."""
        return self.spent(first, place + _LAG_PLACES)

    def events(self, first: int, end: int) -> tuple[float, float]:
        """Bad and all events from one place up to another."""
        bad, every = self.windows.running_totals
        end = min(end, len(bad) - 1)
        return float(bad[end] - bad[first]) * STEP, float(every[end] - every[first]) * STEP

    def losses(self, *, least_ratio: float) -> list[Loss]:
        """Those that spent at least so much of the budget, oldest first."""
        burns = burning(self.slo, self.windows.recorded)[self.judged_from :]
        found = [
            Stretch(one.first + self.judged_from, one.end + self.judged_from)
            for one in stretches(burns, joined_over=_JOINED_PLACES - _TILE_PLACES)
        ]
        return [self._loss(one) for one in found if self.spent(one.first, one.end) >= least_ratio]

    def _loss(self, counted: Stretch) -> Loss:
        bad, every = self.events(counted.first, counted.end)
        within = slice(counted.first, counted.end)
        seen = self.windows.recorded.all[within] > 0
        worst = float(np.nanmax(self.windows.recorded.bad[within][seen] / self.windows.recorded.all[within][seen]))
        return Loss(happened(counted), self.spent(counted.first, counted.end), bad, every, worst)
