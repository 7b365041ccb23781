"""`GET /incidents`: windows, filters and pages, with the surprises that the real one has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sretool.incident.sandbox import shapes
from sretool.incident.sandbox.messages import Request, Response, answer, invalid
from sretool.incident.sandbox.reading import moment, whole_number
from sretool.incident.sandbox.shapes import Json
from sretool.incident.sandbox.state import Account, Incident

_LIMIT_DEFAULT, _LIMIT_MAX, _REACH_MAX = 25, 100, 10_000
_MONTH, _LONGEST = timedelta(days=30), timedelta(days=184)
_STATUSES = frozenset({"triggered", "acknowledged", "resolved"})
_ORDERS: dict[str, Callable[[Incident], tuple[datetime | str | int, int]]] = {
    "incident_number": lambda one: (one.number, 0),
    "created_at": lambda one: (one.created_at, one.number),
    "urgency": lambda one: (one.urgency, one.number),
}


def incidents(account: Account, request: Request, *, now: datetime) -> Response:
    window, statuses = _window(request, now), request.parameters("statuses")
    if not _STATUSES.issuperset(statuses):
        raise invalid("Status must be a list of triggered, acknowledged, or resolved.")
    within = (one for one in account.incidents.values() if window is None or window[0] <= one.created_at <= window[1])
    kept = (one for one in within if _is_asked_for(one, request))
    return paged([shapes.incident(one) for one in _ordered(kept, request)], request, entity="incidents")


def paged(found: Sequence[Json], request: Request, *, entity: str) -> Response:
    """One page of a list. `total` is null unless asked for; nobody gets beyond the 10,000th entry."""
    limit = min(whole_number(request, "limit", otherwise=_LIMIT_DEFAULT) or _LIMIT_DEFAULT, _LIMIT_MAX)
    offset = whole_number(request, "offset", otherwise=0)
    if offset + limit > _REACH_MAX:
        raise invalid("Offset and limit must not reach beyond 10000.")
    return answer(
        200,
        {
            entity: found[offset : offset + limit],
            "limit": limit,
            "offset": offset,
            "more": offset + limit < len(found),
            "total": len(found) if request.parameter("total") == "true" else None,
        },
    )


def _window(request: Request, now: datetime) -> tuple[datetime, datetime] | None:
    """From and to, None for all time. Who asks for neither gets the last month, and is not told."""
    if request.parameter("date_range") == "all":
        return None
    until = moment(request, "until") or now
    since = moment(request, "since") or until - _MONTH
    if until - since > _LONGEST:  # The documents say "maximum 6 months", and not how it is refused.
        raise invalid("The time range must not exceed 6 months.")
    return since, until


def _is_asked_for(one: Incident, request: Request) -> bool:
    wanted = {"statuses": one.status, "service_ids": one.service.id, "urgencies": one.urgency}
    lists = ((request.parameters(name), value) for name, value in wanted.items())
    return all(not asked or value in asked for asked, value in lists) and _has_key(
        one, request.parameter("incident_key")
    )


def _has_key(one: Incident, key: str | None) -> bool:
    """An empty key is no key: all open incidents have it, which has merged what had nothing to do with each other."""
    if key is None:
        return True
    return one.key == key if key else one.is_open


def _ordered(kept: Iterable[Incident], request: Request) -> list[Incident]:
    name, _, direction = (request.parameter("sort_by") or "incident_number:asc").partition(":")
    if name not in _ORDERS or direction not in {"", "asc", "desc"}:
        raise invalid("Sort by must be a field and asc or desc.")
    return sorted(kept, key=_ORDERS[name], reverse=direction == "desc")
