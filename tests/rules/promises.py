"""Services to make rules of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod, WeeklySpan
from sretool.model.sli import EventsSli, Sli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers

MONTH = RollingPeriod(DAY * 30)


def slo(name: str = "one", sli: Sli | None = None, *, objective: str = "0.999", **more: Any) -> Slo:
    """An SLO of the service checkout; without an SLI, of the events that `events` counts."""
    period = more.pop("period", MONTH)
    alerting = more.pop("alerting", None) or Alerting(default_tiers(period.length))
    return Slo("checkout", name, Objective(Decimal(objective)), period, sli or events(name), alerting, **more)


def events(metric: str = "one") -> EventsSli:
    return EventsSli("bad", f'{metric}_total{{code="500"}}', f"{metric}_total")


def service(*slos: Slo, **more: Any) -> Service:
    return Service("checkout", slos, **more)


def traffic(good: str, bad: str, *, metric: str = "one") -> dict[str, str]:
    """The counters that `events` reads, in promtool's notation."""
    return {f'{metric}_total{{code="200"}}': good, f'{metric}_total{{code="500"}}': bad}


def span(day: int, hour: float, hours: float) -> WeeklySpan:
    """From an hour of a day of the week (Monday is 0)."""
    return WeeklySpan(int((day * 24 + hour) * 3_600), int(hours * 3_600))
