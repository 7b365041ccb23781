"""Requests to PagerDuty as values: what is asked, with which words. Pure; the keys are put in by `wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sretool.incident.events import Acknowledged, Noted, Resolved, Severity
from sretool.incident.history import Delivery, Incident

Json = Mapping[str, Any]
_TITLE_LENGTH_MAX: Final = 1_024  # PagerDuty's bound, of titles and of summaries.
_TEXT_LENGTH_MAX: Final = 25_000  # Of a note; the whole of a request may have 512 KB.
_CUT: Final = " [cut]"
_STATUSES: Final = ("triggered", "acknowledged", "resolved")
# An incident of theirs is not older than ours, give or take clocks; and they answer for half a year at most.
_CLOCKS_APART: Final = timedelta(days=1)
_WINDOW_MAX: Final = timedelta(days=180)
_URGENCIES: Final[Mapping[Severity, str]] = {"sev1": "high", "sev2": "high", "sev3": "low", "sev4": "low"}
_EVENT_SEVERITIES: Final[Mapping[Severity, str]] = {
    "sev1": "critical",
    "sev2": "error",
    "sev3": "warning",
    "sev4": "info",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `sender` is the e-mail address of who asks; writes of the REST API need one."""

    route: Literal["rest", "events"]
    method: Literal["GET", "POST", "PUT"]
    path: str
    body: Json | None = None
    parameters: Mapping[str, str | list[str]] | None = None
    sender: str = ""

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


def creation(incident: Incident, *, service_id: str, sender: str) -> Call:
    """Open it. With its key, the second request of the same finds the first one's incident."""
    asked = {
        "type": "incident",
        "title": cut(incident.title, _TITLE_LENGTH_MAX),
        "service": {"id": service_id, "type": "service_reference"},
        "urgency": _URGENCIES[incident.severity],
        "incident_key": incident.key,
        "body": {"type": "incident_body", "details": cut("\n".join(_told(incident)), _TEXT_LENGTH_MAX)},
    }
    return Call("rest", "POST", "/incidents", {"incident": asked}, sender=sender)


def search(incident: Incident, *, now: datetime) -> Call:
    """Whatever has the incident's key, in any state. Who names no times is answered for a month, and not told."""
    assert incident.key, "an empty key finds everybody's incidents"
    since = incident.events[0].recorded_at_utc - _CLOCKS_APART
    until = min(now + _CLOCKS_APART, since + _WINDOW_MAX)
    parameters: dict[str, str | list[str]] = {
        "incident_key": incident.key,
        "statuses": list(_STATUSES),
        "since": _instant(since),
        "until": _instant(until),
    }
    return Call("rest", "GET", "/incidents", parameters=parameters)


def change(reference: str, delivery: Delivery, *, sender: str) -> Call:
    """Acknowledge or resolve it."""
    asked = {"type": "incident_reference", "status": "acknowledged"}
    if delivery.action == "resolve":
        happened = delivery.event.happening
        resolution = happened.resolution if isinstance(happened, Resolved) else ""
        said = {"resolution": cut(resolution, _TEXT_LENGTH_MAX)} if resolution.strip() else {}
        asked = {"type": "incident_reference", "status": "resolved"} | said
    return Call("rest", "PUT", f"/incidents/{reference}", {"incident": asked}, sender=sender)


def notes(reference: str) -> Call:
    return Call("rest", "GET", f"/incidents/{reference}/notes")


def annotation(reference: str, delivery: Delivery, *, sender: str) -> Call:
    """A note with its marker: notes have no key, and whoever sends one again must be able to see it."""
    happened = delivery.event.happening
    text = happened.text if isinstance(happened, Noted) else ""
    mark = f"\n{marker(delivery)}"
    marked = cut(text, _TEXT_LENGTH_MAX - len(mark)) + mark
    return Call("rest", "POST", f"/incidents/{reference}/notes", {"note": {"content": marked}}, sender=sender)


def event(incident: Incident, delivery: Delivery) -> Call:
    """The Events API's way to open, acknowledge or resolve."""
    asked: dict[str, Any] = {"event_action": delivery.action, "dedup_key": incident.key}
    if delivery.action == "trigger":
        asked |= {
            "payload": {
                "summary": cut(incident.title, _TITLE_LENGTH_MAX),
                "source": incident.service or delivery.event.actor or "sretool",
                "severity": _EVENT_SEVERITIES[incident.severity],
                "timestamp": _instant(incident.opened_at_utc),
                "custom_details": {"incident": cut("\n".join(_told(incident)), _TEXT_LENGTH_MAX)},
            },
            "client": "sretool",
        }
        links = [{"href": link, "text": "runbook"} for link in _runbooks(incident) if link.startswith("https://")]
        asked |= {"links": links} if links else {}
    return Call("events", "POST", "/v2/enqueue", asked)


def marker(delivery: Delivery) -> str:
    return f"[sretool:{delivery.event.event_id}]"


def acting(delivery: Delivery) -> str:
    """Who stands behind a delivery: whoever is said to have acknowledged, or ran the command."""
    happened = delivery.event.happening
    return happened.by if isinstance(happened, Acknowledged) and happened.by else delivery.event.actor


def cut(text: str, length_max: int) -> str:
    """A text that is too long, ended where everybody can see it."""
    return text if len(text) <= length_max else text[: length_max - len(_CUT)] + _CUT


def _told(incident: Incident) -> list[str]:
    """What whoever is woken reads first."""
    _, severity, reason = incident.severities[-1]
    said = [f"{severity}{f', {reason}' if reason else ''}"]
    said += [f"SLO: {incident.slo}"] if incident.slo else []
    said += [line for line in (_standing(incident), _alerts(incident)) if line]
    said += [f"runbook: {link}" for link in _runbooks(incident)]
    return [*said, f"opened {_instant(incident.opened_at_utc)} as {incident.incident_id}"]


def _standing(incident: Incident) -> str:
    """How its budgets stood when it was opened."""
    last = incident.snapshots[-1] if incident.snapshots else None
    if last is None or not last.readings:
        return ""
    said = []
    for reading in last.readings:
        left = "budget left unknown" if reading.budget_left is None else f"{reading.budget_left:.1%} of the budget left"
        burns = "".join(f", burns {rate:.1f}x over {window}" for window, rate in reading.burn_rates)
        said.append(f"{reading.slo}: {reading.verdict}, {left}{burns}")
    return "; ".join(said)


def _alerts(incident: Incident) -> str:
    names = dict.fromkeys(alert.name for alert in incident.alerts if alert.ended_at_utc is None)
    return f"firing: {', '.join(names)}" if names else ""


def _runbooks(incident: Incident) -> list[str]:
    links = (dict(alert.annotations).get("runbook_url", "") for alert in incident.alerts)
    return [link for link in dict.fromkeys(links) if link]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
