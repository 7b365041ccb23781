"""Values of the account as the JSON that PagerDuty answers with (REST API v2, openapiv3.json)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sretool.incident.sandbox.state import Incident, LogEntry, Named, Note, Page, Person

Json = dict[str, Any]


def instant(moment: datetime | None) -> str | None:
    """Whole seconds, as PagerDuty has them."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def incident(one: Incident) -> Json:
    """An incident. One with child alerts shows no key, though a query by that key finds it."""
    return {
        "id": one.id,
        "type": "incident",
        "summary": f"[#{one.number}] {one.title}",
        "self": f"https://sandbox.invalid/incidents/{one.id}",
        "html_url": f"https://sandbox.invalid/incidents/{one.id}",
        "incident_number": one.number,
        "title": one.title,
        "description": one.title,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.changed_at),
        "status": one.status,
        "incident_key": one.key if one.alert is None else None,
        "service": reference(one.service, "service"),
        "priority": None if one.priority is None else reference(one.priority, "priority"),
        "urgency": one.urgency,
        "body": {"type": "incident_body", "details": one.details},
        "assignments": [],
        "acknowledgements": _acknowledgements(one),
        "resolved_at": instant(one.resolved_at),
        "last_status_change_at": instant(one.changed_at),
        "last_status_change_by": {"summary": one.changed_by},
        "first_trigger_log_entry": {"id": one.log[0].id, "type": "trigger_log_entry_reference"},
        "alert_counts": _alert_counts(one),
        "teams": [],
    }


def note(one: Note) -> Json:
    return {
        "id": one.id,
        "user": {"id": one.by.id, "type": "user_reference", "summary": one.by.name},
        "content": one.content,
        "created_at": instant(one.at),
        "channel": {"summary": "The PagerDuty website or APIs"},
    }


def log_entry(one: LogEntry, about: Incident) -> Json:
    return {
        "id": one.id,
        "type": f"{one.kind}_log_entry",
        "summary": one.summary,
        "created_at": instant(one.at),
        "agent": {"summary": one.by},
        "channel": {"type": "note", "summary": one.content} if one.kind == "annotate" else {"type": "api"},
        "incident": {"id": about.id, "type": "incident_reference", "summary": about.title},
        "service": reference(about.service, "service"),
    }


def alerts(about: Incident) -> list[Json]:
    """The alerts of an incident: none if the REST API opened it."""
    if about.alert is None:
        return []
    return [
        {
            "id": f"A{about.id}",
            "type": "alert",
            "alert_key": about.key,
            "summary": about.alert.summary,
            "severity": about.alert.severity,
            "status": "triggered" if about.is_open else "resolved",
            "suppressed": False,
            "created_at": instant(about.created_at),
        }
    ]


def person(one: Person) -> Json:
    return {"id": one.id, "type": "user", "summary": one.name, "name": one.name, "email": one.email}


def named(one: Named, kind: str) -> Json:
    shown: Json = {"id": one.id, "type": kind, "summary": one.name, "name": one.name}
    return {**shown, "status": "active"} if kind == "service" else shown


def reference(one: Named, kind: str) -> Json:
    return {"id": one.id, "type": f"{kind}_reference", "summary": one.name}


def page(one: Page) -> Json:
    return {
        "incident_id": one.incident_id,
        "incident_key": one.key,
        "title": one.title,
        "service": one.service_id,
        "via": one.via,
        "who": one.who,
        "at": instant(one.at),
    }


def whole(one: Incident) -> Json:
    """All that the sandbox knows of an incident, for tests and for people: its key too, whoever opened it."""
    return {
        **incident(one),
        "incident_key": one.key,
        "via": one.via,
        "notes": [note(each) for each in one.notes],
        "log_entries": [log_entry(each, one) for each in one.log],
        "alerts": alerts(one),
    }


def _acknowledgements(one: Incident) -> list[Json]:
    if one.status != "acknowledged" or one.acknowledged_at is None:
        return []
    who = one.acknowledged_by
    by = {"summary": one.changed_by} if who is None else {"id": who.id, "type": "user_reference", "summary": who.name}
    return [{"at": instant(one.acknowledged_at), "acknowledger": by}]


def _alert_counts(one: Incident) -> Json:
    count = 0 if one.alert is None else 1
    return {"all": count, "triggered": count if one.is_open else 0, "resolved": 0 if one.is_open else count}
