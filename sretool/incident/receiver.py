"""What a receiver of webhooks answers, and what it counts of it. It listens in `listening`.

**200 means that it is in the incident ledger, on the disk.** What cannot be recorded just now is 503, so that the
Alertmanager tries again; what never can be is 4xx, since it tries that once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from threading import Lock
from typing import Final, Literal

from sretool import clock
from sretool.incident.alerts import NoWebhook
from sretool.incident.deliver import Told
from sretool.incident.events import AlertsSeen, Event, Opened, Resolved, SeveritySet
from sretool.incident.following import Followed
from sretool.incident.history import Incident, by_opening
from sretool.incident.ledger import Ledger, Unwritable
from sretool.incident.outbox import Broken, Delivered, Held, Later, Refused, Superseded, next_step, trigger_of
from sretool.incident.receiving import record

PATH: Final = "/alerts"
# Some 20,000 alerts. A notification that is refused is not sent again, and so many fire on the worst of nights.
BODY_BYTES_MAX: Final = 32 * 1024 * 1024
_JSON: Final = "application/json"
Heard = Literal["recorded", "known", "refused", "failed"]
_HEARD: Final[tuple[Heard, ...]] = ("recorded", "known", "refused", "failed")
_RESULTS: Final[Mapping[type[object], str]] = {
    Delivered: "delivered",
    Later: "failed",
    Broken: "broken",
    Refused: "refused",
    Superseded: "superseded",
    Held: "held",
}


@dataclass(frozen=True, slots=True)
class Request:
    """`body` reads the body, of which `length` is told beforehand; None where the sender did not say."""

    method: str
    path: str
    headers: Mapping[str, str]
    length: int | None
    body: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


@dataclass(slots=True)
class Receiver:
    """`token` is what senders must show, or empty where anybody may send. `recorded` hears of what was recorded.

    `tell` hears a line of each thing that happens.
    """

    ledger: Ledger
    pages: bool = False
    token: str = field(default="", repr=False)
    now: Callable[[], datetime] = clock.now
    recorded: Callable[[tuple[Event, ...]], None] = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    _followed: Followed = field(init=False)
    _counts: Counter[str] = field(init=False, default_factory=Counter)
    _undelivered: str = field(init=False, default="")
    _delivered_at: datetime | None = field(init=False, default=None)
    _lock: Lock = field(init=False, default_factory=Lock)
    _following: Lock = field(init=False, default_factory=Lock)
    # What is read of a body takes many times its room, and they wait for each other at the ledger anyway.
    _reading: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self._followed = Followed(self.ledger.directory)

    def answer(self, request: Request) -> Answer:
        match request.method, request.path.partition("?")[0]:
            case "GET", "/-/healthy":
                return Answer(200, "healthy\n")
            case "GET", "/-/ready":
                return self._readiness()
            case "GET", "/metrics":
                return self._metrics()
            case "POST", path if path == PATH:
                return self._posted(request)
            case _, path if path == PATH:
                return Answer(405, f"notifications are posted to {PATH}\n")
        return Answer(404, f"there are POST {PATH}, GET /-/ready and GET /metrics\n")

    def failed(self, words: str) -> None:
        """Something was not recorded, and the sender got no answer."""
        self._note("failed", words)

    def erred(self, words: str) -> None:
        """Hear of a mistake of our own, in the background."""
        with self._lock:
            self._counts["bugs"] += 1
        self.tell(f"sretool: {words}")

    def delivers(self, *, but: str = "") -> None:
        """Hear that what is to be told is delivered; or why just now it is not."""
        with self._lock:
            self._undelivered = but
        if but:
            self.tell(f"nothing is delivered: {but}")

    def told(self, told: Told) -> None:
        """Hear what became of a delivery."""
        with self._lock:
            self._counts[f"delivery {_RESULTS[type(told.result)]}"] += 1
            self._counts["bugs"] += isinstance(told.result, Broken)
            if isinstance(told.result, Delivered):
                self._delivered_at = self.now()
        words = f"{told.incident.incident_id}: {told.delivery.action}: {_RESULTS[type(told.result)]}"
        self.tell(f"{words}: {told.result.words}" if told.result.words else words)

    def _readiness(self) -> Answer:
        with self._lock:
            if self._undelivered:
                return Answer(503, f"notifications are recorded, but PagerDuty is not told: {self._undelivered}\n")
        return Answer(200, "ready\n")

    def _posted(self, request: Request) -> Answer:
        refused = self._refusal(request)
        if refused is not None:
            self._note("refused", refused.text)
            return refused
        body = request.body()
        try:
            with self._reading:
                events = record(self.ledger, body, pages=self.pages, now=self.now, incidents=self._incidents)
        except NoWebhook as error:
            self._note("refused", str(error))
            return Answer(400, f"this is no notification of an Alertmanager: {error}\n")
        except Unwritable as error:
            self._note("failed", str(error))
            return Answer(503, f"nothing was recorded: {error}\n")
        self._note("recorded" if events else "known", "; ".join(_words(events)))
        with self._lock:
            self._counts["opened"] += sum(isinstance(event.happening, Opened) for event in events)
            self._counts["resolved"] += sum(isinstance(event.happening, Resolved) for event in events)
        self.recorded(events)
        return Answer(200, "recorded\n" if events else "known\n")

    def _refusal(self, request: Request) -> Answer | None:
        shown = request.headers.get("authorization", "")
        kind, _, token = shown.partition(" ")
        is_theirs = kind.lower() == "bearer" and compare_digest(token.strip().encode(), self.token.encode())
        if self.token and not is_theirs:
            return Answer(401, "the bearer token is missing or another one\n")
        # No page in a browser can send this to us unasked, as it can other types.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            return Answer(415, f"notifications are {_JSON}\n")
        if request.length is None:
            return Answer(411, "a notification says how long it is\n")
        if request.length > BODY_BYTES_MAX:
            return Answer(413, f"a notification has at most {BODY_BYTES_MAX} bytes: set max_alerts of the webhook\n")
        return None

    def _note(self, heard: Heard, words: str) -> None:
        with self._lock:
            self._counts[heard] += 1
        self.tell(f"{heard}: {words.strip()}" if words else heard)

    def _metrics(self) -> Answer:
        try:
            incidents = self._incidents()
            with self._lock:
                return Answer(200, "".join(f"{line}\n" for line in self._exposed(incidents)))
        except OSError as error:
            return Answer(503, f"{error.filename or self.ledger.directory}: {error.strerror}\n")

    def _incidents(self) -> tuple[Incident, ...]:
        """As the ledger has them by now; of a big one, only what is new is read. Raises OSError."""
        with self._following:
            self._followed.refresh()
            return by_opening(self._followed.incidents.values())

    def _exposed(self, incidents: tuple[Incident, ...]) -> Iterator[str]:
        """What is left to be delivered is of the whole ledger, whoever recorded it."""
        waiting = [step.delivery for one in incidents if (step := next_step(one)) is not None]
        pages = [trigger_of(one) for one in incidents if one.resolution is None]
        oldest = min((one.event.recorded_at_utc for one in waiting), default=None)
        yield from _family("notifications_total", "counter", "Notifications, by what became of them.")
        for heard in _HEARD:
            yield f'sretool_receiver_notifications_total{{outcome="{heard}"}} {self._counts[heard]}'
        for what in ("opened", "resolved"):
            yield from _family(f"incidents_{what}_total", "counter", f"Incidents {what} by notifications.")
            yield f"sretool_receiver_incidents_{what}_total {self._counts[what]}"
        yield from _family("deliveries_total", "counter", "Attempts to tell PagerDuty, by what became of them.")
        for result in _RESULTS.values():
            yield f'sretool_receiver_deliveries_total{{outcome="{result}"}} {self._counts[f"delivery {result}"]}'
        yield from _family("waiting_incidents", "gauge", "Incidents of which PagerDuty has yet to be told something.")
        yield f"sretool_receiver_waiting_incidents {len(waiting)}"
        yield from _family("waiting_seconds", "gauge", "For how long the first of them has waited; 0 if none does.")
        age = (self.now() - oldest).total_seconds() if oldest else 0.0
        yield f"sretool_receiver_waiting_seconds {max(age, 0.0):.3f}"
        yield from _family("refused_pages", "gauge", "Open incidents of which PagerDuty has refused the page.")
        yield f"sretool_receiver_refused_pages {sum(page is not None and page.state == 'refused' for page in pages)}"
        yield from _family("delivery_stuck", "gauge", "1 while nothing is delivered; the log says why.")
        yield f"sretool_receiver_delivery_stuck {int(bool(self._undelivered))}"
        yield from _family("bugs_total", "counter", "Mistakes of sretool's own in the background; the log names them.")
        yield f"sretool_receiver_bugs_total {self._counts['bugs']}"
        yield from _family("last_delivery_timestamp_seconds", "gauge", "When PagerDuty was told something last.")
        if self._delivered_at is not None:
            yield f"sretool_receiver_last_delivery_timestamp_seconds {self._delivered_at.timestamp():.3f}"


def _family(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP sretool_receiver_{name} {text}", f"# TYPE sretool_receiver_{name} {kind}"


def _words(events: tuple[Event, ...]) -> Iterator[str]:
    for event in events:
        match event.happening:
            case Opened(title, severity):
                yield f"opened {event.incident_id} as {severity}: {title}"
            case Resolved(resolution):
                yield f"resolved {event.incident_id}: {resolution}"
            case SeveritySet(severity, reason):
                yield f"{event.incident_id} is {severity} from now on: {reason}"
            case AlertsSeen(alerts):
                yield f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'} of {event.incident_id}"
