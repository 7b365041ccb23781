"""When alerts fire: the generated expression at every half minute, and what keeps an alert firing after it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool.burn.backtest.history import STEP
from sretool.burn.backtest.sums import Places
from sretool.burn.backtest.windows import Windows
from sretool.model.burn import can_fire
from sretool.model.duration import Duration
from sretool.model.slo import Slo
from sretool.model.tiers import BurnTier, Severity
from sretool.rules.alerts import KEEP_FIRING, MOST_FAILED

Truths = NDArray[np.bool_]

_KEPT_PLACES: Final = int(KEEP_FIRING.seconds) // STEP
_NEAR: Final = 1e-6  # Of a count of events: sums that differ by this much differ in their last digits only.


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places from `first` up to `end`, which is not part of it."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one tier, and where its expression has a value. A tier may page or, with little traffic, not."""

    tier: BurnTier
    severity: Severity
    burns: Truths


@dataclass(frozen=True, slots=True)
class Told:
    """Alerts of one severity that fire without a break: whoever is told once."""

    severity: Severity
    tiers: tuple[BurnTier, ...]  # In the order in which they came.
    stretch: Stretch
    sees_places: int  # How far the short window of the first of them looks back.


def alerts(slo: Slo, windows: Windows) -> Iterator[Alert]:
    """All alerts of an SLO's tiers, as `sretool.rules.alerts` writes their expressions."""
    for tier in slo.alerting.tiers:
        if not can_fire(tier, slo.objective):
            continue
        places = _burns(slo, tier, windows)
        if tier.severity == "ticket" or not slo.alerting.min_events:
            yield Alert(tier, tier.severity, _true_at(places, windows.length))
        else:
            enough = windows.all_events(tier.long, places) >= float(slo.alerting.min_events)
            enough |= windows.error_ratio(tier.long, places) > float(MOST_FAILED)
            yield Alert(tier, "page", _true_at(places[enough], windows.length))
            yield Alert(tier, "ticket", _true_at(places[~enough], windows.length))


def firing(burns: Truths) -> list[Stretch]:
    """Where an alert fires: from the first value on, until five minutes have passed without one."""
    return [Stretch(one.first, one.end + _KEPT_PLACES) for one in stretches(burns, joined_over=_KEPT_PLACES)]


def stretches(truths: Truths, *, joined_over: int) -> list[Stretch]:
    """Runs of true places; those with at most so many false ones between them are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], truths, [False]])))
    firsts, ends = edges[::2], edges[1::2]
    if not len(firsts):
        return []
    apart = firsts[1:] - ends[:-1] > joined_over
    begins, stops = np.concatenate([[True], apart]), np.concatenate([apart, [True]])
    return [Stretch(int(a), int(b)) for a, b in zip(firsts[begins], ends[stops], strict=True)]


def told(found: Sequence[Alert], severity: Severity, *, judged_from: int) -> list[Told]:
    """The alerts of a severity from a place on, those that overlap as one."""
    fired = [
        (stretch, alert.tier)
        for alert in found
        if alert.severity == severity
        for stretch in firing(alert.burns)
        if stretch.end > judged_from
    ]
    fired.sort(key=lambda one: (one[0].first, one[1].long, one[1].short))
    runs: list[list[tuple[Stretch, BurnTier]]] = []
    end = -1
    for stretch, tier in fired:
        if stretch.first > end:
            runs.append([])
        runs[-1].append((stretch, tier))
        end = max(end, stretch.end)
    return [_told(run, severity) for run in runs]


def _told(run: list[tuple[Stretch, BurnTier]], severity: Severity) -> Told:
    whole = Stretch(run[0][0].first, max(stretch.end for stretch, _ in run))
    tiers = tuple(dict.fromkeys(tier for _, tier in run))
    return Told(severity, tiers, whole, int(tiers[0].short.seconds) // STEP)


def _burns(slo: Slo, tier: BurnTier, windows: Windows) -> Places:
    """Each condition is asked only where those before it hold, which is seldom."""
    threshold = float(tier.threshold(slo.objective.budget))
    places = windows.burning(tier.long, threshold)
    places = places[windows.error_ratio(tier.short, places) > threshold]
    least = slo.alerting.min_bad_events if tier.severity == "page" else Decimal(0)
    return places[_has_events(windows, tier.long, places, least=math.ceil(least))]


def _true_at(places: Places, length: int) -> Truths:
    truths = np.zeros(length, dtype=bool)
    truths[places] = True
    return truths


def _has_events(windows: Windows, window: Duration, places: Places, *, least: int) -> Truths:
    """Where a count of bad events, rounded to the next whole one, is large enough.

    Halves are common, since an event is counted in ten parts. There the last digit decides, which sums of sums do not
    have; so these are added up again, exactly.
    """
    events = windows.bad_events(window, places) + 0.5
    enough: Truths = events >= least
    for number in np.flatnonzero(abs(events - least) < _NEAR):
        enough[number] = windows.bad_events_exactly(window, int(places[number])) + 0.5 >= least
    return enough
