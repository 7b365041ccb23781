"""Requests and responses as values, and the forms in which PagerDuty says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_JSON = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. Names of headers are in lower case; the path has no query."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter, None if it is not there."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def parameters(self, name: str) -> tuple[str, ...]:
        """All values of a list parameter, in either spelling: `statuses[]=a` and `statuses=a`."""
        return tuple(value for key, value in self.query if key in (name, f"{name}[]"))


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request is not done; the response says why, in PagerDuty's words."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.body.decode()}")
        self.response = response


def answer(status: int, value: object) -> Response:
    return Response(status, json.dumps(value, separators=(",", ":")).encode(), _JSON)


def refusal(status: int, code: int, message: str, *errors: str) -> Refused:
    """PagerDuty leaves `errors` out where it has nothing to add."""
    error: dict[str, object] = {"message": message, "code": code}
    if errors:
        error["errors"] = list(errors)
    return Refused(answer(status, {"error": error}))


def invalid(*errors: str) -> Refused:
    """A field is wrong."""
    return refusal(400, 2001, "Invalid Input Provided", *errors)


def not_found() -> Refused:
    return refusal(404, 2100, "Not Found")


def invalid_event(*errors: str) -> Refused:
    """The Events API says no in a form of its own."""
    return Refused(answer(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}))
