"""The Events API v2: it accepts, and says 202, whatever becomes of the event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sretool.incident.sandbox.messages import Request, Response, answer, invalid_event
from sretool.incident.sandbox.reading import sent
from sretool.incident.sandbox.state import Account, Alert, AlreadyAcknowledged, AlreadyResolved, Draft

SUMMARY_MAX, KEY_MAX = 1_024, 255
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_BY = "Events API"


def event(account: Account, request: Request, *, now: datetime) -> Response:
    """`POST /v2/enqueue`."""
    body = _read(account, request)
    action, key = body.get("event_action"), body.get("dedup_key") or ""
    if action not in _ACTIONS:
        raise invalid_event(f"'event_action' must be one of {', '.join(_ACTIONS)}")
    if not isinstance(key, str) or len(key) > KEY_MAX:
        raise invalid_event(f"'dedup_key' must be a string of at most {KEY_MAX} characters")
    if action == "trigger":
        return _accepted(_trigger(account, key, _payload(body), now=now))
    if not key:
        raise invalid_event("'dedup_key' is missing or blank")
    _move(account, key, action, now=now)
    return _accepted(key)


def change_event(account: Account, request: Request, *, now: datetime) -> Response:
    """`POST /v2/change/enqueue`: taken, and kept nowhere."""
    del now
    _payload_text(_section(_read(account, request), "payload"), "summary")
    return answer(202, {"status": "success", "message": "Change event processed"})


def _read(account: Account, request: Request) -> Mapping[str, Any]:
    body = sent(request)
    if not isinstance(body, dict):
        raise invalid_event("Event object is not a JSON object")
    key = body.get("routing_key")
    if not isinstance(key, str) or len(key) != len(account.keys.routing_key):
        raise invalid_event("Length of 'routing_key' is incorrect (should be 32 characters)")
    if key != account.keys.routing_key:
        # The documents are silent on a key of the right length that is nobody's; users have been shown this.
        raise invalid_event("Invalid routing key")
    return body


def _section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise invalid_event(f"'{name}' is missing or blank")
    return found


def _payload(body: Mapping[str, Any]) -> Alert:
    payload = _section(body, "payload")
    summary, severity = _payload_text(payload, "summary"), _payload_text(payload, "severity")
    _payload_text(payload, "source")
    if len(summary) > SUMMARY_MAX:
        # Spelled as the real one spells it.
        raise invalid_event(f"'summary' is too long (maiximum is {SUMMARY_MAX} characters)")
    if severity not in _SEVERITIES:
        raise invalid_event(f"'severity' is invalid (must be one of the following: {', '.join(_SEVERITIES)})")
    return Alert(summary, severity)


def _payload_text(payload: Mapping[str, Any], name: str) -> str:
    found = payload.get(name)
    if not isinstance(found, str) or not found.strip():
        raise invalid_event(f"'payload.{name}' is missing or blank")
    return found


def _trigger(account: Account, key: str, alert: Alert, *, now: datetime) -> str:
    """The key, which PagerDuty makes up for an event that has none."""
    found = account.open_with(key, account.integrated, via="events") if key else None
    if found is not None:
        return account.attach(found, alert, now=now).key
    draft = Draft(alert.summary, account.integrated, key=key, alert=alert)
    return account.open(draft, via="events", by=_BY, now=now).key


def _move(account: Account, key: str, action: str, *, now: datetime) -> None:
    """An acknowledgement or a resolution of nothing that is open is dropped, and so is one that comes twice."""
    found = account.open_with(key, account.integrated, via="events")
    if found is None:
        return
    try:
        if action == "acknowledge":
            account.acknowledge(found, by=_BY, person=None, now=now)
        else:
            account.resolve(found, by=_BY, now=now)
    except (AlreadyAcknowledged, AlreadyResolved):
        return


def _accepted(key: str) -> Response:
    return answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})
