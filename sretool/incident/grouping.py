"""What a notification of an Alertmanager means, by what is known of its group already. Pure.

A group of alerts is one incident from the first that fires until all have ended. Whoever tells it, and however often:
an alert is known by its fingerprint and its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sretool.incident.acting import TITLE_LENGTH_MAX
from sretool.incident.alerts import Notification
from sretool.incident.events import (
    SEVERITIES,
    Action,
    AlertsSeen,
    Happening,
    Opened,
    Resolved,
    SeenAlert,
    Severity,
    SeveritySet,
)
from sretool.incident.history import Incident
from sretool.incident.ledger import Draft
from sretool.promql import names
from sretool.rules.invariants import VIOLATED

# An Alertmanager tries again for as long as its group_interval, so what says that an ended alert fires, by the same
# beginning, is late news. Afterwards it is true: it was cut off from its Prometheus, and is not any more.
LATE_NEWS: Final = timedelta(minutes=15)
RESOLUTION: Final = "all alerts of the group have ended"
_BY_LABEL: Final[Mapping[str, Severity]] = {
    "page": "sev2",
    "critical": "sev2",
    "warning": "sev3",
    "ticket": "sev4",
    "info": "sev4",
    "none": "sev4",
}
_UNTOLD: Final = -len(SEVERITIES)  # Less grave than anything.
_Identity = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who heard it and when. `new_id` gives an incident's id that nobody has, `pages` says whether there is a pager."""

    actor: str
    now: datetime
    new_id: Callable[[], str]
    pages: bool = False

    def draft(self, incident_id: str, happening: Happening, action: Action | None = None) -> Draft:
        tells = (action,) if action and self.pages else ()
        return Draft(incident_id, happening, tells, actor=self.actor, origin="alertmanager")


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of an alert: as it was told last, when that was recorded, and of which incident."""

    alert: SeenAlert
    at: datetime
    incident: Incident


def heard(incidents: Iterable[Incident], notified: Notification, by: Hearer) -> list[Draft]:
    """What is to be recorded; nothing where nothing is new."""
    mine = [incident for incident in incidents if incident.opened.group == notified.group]
    told = dict(_told(mine))
    open_ = [incident for incident in mine if incident.resolution is None]
    seen: dict[str, list[SeenAlert]] = {incident.incident_id: [] for incident in mine}
    new: list[SeenAlert] = []
    for alert in notified.alerts:
        known = told.get(_identity(alert))
        if known is None or _fires_again(alert, known, by.now):
            new.append(alert)
        elif alert.ended_at_utc is not None and known.alert.ended_at_utc is None:
            seen[known.incident.incident_id].append(alert)
    if open_:
        seen[open_[-1].incident_id] += new
        severer = _severer(open_[-1], new, by)
        return [*_recorded(seen, by), *severer, *_resolutions(open_, seen, notified, by)]
    fresh = new
    if mine:
        late, fresh = _parted(new, mine[-1])
        seen[mine[-1].incident_id] += late
    opening = _opening(fresh, notified, by) if any(alert.ended_at_utc is None for alert in fresh) else []
    return [*_recorded(seen, by), *opening]


def _told(incidents: Sequence[Incident]) -> Iterator[tuple[_Identity, _Told]]:
    for incident in incidents:
        for event, seen in incident.all(AlertsSeen):
            for alert in seen.alerts:
                yield _identity(alert), _Told(alert, event.recorded_at_utc, incident)


def _identity(alert: SeenAlert) -> _Identity:
    return alert.fingerprint, alert.started_at_utc


def _fires_again(alert: SeenAlert, known: _Told, now: datetime) -> bool:
    is_back = alert.ended_at_utc is None and known.alert.ended_at_utc is not None
    return is_back and now - known.at > LATE_NEWS


def _parted(new: Sequence[SeenAlert], last: Incident) -> tuple[list[SeenAlert], list[SeenAlert]]:
    """What is of the last incident though it is told late, since a faster alert had kept it muted; and what is not.

    A person has resolved that one, who had been told of the same, as grave: that says nothing about another thing in
    the group. Nor does an incident that ended by itself: nobody has looked at what fires on.
    """
    if last.resolution is None or last.resolution[0].origin != "cli":
        return [], list(new)
    resolved_at = last.resolution[0].occurred_at_utc
    ranks: dict[frozenset[tuple[str, str]], int] = {}
    for alert in last.alerts:
        ranks[_subject(alert)] = max(_rank(_severity(alert)[0]), ranks.get(_subject(alert), _UNTOLD))
    late: list[SeenAlert] = []
    fresh: list[SeenAlert] = []
    for alert in new:
        is_told = _rank(_severity(alert)[0]) <= ranks.get(_subject(alert), _UNTOLD)
        is_late = is_told and alert.ended_at_utc is None and alert.started_at_utc < resolved_at
        (late if is_late else fresh).append(alert)
    return late, fresh


def _subject(alert: SeenAlert) -> frozenset[tuple[str, str]]:
    """What it is about: its labels but those by which the alerts of one burn differ."""
    return frozenset(label for label in alert.labels if label[0] not in (names.SEVERITY, names.BURN_TIER))


def _recorded(seen: Mapping[str, Sequence[SeenAlert]], by: Hearer) -> list[Draft]:
    return [by.draft(incident_id, AlertsSeen(tuple(alerts))) for incident_id, alerts in seen.items() if alerts]


def _opening(alerts: Sequence[SeenAlert], notified: Notification, by: Hearer) -> list[Draft]:
    firing = [alert for alert in alerts if alert.ended_at_utc is None]
    worst = min(firing, key=lambda alert: (-_rank(_severity(alert)[0]), alert.started_at_utc, alert.fingerprint))
    severity, reason = _severity(worst)
    labels = dict(worst.labels)
    service = labels.get(names.SERVICE) or labels.get("job", "")
    promise = labels.get(names.SLO) or labels.get(names.INVARIANT, "")
    opened = Opened(
        title=_title(worst, others=len(firing) - 1 + notified.omitted),
        severity=severity,
        severity_reason=reason,
        service=service,
        slo=f"{service}/{promise}" if service and promise else "",
        group=notified.group,
    )
    incident_id = by.new_id()
    return [by.draft(incident_id, opened, "trigger"), by.draft(incident_id, AlertsSeen(tuple(alerts)))]


def _severer(incident: Incident, new: Sequence[SeenAlert], by: Hearer) -> list[Draft]:
    """A graver alert that joins makes the incident graver, unless a person has said how grave it is."""
    if any(event.origin == "cli" for event, _ in incident.all(SeveritySet)):
        return []
    proposed = [_severity(alert) for alert in new if alert.ended_at_utc is None]
    severity, reason = max(proposed, key=lambda one: _rank(one[0]), default=(incident.severity, ""))
    if _rank(severity) <= _rank(incident.severity):
        return []
    return [by.draft(incident.incident_id, SeveritySet(severity, reason))]


def _resolutions(
    incidents: Sequence[Incident], seen: Mapping[str, Sequence[SeenAlert]], notified: Notification, by: Hearer
) -> list[Draft]:
    """Of a group that is over, unless one of its alerts that was told before is silenced now, or is not shown."""
    if not notified.is_over or notified.omitted:
        return []
    over = []
    for incident in incidents:
        known = {_identity(alert): alert for alert in (*incident.alerts, *seen[incident.incident_id])}
        if all(alert.ended_at_utc is not None for alert in known.values()):
            over.append(by.draft(incident.incident_id, Resolved(RESOLUTION), "resolve"))
    return over


def _severity(alert: SeenAlert) -> tuple[Severity, str]:
    """How grave it is by its own word, and why."""
    label = dict(alert.labels).get(names.SEVERITY, "")
    if alert.name == VIOLATED:
        return "sev1", "an invariant is violated"
    if label.lower() in _BY_LABEL:
        return _BY_LABEL[label.lower()], f"its alert has the severity {label}"
    words = f"the severity {label}, which says nothing here" if label else "no severity"
    return "sev2", f"its alert has {words}: nobody knows how bad it is"


def _rank(severity: Severity) -> int:
    """The graver, the greater."""
    return -SEVERITIES.index(severity)


def _title(alert: SeenAlert, *, others: int) -> str:
    annotations, labels = dict(alert.annotations), dict(alert.labels)
    said = next(filter(None, (annotations.get(name, "").strip() for name in ("summary", "title", "message"))), "")
    place = next(filter(None, (labels.get(name) for name in ("instance", names.SERVICE, "job"))), "")
    words = said or " on ".join(filter(None, (alert.name or "an alert without a name", place)))
    more = f" (and {others} more alert{'s' if others > 1 else ''})" if others else ""
    return " ".join(words.split())[: TITLE_LENGTH_MAX - len(more)] + more
