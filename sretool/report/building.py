"""Facts to a report: one function a section, and what is missing in the place of what it would have said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal, TypeVar

from sretool.burn.invariants import InvariantHistory
from sretool.incident.history import Incident
from sretool.incident.postmortem.reading import ActionItem
from sretool.report import amounts, budgets, values
from sretool.report.decisions import decisions
from sretool.report.facts import Facts, Measured, Missing, MoneyFigures
from sretool.report.pages import pages
from sretool.report.printed import printed
from sretool.report.quality import quality
from sretool.report.spendings import weeks_of
from sretool.report.values import Action, Actions, IncidentWeek, InvariantWeek, Report, WeekShown
from sretool.report.week import Week

Value = TypeVar("Value")
_HOURS_REMEMBERED: Final = 24


def report(facts: Facts, *, policy: str) -> Report:
    """`policy` names the file of the policy, for whoever wants to know what was obeyed."""
    week, measured = facts.asked.week, facts.measured
    weeks = {} if isinstance(measured, Missing) else weeks_of(facts.asked, measured)
    counts = {} if isinstance(measured, Missing) else measured.counts
    incidents = () if isinstance(facts.incidents, Missing) else _of_week(facts.incidents, week)
    spent = budgets.by_key(weeks, counts, incidents)
    invariants = measured if isinstance(measured, Missing) else _invariants(measured.invariants)

    def section(of: Callable[[Measured], Value]) -> Value | Missing:
        return measured if isinstance(measured, Missing) else of(measured)

    whole = Report(
        version=values.VERSION,
        week=WeekShown(week.name, week.start_utc, week.as_of_utc, week.is_whole),
        services=tuple(service.name for service in facts.asked.services),
        decisions=section(
            lambda known: decisions(
                facts.asked,
                known.status,
                facts.review,
                policy=policy,
                left=known.left,
                budgets=spent,
                invariants=() if isinstance(invariants, Missing) else invariants,
            )
        ),
        budgets=section(lambda _: budgets.worst_first(spent)),
        invariants=invariants,
        money=section(lambda known: _money(known.money)),
        incidents=facts.incidents if isinstance(facts.incidents, Missing) else _incidents(facts, incidents, spent),
        pages=section(
            lambda known: (
                known.pages if isinstance(known.pages, Missing) else pages(facts.asked, weeks, known.pages, incidents)
            )
        ),
        actions=facts.actions if isinstance(facts.actions, Missing) else _actions(facts, facts.actions),
        quality=quality(facts, weeks, [f"{name}: {one.missing}" for name, one in _missing(facts)]),
    )
    shown: Report = printed(whole)
    return shown


def _missing(facts: Facts) -> Iterable[tuple[str, Missing]]:
    measured = facts.measured
    sources: dict[str, object] = {
        "Prometheus": measured,
        "the policy": facts.policy,
        "the incident ledger": facts.incidents,
        "postmortems": facts.actions,
    }
    if isinstance(measured, Measured):
        sources |= {"invariants": measured.invariants, "money": measured.money, "pages": measured.pages}
    return ((name, one) for name, one in sources.items() if isinstance(one, Missing))


def _money(figures: MoneyFigures | Missing) -> values.Money | Missing:
    return figures if isinstance(figures, Missing) else amounts.money(figures)


def _of_week(incidents: Sequence[Incident], week: Week) -> list[Incident]:
    """Those that went on in it."""
    return [
        one
        for one in incidents
        if one.opened_at_utc <= week.as_of_utc and (one.resolved_at_utc is None or one.resolved_at_utc > week.start_utc)
    ]


def _incidents(facts: Facts, incidents: Sequence[Incident], spent: Sequence[values.Budget]) -> tuple[IncidentWeek, ...]:
    by_incident = budgets.spent_by_incident(spent)
    return tuple(
        IncidentWeek(
            incident_id=one.incident_id,
            title=one.title,
            severity=one.severity,
            status=one.status,
            service=one.service,
            slo=one.slo,
            opened_at_utc=one.opened_at_utc,
            acknowledged_at_utc=one.acknowledged_at_utc,
            resolved_at_utc=one.resolved_at_utc,
            spent=by_incident.get(one.incident_id, {}),
            postmortem=facts.postmortems.get(one.incident_id, ""),
            pagerduty_url="" if one.pagerduty is None else one.pagerduty.url,
        )
        for one in incidents
    )


def _invariants(found: Iterable[InvariantHistory] | Missing) -> tuple[InvariantWeek, ...] | Missing:
    return found if isinstance(found, Missing) else tuple(_invariant(one) for one in found)


def _invariant(one: InvariantHistory) -> InvariantWeek:
    return InvariantWeek(
        name=one.full_name,
        description=one.invariant.description,
        state=_state(one),
        rises=sum((by for _, by in one.rises), Decimal(0)),
        violated_at_utc=tuple(datetime.fromtimestamp(int(at), UTC) for at, _ in one.rises),
        measured=(Decimal(one.hours_measured) / one.hours).quantize(Decimal("0.0001"), ROUND_FLOOR),
    )


def _state(one: InvariantHistory) -> Literal["held", "violated", "in doubt", "no data"]:
    """A rise that nobody saw is seen when the counter is there again, within a day."""
    if one.rises:
        return "violated"
    if one.is_measured_now and one.hours - one.hours_measured < _HOURS_REMEMBERED:
        return "held"
    return "in doubt" if one.hours_measured else "no data"


def _actions(facts: Facts, items: Sequence[ActionItem]) -> Actions:
    week = facts.asked.week
    first = week.start_utc.date()
    today = (week.as_of_utc - timedelta(seconds=1)).date()  # At a week's last midnight, its Sunday.
    pages = facts.postmortems
    still_open = [_action(one, today, page=pages.get(one.incident_id, "")) for one in items if _is_open(one, today)]
    return Actions(
        open=tuple(sorted(still_open, key=lambda one: (-one.days_overdue, one.due or date.max, one.incident_id))),
        overdue=sum(one.days_overdue > 0 for one in still_open),
        done=sum(one.closed_on is not None and first <= one.closed_on <= today for one in items),
    )


def _is_open(item: ActionItem, today: date) -> bool:
    """What was done later was open then."""
    return item.status == "open" or (item.closed_on is not None and item.closed_on > today)


def _action(item: ActionItem, today: date, *, page: str) -> Action:
    late = 0 if item.due is None else max(0, (today - item.due).days)
    return Action(item.incident_id, item.text, item.type, item.owner, item.due, late, page)
