"""A week made by hand: one SLO at ten events a second, of which stretches failed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from burn.backtest.made_up import THREE_NINES

from sretool.burn.counting import Count
from sretool.burn.evaluate import Standing, standing
from sretool.burn.figures import WINDOWS, Figures, NoData, PeriodFigures
from sretool.burn.status import Status
from sretool.incident.events import AlertsSeen, Event, Happening, Opened, Resolved, SeenAlert
from sretool.incident.history import Incident, fold
from sretool.model.slo import Service, Slo
from sretool.report.facts import Asked, Facts, Fired, Key, Measured, Missing, Recorded
from sretool.report.spendings import WeekOf
from sretool.report.week import Week, week_so_far
from sretool.rules.timing import Timing

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = week_so_far((MONDAY + timedelta(days=7)).timestamp())
RATE = 10
SERVICE = Service("shop", (THREE_NINES,))
# One in a thousand of what 30 days have.
ALLOWED = RATE * 86_400 * 30 // 1_000
NONE = Missing("nobody asked")
Stretch = tuple[float, float, float]  # From an hour of the week up to another, the share that failed.


def asked(*, week: Week = WEEK, services: tuple[Service, ...] = (SERVICE,), scale: int = 1) -> Asked:
    return Asked(week, services, Timing(scale=scale), Decimal("0.02"))


def hour(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


def recorded(*failing: Stretch, gap: tuple[float, float] | None = None) -> Recorded:
    ends = np.arange(1, 2_017) * 300 / 3_600
    bad = np.zeros(2_016)
    for first, end, share in failing:
        bad[(ends > first) & (ends <= end)] = RATE * share
    every = np.full(2_016, float(RATE))
    if gap is not None:
        for side in (bad, every):
            side[(ends > gap[0]) & (ends <= gap[1])] = np.nan
    return Recorded(bad, every)


def how_it_stands(slo: Slo = THREE_NINES, *, spent: str = "0.3", group: tuple[str, ...] = ()) -> Standing:
    period = PeriodFigures(Decimal(spent) * ALLOWED, Decimal(RATE * 86_400 * 30), Decimal(1), "counted")
    figures = Figures(dict.fromkeys(WINDOWS, NoData("not asked")), "counted", period)
    return standing(slo, group, figures, length=slo.period.length)


def week_of(*failing: Stretch, slo: Slo = THREE_NINES, group: tuple[str, ...] = ()) -> WeekOf:
    return WeekOf(asked(), slo, how_it_stands(slo, group=group), recorded(*failing))


def counted(bad: int, every: int = RATE * 86_400 * 7) -> Count:
    return Count(Decimal(bad), Decimal(every))


def fired(first: float, end: float | None, tier: str = "1h-5m", **labels: str) -> Fired:
    """A page of the SLO's from an hour of the week up to another, or still."""
    of_it = {"service": "shop", "slo": "availability", "burn_tier": tier, "alertname": "ErrorBudgetBurn", **labels}
    return Fired(
        {name: value for name, value in of_it.items() if value},
        hour(first).timestamp(),
        None if end is None else hour(end).timestamp(),
    )


def incident(
    first: float,
    end: float | None,
    *,
    name: str = "a",
    service: str = "shop",
    slo: str = "shop/availability",
    alerts: Sequence[SeenAlert] = (),
) -> Incident:
    """Opened at an hour of the week and resolved at another, if it was."""
    happened: list[tuple[float, Happening]] = [(first, Opened(f"title of {name}", "sev2", "", service, slo))]
    if alerts:
        happened.append((first, AlertsSeen(tuple(alerts))))
    if end is not None:
        happened.append((end, Resolved("mended")))
    (found,) = fold(
        Event(f"{name}{number}", f"inc-20261123-{name:a<5}", what, hour(when), hour(when), "ada@laptop")
        for number, (when, what) in enumerate(happened)
    )
    return found


def measured(
    *,
    counts: Mapping[Key, Count] | None = None,
    warnings: tuple[str, ...] = (),
    doubts: tuple[str, ...] = (),
    **more: object,
) -> Measured:
    """What a server said of the one SLO; what else is given stands in the place of nothing."""
    one = replace(how_it_stands(), doubts=doubts)
    status = Status(WEEK.end, (one,), (), {}, (), ())
    nothing = Measured(status, counts or {}, {}, {}, (), (), NONE, warnings)
    return replace(nothing, **more)  # type: ignore[arg-type]


def facts(**more: object) -> Facts:
    nothing = Facts(
        asked=asked(),
        measured=NONE,
        policy=NONE,
        review=None,
        incidents=NONE,
        unread=(),
        postmortems={},
        actions=NONE,
    )
    return replace(nothing, **more)  # type: ignore[arg-type]
