"""The pictures of a report: how budgets went, what spent the worst of them, when people were paged."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Final

from sretool.charts.burndown import BurnDown, Line, burn_down
from sretool.charts.layout import Point
from sretool.charts.pages import PagesByHour, pages_by_hour
from sretool.charts.spending import Part, Spending, spending
from sretool.charts.svg import for_any_width
from sretool.report.decisions import key
from sretool.report.facts import Facts, Measured, Missing
from sretool.report.values import Budget, Report
from sretool.settings.policy import FREEZE_BELOW, Policy

_LINES: Final = 6
_SPENDINGS: Final = 3
_BARS: Final = 12
_WORTH_DRAWING: Final = Decimal("0.02")  # Of a budget.


def charts(facts: Facts, report: Report) -> dict[str, str]:
    """SVG by name: burn_down, pages_by_hour, and by what spent them the budgets that the week cost most.

    What has nothing to show is left out. Raises sretool.charts.canvas.Missing without matplotlib.
    """
    found: dict[str, str] = {}
    if isinstance(facts.measured, Missing) or isinstance(report.budgets, Missing):
        return found
    lines = _burn_down(facts, facts.measured, report)
    if lines is not None:
        found["burn_down"] = for_any_width(lambda prefix, size: burn_down(lines, prefix=prefix, size=size), "burn-down")
    for number, budget in enumerate(_costly(report.budgets)):
        chart = _spending(budget)
        found[f"spending {budget.slo}"] = for_any_width(
            partial(lambda chart, prefix, size: spending(chart, prefix=prefix, size=size), chart), f"spending-{number}"
        )
    if not isinstance(report.pages, Missing) and any(map(any, report.pages.by_hour)):
        hours = PagesByHour("Pages by weekday and hour (UTC)", report.pages.by_hour)
        found["pages_by_hour"] = for_any_width(
            lambda prefix, size: pages_by_hour(hours, prefix=prefix, size=size), "pages-by-hour"
        )
    return found


def _burn_down(facts: Facts, measured: Measured, report: Report) -> BurnDown | None:
    """The SLOs that decisions begin with: the worst first."""
    if isinstance(report.decisions, Missing):
        return None
    keys = {one.full_name: key(one) for one in measured.status.standings}
    drawn = [one for one in report.decisions.found if measured.left.get(keys.get(one.subject, ("", ())))]
    lines = [
        Line(
            one.subject,
            tuple(Point(datetime.fromtimestamp(int(at), UTC), left) for at, left in measured.left[keys[one.subject]]),
            told=one.budget_left,
        )
        for one in drawn[:_LINES]
    ]
    if not lines:
        return None
    return BurnDown(
        title=f"Budget left, {report.week.name}",
        start=report.week.start_utc,
        end=report.week.as_of_utc,
        lines=tuple(lines),
        freeze_below=facts.policy.freeze_below if isinstance(facts.policy, Policy) else FREEZE_BELOW,
    )


def _costly(budgets: tuple[Budget, ...]) -> list[Budget]:
    """Those that incidents took much of."""
    drawn = [
        one for one in budgets if (one.spent or 0) >= _WORTH_DRAWING and any(part.incident_id for part in one.parts)
    ]
    return drawn[:_SPENDINGS]


def _spending(budget: Budget) -> Spending:
    """The costliest incidents; of the others there is one bar, which the table tells apart."""
    incidents = [part for part in budget.parts if part.incident_id]
    parts = [Part(part.incident_id, part.spent or 0) for part in incidents[:_BARS]]
    if others := incidents[_BARS:]:
        parts.append(Part(f"{len(others)} other incidents", sum((part.spent or 0 for part in others), Decimal(0))))
    parts += [Part("unattributed", part.spent or 0, "unattributed") for part in budget.parts if not part.incident_id]
    return Spending(f"What spent the budget of {budget.slo}", tuple(parts), budget.spent or 0)
