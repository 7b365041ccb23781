"""What alerts told, held against what was lost."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sretool.burn.backtest.days import Group
from sretool.burn.backtest.firing import Alert, Told, told
from sretool.burn.backtest.history import STEP
from sretool.burn.backtest.losses import Loss, Spending
from sretool.model.tiers import SEVERITIES, Severity

_LEAST_FOR_AN_INTERVAL: Final = 5
_Z: Final = 1.959964  # Of a two-sided interval of 95%.


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. Its ratio is never shown without them."""

    hits: int
    of: int

    @property
    def ratio(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's interval of 95%, from five on: E. B. Wilson, 1927, doi:10.1080/01621459.1927.10502953."""
        if self.of < _LEAST_FOR_AN_INTERVAL:
            return None
        n, p, z = self.of, self.hits / self.of, _Z
        middle = p + z * z / (2 * n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        whole = 1 + z * z / n
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that somebody was told of, and the loss that it came of, if it came of one.

    `spent_ratio` is the share of the budget that had gone when it fired: since the loss began, or else within the long
    window of the tier that fired first. Times are in seconds; `reset_seconds` is None while it still fires.
    """

    group: Group
    told: Told
    loss: Loss | None
    spent_ratio: float
    bad_events: float
    all_events: float
    detected_seconds: float | None
    reset_seconds: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A loss and what told of it, soonest first; how long that took, and what share of the budget had gone by then.

    Both are None where nothing told of it, and where what did fired already when it began.
    """

    group: Group
    loss: Loss
    told_by: tuple[Told, ...]
    detected_seconds: float | None
    spent_ratio: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """How one candidate did, all groups together."""

    firings: tuple[Firing, ...]
    losses: tuple[Lost, ...]

    def fired(self, severity: Severity) -> list[Firing]:
        return [one for one in self.firings if one.told.severity == severity]

    def precision(self, severity: Severity) -> Share:
        """Of the alerts of a severity, those that came of a loss."""
        fired = self.fired(severity)
        return Share(sum(one.loss is not None for one in fired), len(fired))

    def recall(self, *severities: Severity) -> Share:
        """Of the losses, those during which an alert of these severities fired; of any, if none is given."""
        wanted = severities or SEVERITIES
        told_of = sum(any(one.severity in wanted for one in lost.told_by) for lost in self.losses)
        return Share(told_of, len(self.losses))

    @property
    def detected_seconds(self) -> float | None:
        """The median time from a loss's beginning to the first alert that came of it."""
        return _median(lost.detected_seconds for lost in self.losses)

    @property
    def spent_ratio(self) -> float | None:
        """The median share of the budget that had gone when that alert came."""
        return _median(lost.spent_ratio for lost in self.losses)

    @property
    def reset_seconds(self) -> float | None:
        """The median time that pages went on after the last of their losses ended; of tickets, where none paged."""
        told_of = [one for one in self.firings if one.loss]
        pages = [one for one in told_of if one.told.severity == "page"]
        return _median(one.reset_seconds for one in pages or told_of)


def score(parts: Iterable[tuple[Group, Spending, Sequence[Alert]]], *, least_ratio: float) -> Score:
    """Of each group its spending and its alerts."""
    return held_against_losses(
        (
            (
                group,
                spending,
                [one for each in SEVERITIES for one in told(found, each, judged_from=spending.judged_from)],
            )
            for group, spending, found in parts
        ),
        least_ratio=least_ratio,
    )


def held_against_losses(parts: Iterable[tuple[Group, Spending, Sequence[Told]]], *, least_ratio: float) -> Score:
    """Of each group its spending and what somebody was told of it."""
    firings: list[Firing] = []
    losses: list[Lost] = []
    for group, spending, fired in parts:
        lost = spending.losses(least_ratio=least_ratio)
        firings += [_firing(group, one, lost, spending) for one in fired]
        losses += [_lost(group, loss, fired, spending) for loss in lost]
    firings.sort(key=lambda one: (one.told.stretch.first, one.group))
    losses.sort(key=lambda one: (one.loss.stretch.first, one.group))
    return Score(tuple(firings), tuple(losses))


def _ends_unseen(one: Told, loss: Loss) -> int:
    """From when on the short window of the tier that fired first sees nothing of the loss any more."""
    return loss.stretch.end + one.sees_places


def _covers(one: Told, loss: Loss) -> bool:
    """It fires while the loss goes on, or comes while its short window still sees it."""
    return one.stretch.first < _ends_unseen(one, loss) and one.stretch.end > loss.stretch.first


def _comes_of(one: Told, loss: Loss) -> bool:
    """It does not fire from before already."""
    return loss.stretch.first <= one.stretch.first < _ends_unseen(one, loss)


def _lost(group: Group, loss: Loss, fired: Sequence[Told], spending: Spending) -> Lost:
    told_by = sorted((one for one in fired if _covers(one, loss)), key=lambda one: one.stretch.first)
    came = next((one for one in told_by if _comes_of(one, loss)), None)
    if came is None:
        return Lost(group, loss, tuple(told_by), None, None)
    return Lost(group, loss, tuple(told_by), _seconds(came, loss), _spent(came, loss, spending))


def _firing(group: Group, one: Told, lost: Sequence[Loss], spending: Spending) -> Firing:
    causes = [loss for loss in lost if _comes_of(one, loss)]
    if not causes:
        fired = one.stretch.first
        first = max(0, fired - int(one.tiers[0].long.seconds) // STEP)
        bad, every = spending.events(first, fired + 1)
        return Firing(group, one, None, spending.spent(first, fired + 1), bad, every, None, None)
    cause = causes[-1]
    still_fires = one.stretch.end >= spending.windows.length
    ended = max(loss.stretch.end for loss in lost if _covers(one, loss))
    return Firing(
        group,
        one,
        cause,
        _spent(one, cause, spending),
        cause.bad_events,
        cause.all_events,
        detected_seconds=_seconds(one, cause),
        reset_seconds=None if still_fires else max(0, one.stretch.end - ended) * STEP,
    )


def _seconds(one: Told, loss: Loss) -> int:
    return (one.stretch.first - loss.stretch.first) * STEP


def _spent(one: Told, loss: Loss, spending: Spending) -> float:
    return spending.spent_until_now(loss.stretch.first, one.stretch.first)


def _median(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return statistics.median(known) if known else None
