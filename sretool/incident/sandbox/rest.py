"""The REST API v2 where incidents are written. Codes and sentences are the real one's, as public threads quote them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from sretool.incident.sandbox import shapes
from sretool.incident.sandbox.messages import Refused, Request, Response, answer, invalid, not_found, refusal
from sretool.incident.sandbox.reading import referred, sent, text, wrapped
from sretool.incident.sandbox.state import (
    Account,
    AlreadyAcknowledged,
    AlreadyOpen,
    AlreadyResolved,
    Draft,
    Incident,
    Named,
    Person,
    TooManyNotes,
    Urgency,
)

TITLE_MAX, KEY_MAX, BULK_MAX = 1_024, 255, 250
_NOT_BUILT = ("escalation_level", "assignments", "escalation_policy", "conference_bridge")
_URGENCIES: Mapping[str, Urgency] = {"high": "high", "low": "low"}


def requester(account: Account, request: Request) -> Person:
    """Who writes, by the From header, which every write to incidents needs with a key of the account."""
    sender = request.headers.get("from")
    if sender is None:
        raise refusal(400, 2016, 'You must specify a user\'s email address in the "From" header to perform this action')
    if "@" not in sender:
        raise refusal(400, 1028, 'Malformed "From" header')
    person = next((one for one in account.people if one.email.casefold() == sender.strip().casefold()), None)
    if person is None:
        raise refusal(400, 1008, "Requester User Not Found")
    return person


def create(account: Account, request: Request, *, now: datetime) -> Response:
    """`POST /incidents`."""
    by = requester(account, request)
    draft = _draft(account, wrapped(request, "incident"))
    try:
        made = account.open(draft, via="rest", by=by.name, now=now)
    except AlreadyOpen:
        # The same status and code as for an unknown service: only the sentence tells them apart.
        _arguments("Open incident with matching dedup key already exists on this service")
    return answer(201, {"incident": shapes.incident(made)})


def update(account: Account, request: Request, *, found: Incident, now: datetime) -> Response:
    """`PUT /incidents/{id}`."""
    by = requester(account, request)
    changed = _updated(account, found, wrapped(request, "incident"), by=by, now=now)
    return answer(200, {"incident": shapes.incident(changed)})


def update_many(account: Account, request: Request, *, now: datetime) -> Response:
    """`PUT /incidents`: all or none, as far as anybody says; the documents do not."""
    by = requester(account, request)
    body = sent(request)
    changes = body.get("incidents") if isinstance(body, dict) else None
    if not isinstance(changes, list) or not all(isinstance(one, dict) for one in changes):
        raise invalid("params must be a Hash")
    if len(changes) > BULK_MAX:
        raise refusal(413, 2001, "Invalid Input Provided", f"At most {BULK_MAX} incidents at once.")
    before = dict(account.incidents)
    try:
        changed = [_updated(account, incident(account, one.get("id")), one, by=by, now=now) for one in changes]
    except Refused:
        account.incidents = before
        raise
    return answer(200, {"incidents": [shapes.incident(one) for one in changed]})


def annotate(account: Account, request: Request, *, found: Incident, now: datetime) -> Response:
    """`POST /incidents/{id}/notes`: 200, not 201, and no key that would tell a repetition."""
    by = requester(account, request)
    content = text(wrapped(request, "note"), "content")
    if not content or not content.strip():
        raise invalid("Content cannot be empty.")
    try:
        made = account.annotate(found, content, by=by, now=now)
    except TooManyNotes:
        raise invalid("Incident has too many notes.") from None  # The documents give the limit, 2,000, and no words.
    return answer(200, {"note": shapes.note(made)})


def incident(account: Account, identifier: object) -> Incident:
    """By its id. Raises Refused."""
    found = account.incidents.get(identifier) if isinstance(identifier, str) else None
    if found is None:
        raise not_found()
    return found


def _draft(account: Account, fields: Mapping[str, Any]) -> Draft:
    title, key = text(fields, "title"), text(fields, "incident_key") or ""
    if not title or not title.strip():
        raise invalid("Title cannot be empty.")
    if len(title) > TITLE_MAX:
        raise invalid(f"Title is too long (maximum is {TITLE_MAX} characters).")
    if len(key) > KEY_MAX:
        raise invalid(f"Incident key is too long (maximum is {KEY_MAX} characters).")
    return Draft(
        title=title,
        service=_service(account, fields),
        key=key,
        urgency=_urgency(fields) or "high",
        details=_details(fields),
        priority=_priority(account, fields),
    )


def _updated(account: Account, found: Incident, fields: Mapping[str, Any], *, by: Person, now: datetime) -> Incident:
    status, resolution = text(fields, "status"), text(fields, "resolution")
    if status not in {None, "acknowledged", "resolved"}:
        raise invalid("Status must be acknowledged or resolved.")
    for name in _NOT_BUILT:
        if name in fields:
            raise invalid(f"The sandbox has nobody to hand an incident to: it does not know {name}.")
    title, urgency, priority = text(fields, "title"), _urgency(fields), _priority(account, fields)
    try:
        # In this order nothing is left half done: an acknowledgement is refused before anything has changed.
        if status == "acknowledged":
            found = account.acknowledge(found, by=by.name, person=by, now=now)
        if title or urgency or priority:
            found = account.change(found, title=title, urgency=urgency, priority=priority, now=now)
        if status == "resolved":
            found = account.resolve(found, by=by.name, now=now)
    except AlreadyResolved:
        raise refusal(400, 1001, "Incident Already Resolved") from None
    except AlreadyAcknowledged:
        raise refusal(400, 1002, "Incident Already Acknowledged") from None
    if status == "resolved" and resolution:
        account.annotate(found, resolution, by=by, now=now)
    return account.incidents[found.id]


def _service(account: Account, fields: Mapping[str, Any]) -> Named:
    identifier = referred(fields, "service")
    if identifier is None:
        raise invalid("Service cannot be empty.")
    found = next((one for one in account.services if one.id == identifier), None)
    return found or _arguments("Service not found")


def _priority(account: Account, fields: Mapping[str, Any]) -> Named | None:
    identifier = referred(fields, "priority")
    if identifier is None:
        return None
    found = next((one for one in account.priorities if one.id == identifier), None)
    if found is None:
        raise refusal(400, 1020, "Invalid Priority")  # The code is documented, the words are not.
    return found


def _urgency(fields: Mapping[str, Any]) -> Urgency | None:
    asked = text(fields, "urgency")
    if asked is not None and asked not in _URGENCIES:
        raise invalid("Urgency must be high or low.")
    return None if asked is None else _URGENCIES[asked]


def _details(fields: Mapping[str, Any]) -> str:
    body = fields.get("body")
    if body is None:
        return ""
    details = body.get("details") if isinstance(body, dict) else None
    if not isinstance(details, str):
        raise invalid("Body details must be a string.")
    return details


def _arguments(sentence: str) -> NoReturn:
    raise refusal(400, 2002, "Arguments Caused Error", sentence)
