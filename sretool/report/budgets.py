"""What a week took of each budget, and which incidents took it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Literal

from sretool.burn.counting import Count
from sretool.burn.figures import NoData
from sretool.incident.history import Incident
from sretool.promql import names
from sretool.report.attribution import Claim, apportioned, attributed
from sretool.report.facts import Key
from sretool.report.shares import STEP, computed_share, share
from sretool.report.spendings import WeekOf
from sretool.report.values import Budget, Part
from sretool.rules.timing import SUM_TILE, TILE


@dataclass(frozen=True, slots=True)
class Events:
    """Bad and all events of the week; `bad` is None where that is not known, for a reason."""

    bad: Decimal | None
    all: Decimal | None
    source: Literal["counted", "recorded", ""]
    reason: str = ""


def events_of(one: WeekOf, count: Count | None) -> Events:
    """As counted; of what has no counters, as recorded."""
    if count is not None:
        return Events(count.bad, count.all, "counted", "; ".join(count.words) if count.bad is None else "")
    if one.is_recorded:
        return Events(*one.recorded_events(), "recorded")
    return Events(None, None, "", "neither its counters nor its recorded series have data of the week")


def spent(one: WeekOf, bad: Decimal | None) -> Decimal | None:
    """The share of a whole budget."""
    if bad is None or not one.allowed:
        return None
    return computed_share(bad / one.allowed)


def budget(one: WeekOf, count: Count | None, incidents: Sequence[Incident]) -> Budget:
    """Of one SLO, or group."""
    events = events_of(one, count)
    left = None if one.standing is None or isinstance(one.standing.left, NoData) else one.standing.left
    taken = spent(one, events.bad)
    return Budget(
        slo=one.name,
        objective=str(one.slo.objective),
        period=str(one.slo.period),
        source=events.source,
        bad_events=_whole(events.bad),
        all_events=_whole(events.all),
        allowed_events=_whole(one.allowed),
        spent=taken,
        budget_left=None if left is None else share(left),
        parts=() if not events.bad else tuple(_parts(one, events.bad, taken, claims(one, incidents))),
        reason=events.reason,
    )


def claims(one: WeekOf, incidents: Iterable[Incident]) -> list[Claim]:
    """When the incidents about an SLO went on: since the spending began that they are about, until they were resolved.

    Spending that ended at most half an hour before an incident was opened is what it is about, too.
    """
    scale = one.asked.timing.scale
    end = one.asked.week.end
    found = []
    for incident in incidents:
        if not is_about(incident, one):
            continue
        resolved = incident.resolved_at_utc
        began = _spending_began(one, _opened(incident))
        ended = end if resolved is None else min(end, resolved.timestamp() + float(TILE.seconds) / scale)
        if began < ended:
            found.append(Claim(incident.incident_id, began, ended))
    return found


def is_about(incident: Incident, one: WeekOf) -> bool:
    """By the SLO that it names, else by those of its alerts, else by its service. Alerts may tell which group."""
    slo = one.slo
    if incident.slo == slo.full_name and not slo.group_by:
        return True
    of_alerts = [dict(alert.labels) for alert in incident.alerts if dict(alert.labels).get(names.SLO)]
    ours = [each for each in of_alerts if (each.get(names.SERVICE), each[names.SLO]) == (slo.service, slo.name)]
    if ours and slo.group_by:
        return any(tuple(each.get(label, "") for label in slo.group_by) == one.group for each in ours)
    if incident.slo or of_alerts:
        return bool(ours) or incident.slo == slo.full_name  # Of its groups the alerts do not tell.
    return incident.service == slo.service


def spent_by_incident(budgets: Iterable[Budget]) -> dict[str, dict[str, Decimal]]:
    """By incident, what it took of which budgets, the most first."""
    found: dict[str, dict[str, Decimal]] = {}
    parts = ((part, each.slo) for each in budgets for part in each.parts if part.incident_id)
    taken = [(part.spent, part.incident_id, slo) for part, slo in parts if part.spent]
    for spent_ratio, incident_id, slo in sorted(taken, key=lambda one: (-one[0], one[2])):
        found.setdefault(incident_id, {})[slo] = spent_ratio
    return found


def worst_first(budgets: Iterable[Budget]) -> tuple[Budget, ...]:
    """What is not known first, then by what was spent."""
    return tuple(sorted(budgets, key=lambda one: (one.bad_events is not None, -(one.spent or 0), one.slo)))


def _parts(one: WeekOf, bad: Decimal, whole: Decimal | None, claimed: Sequence[Claim]) -> Iterable[Part]:
    """The costliest first, then what is nobody's. What is shown sums to what is shown."""
    found = attributed(Fraction(bad), one.tiles_of(bad), claimed)
    taken = [(incident_id, part) for incident_id, part in found.by_incident.items() if part]
    taken.sort(key=lambda pair: (-pair[1], pair[0]))
    exact = [*(part for _, part in taken), found.unattributed]
    events = apportioned(exact, _whole(bad) or 0)
    steps = [None] * len(exact) if whole is None else apportioned(exact, int(whole / STEP))
    for incident_id, number, step in zip((*(id_ for id_, _ in taken), ""), events, steps, strict=True):
        if incident_id or number or step:
            yield Part(incident_id, number, None if step is None else step * STEP)


def _opened(incident: Incident) -> float:
    return min([incident.opened_at_utc, *(alert.started_at_utc for alert in incident.alerts)]).timestamp()


def _spending_began(one: WeekOf, opened: float) -> float:
    grace = float(SUM_TILE.seconds) / one.asked.timing.scale
    begun = [
        one.at(loss.stretch.first)
        for loss in one.any_losses
        if one.at(loss.stretch.first) <= opened <= one.at(loss.stretch.end) + grace
    ]
    return min(begun, default=opened)


def _whole(number: Decimal | None) -> int | None:
    return None if number is None else int(number.to_integral_value(ROUND_HALF_EVEN))


def by_key(weeks: Mapping[Key, WeekOf], counts: Mapping[Key, Count], incidents: Sequence[Incident]) -> list[Budget]:
    """Of all SLOs and groups, in the order of their names."""
    return [budget(one, counts.get(key), incidents) for key, one in weeks.items()]
