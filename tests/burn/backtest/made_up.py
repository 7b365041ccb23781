"""Histories made by hand, and an SLO to hold them to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from sretool.burn.backtest.days import Floats
from sretool.burn.backtest.history import Recorded
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers

HOUR = 120  # In places of half a minute.
MONTH = RollingPeriod(DAY * 30)
THREE_NINES = Slo(
    service="shop",
    name="availability",
    objective=Objective(Decimal("0.999")),
    period=MONTH,
    sli=EventsSli("bad", "errors_total", "requests_total"),
    alerting=Alerting(default_tiers(MONTH.length)),
)


def recorded(days: int, failing: Sequence[tuple[int, int, float]], *, rate: float = 20.0) -> Recorded:
    """Even traffic; of each stretch (first place, end, share) a share fails, seen over five minutes as rules see it."""
    happened = np.zeros(days * 24 * HOUR)
    for first, end, share in failing:
        happened[first:end] = share
    return Recorded(rate * over_five_minutes(happened), np.full(len(happened), rate))


def over_five_minutes(happened: Floats) -> Floats:
    """At each place the mean of the ten half minutes before it."""
    padded = np.concatenate([np.zeros(10), happened])
    return np.array([padded[place : place + 10].mean() for place in range(len(happened))])
