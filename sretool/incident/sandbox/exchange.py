"""One request and what its sender gets: PagerDuty's answer, unless a limit or a fault is in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from sretool.incident.sandbox.faults import Fault, striking
from sretool.incident.sandbox.messages import Request, Response, answer
from sretool.incident.sandbox.routes import is_event, respond
from sretool.incident.sandbox.state import Account

REST_PER_MINUTE, EVENTS_PER_MINUTE = 960, 120
_MINUTE = timedelta(minutes=1)
_STATUSES_5XX = (500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Answered:
    """A response, so many seconds late."""

    response: Response
    after_seconds: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lost:
    """What was asked is done, and the reply is never seen."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing is done and nothing is said."""


Reply = Answered | Lost | Unreachable


@dataclass(slots=True)
class Limit:
    """So many requests in a minute of the clock."""

    per_minute: int
    minute: datetime | None = None
    used: int = 0

    def spend(self, now: datetime) -> dict[str, str]:
        """Counts a request; gives the headers that tell what is left, negative if it is one too many."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self.minute:
            self.minute, self.used = minute, 0
        self.used += 1
        reset_seconds = max(1, int((minute + _MINUTE - now).total_seconds()))
        return {
            "ratelimit-limit": str(self.per_minute),
            "ratelimit-remaining": str(max(0, self.per_minute - self.used)),
            "ratelimit-reset": str(reset_seconds),
        }

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.per_minute


@dataclass(slots=True)
class Sandbox:
    """An account, its limits and what is to go wrong; changed in place, by one caller at a time.

    `seen` counts requests since the faults were set.
    """

    account: Account
    clock: Callable[[], datetime]
    faults: tuple[Fault, ...] = ()
    seen: int = 0
    rest_limit: Limit = field(default_factory=lambda: Limit(REST_PER_MINUTE))
    events_limit: Limit = field(default_factory=lambda: Limit(EVENTS_PER_MINUTE))

    def fail_with(self, faults: Sequence[Fault]) -> None:
        """From now on these faults and no others; requests are counted from 0 again."""
        self.faults, self.seen = tuple(faults), 0

    def exchange(self, request: Request) -> Reply:
        """What the sender of a request gets; the account has changed if it was done."""
        now, number = self.clock(), self.seen
        self.seen += 1
        fault = striking(self.faults, number, is_event=is_event(request), now=now)
        if fault is None:
            return Answered(self._within_limits(request, now=now))
        return self._failed(request, fault, number=number, now=now)

    def _within_limits(self, request: Request, *, now: datetime) -> Response:
        limit = self.events_limit if is_event(request) else self.rest_limit
        headers = limit.spend(now)
        response = _rate_limited() if limit.is_exceeded else respond(self.account, request, now=now)
        return Response(response.status, response.body, {**response.headers, **headers})

    def _failed(self, request: Request, fault: Fault, *, number: int, now: datetime) -> Reply:
        match fault.kind:
            case "5xx":
                return Answered(_broken(fault, number))
            case "5xx-committed":
                self._within_limits(request, now=now)
                return Answered(_broken(fault, number))
            case "429":
                limited, seconds = _rate_limited(), str(60 - now.second)
                headers = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": seconds}
                return Answered(Response(429, limited.body, {**limited.headers, **headers}))
            case "429-bare":
                return Answered(Response(429))
            case "lost":
                self._within_limits(request, now=now)
                return Lost()
            case "unreachable":
                return Unreachable()
            case "slow":
                return Answered(self._within_limits(request, now=now), fault.seconds)
            case never:
                assert_never(never)


def _rate_limited() -> Response:
    return answer(429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}})


def _broken(fault: Fault, number: int) -> Response:
    """Proxies answer with HTML, whatever the client accepts."""
    status = _STATUSES_5XX[fault.draws(number) % len(_STATUSES_5XX)]
    if status == 500:
        return answer(status, {"error": {"message": "Internal Server Error", "code": 2000}})
    return Response(status, b"<html><body>upstream</body></html>", {"content-type": "text/html"})
