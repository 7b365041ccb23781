"""Ties it together: a history, and every candidate's alerts over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sretool.burn.backtest.candidates import Candidate
from sretool.burn.backtest.days import Group
from sretool.burn.backtest.firing import alerts
from sretool.burn.backtest.history import STEP, History
from sretool.burn.backtest.losses import Spending
from sretool.burn.backtest.scoring import Score, score
from sretool.burn.backtest.windows import Windows
from sretool.model.duration import Duration
from sretool.model.slo import Slo


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate and how it did."""

    candidate: Candidate
    score: Score


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was tried on which history; a loss spends at least `least_ratio` of the budget."""

    slo: Slo
    history: History
    tried: tuple[Tried, ...]
    least_ratio: float


def look_back(candidates: Iterable[Candidate]) -> Duration:
    """The longest window of any."""
    return max(tier.long for candidate in candidates for tier in candidate.slo.alerting.tiers)


def windows_of(history: History) -> dict[Group, Windows]:
    """Made once for all candidates: they differ in what they compare, and seldom in their windows."""
    return {group: Windows(recorded) for group, recorded in history.groups.items()}


def trial(candidate: Candidate, windows: Mapping[Group, Windows], *, judged_from: int, least_ratio: float) -> Tried:
    """What a candidate's alerts would have done; a loss spends at least `least_ratio` of the budget."""
    slo = candidate.slo
    parts = ((group, Spending(slo, each, judged_from), list(alerts(slo, each))) for group, each in windows.items())
    return Tried(candidate, score(parts, least_ratio=least_ratio))


def budget_left(slo: Slo, history: History, *, points: int) -> Sequence[float]:
    """What was left of the budget, all groups as one, had it been whole when the time that is judged began.

    The budget is that of a whole period of the traffic that was seen: of an hour of history an hour's share is spent.
    """
    judged = [(one.bad[history.judged_from :], one.all[history.judged_from :]) for one in history.groups.values()]
    bad, every = (np.nansum(sides, axis=0) for sides in zip(*judged, strict=True))
    seen = int(np.isfinite([all_ for _, all_ in judged]).any(axis=0).sum())
    periods = seen * STEP / float(slo.period.length.seconds)
    budget = every.sum() / periods * float(slo.objective.budget) if seen else 0.0
    if not budget:
        return [1.0] * points
    spent = np.cumsum(bad) / budget
    places = np.linspace(0, len(spent) - 1, points).astype(int)
    return [float(1 - spent[place]) for place in places]
