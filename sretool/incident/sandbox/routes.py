"""Which request means what. A request goes in, a response comes out, and the account has changed."""

from __future__ import annotations

from datetime import datetime

from sretool.incident.sandbox import enqueue, listing, rest, shapes
from sretool.incident.sandbox.messages import Refused, Request, Response, answer, not_found, refusal
from sretool.incident.sandbox.reading import BODY_BYTES_MAX
from sretool.incident.sandbox.shapes import Json
from sretool.incident.sandbox.state import Account, Named

ABILITIES = ("teams", "urgencies")
_EVENTS = {"/v2/enqueue": enqueue.event, "/v2/change/enqueue": enqueue.change_event}


def is_event(request: Request) -> bool:
    """Whether a request is for the Events API, which has a name and a limit of its own."""
    return request.path in _EVENTS


def respond(account: Account, request: Request, *, now: datetime) -> Response:
    """What PagerDuty would answer."""
    try:
        return _respond(account, request, now=now)
    except Refused as no:
        return no.response


def _respond(account: Account, request: Request, *, now: datetime) -> Response:
    if len(request.body) > BODY_BYTES_MAX:  # Documented for events; the REST API is taken to be as patient.
        raise refusal(413, 2001, "Request Entity Too Large")
    if is_event(request):
        if request.method != "POST":
            raise not_found()
        return _EVENTS[request.path](account, request, now=now)
    if request.headers.get("authorization") != f"Token token={account.keys.api_key}":
        # Code 2006 is documented, but those who were refused saw a page of HTML, or nothing, and never JSON.
        return Response(401, b"", {"content-type": "text/html; charset=utf-8"})
    match tuple(request.path.strip("/").split("/")):
        case ("incidents", *rest_of_path):
            return _incidents(account, request, tuple(rest_of_path), now=now)
        case path if request.method == "GET":
            return _looked_up(account, request, path)
    raise not_found()


def _incidents(account: Account, request: Request, path: tuple[str, ...], *, now: datetime) -> Response:
    match (request.method, *path):
        case ("GET",):
            return listing.incidents(account, request, now=now)
        case ("POST",):
            return rest.create(account, request, now=now)
        case ("PUT",):
            return rest.update_many(account, request, now=now)
        case (_, identifier, *part):
            return _incident(account, request, identifier, part="/".join(part), now=now)
    raise not_found()


def _incident(account: Account, request: Request, identifier: str, *, part: str, now: datetime) -> Response:
    found = rest.incident(account, identifier)
    match request.method, part:
        case "GET", "":
            return answer(200, {"incident": shapes.incident(found)})
        case "PUT", "":
            return rest.update(account, request, found=found, now=now)
        case "GET", "notes":
            return answer(200, {"notes": [shapes.note(one) for one in found.notes]})
        case "POST", "notes":
            return rest.annotate(account, request, found=found, now=now)
        case "GET", "log_entries":
            entries = [shapes.log_entry(one, found) for one in reversed(found.log)]  # Newest first.
            return listing.paged(entries, request, entity="log_entries")
        case "GET", "alerts":
            return listing.paged(shapes.alerts(found), request, entity="alerts")
    raise not_found()


def _looked_up(account: Account, request: Request, path: tuple[str, ...]) -> Response:
    users = [shapes.person(one) for one in account.people]
    match path:
        case ("abilities",):
            return answer(200, {"abilities": ABILITIES})
        case ("abilities", name):
            return _ability(name)
        case ("users", "me"):
            # Here, and only here, the error is a text: the client's api_key_access reads it.
            message = "The requested endpoint needs a user, and this is an account-level access token."
            return answer(400, {"error": message})
        case ("users", *part):
            return _listed(users, request, part, entity="user")
        case ("services", *part):
            return _listed(_all_named(account.services, "service"), request, part, entity="service")
        case ("priorities",):
            return listing.paged(_all_named(account.priorities, "priority"), request, entity="priorities")
    raise not_found()


def _ability(name: str) -> Response:
    if name in ABILITIES:
        return Response(204)
    raise refusal(402, 2014, "Account does not have the abilities to perform the action")


def _listed(found: list[Json], request: Request, part: list[str], *, entity: str) -> Response:
    if not part:
        asked = (request.parameter("query") or "").casefold()
        kept = [one for one in found if asked in one["name"].casefold() or asked in one.get("email", "").casefold()]
        return listing.paged(kept, request, entity=f"{entity}s")
    one = next((one for one in found if [one["id"]] == part), None)
    if one is None:
        raise not_found()
    return answer(200, {entity: one})


def _all_named(found: tuple[Named, ...], kind: str) -> list[Json]:
    return [shapes.named(one, kind) for one in found]
