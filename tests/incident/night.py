"""A night on which PagerDuty fails: its sandbox without a socket, a ledger and an outbox, on the test's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sretool.incident import acting
from sretool.incident.deliver import Deliverer, Report, Wish, deliver
from sretool.incident.history import Incident
from sretool.incident.ledger import Ledger
from sretool.incident.pagerduty.access import Access
from sretool.incident.pagerduty.pager import PagerDuty
from sretool.incident.pagerduty.wire import ClientWire, Wire
from sretool.incident.sandbox.faults import Fault
from sretool.incident.sandbox.fresh import new_keys, new_sandbox
from sretool.incident.sandbox.state import Incident as Theirs
from sretool.incident.sandbox.state import Named, Person
from sretool.incident.sandbox.transport import SandboxTransport

START = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
SERVICE, SENDER = "PSHOP01", "ada@example.org"


@dataclass
class Night:
    """`chance` is the jitter of every pause. `wire_of` lets a test stand between the outbox and the client."""

    directory: Path
    chance: float = 0.5
    has_rest: bool = True
    has_events: bool = True
    shares_keys: bool = True
    wire_of: Callable[[Wire], Wire] = lambda wire: wire
    seconds: float = 0.0
    at_sleep: Callable[[], None] = lambda: None
    deliverer: Deliverer = field(init=False)
    services: tuple[Named, ...] = (Named(SERVICE, "shop"),)

    def __post_init__(self) -> None:
        keys = new_keys()
        self.sandbox = new_sandbox(
            keys,
            clock=self.now,
            services=self.services,
            people=[Person("PADA001", "ada", SENDER)],
            are_keys_shared=self.shares_keys,
        )
        self.access = Access(
            keys.api_key if self.has_rest else "",
            keys.routing_key if self.has_events else "",
            SENDER,
            services={"shop": SERVICE},
        )
        self.ledger = Ledger(self.directory, now=self.now)
        self.author = acting.Author("ada", "desk", pages=True)
        self.restart()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.at_sleep()

    def restart(self) -> None:
        """Another process, which knows what the ledger says and nothing else."""
        wire = self.wire_of(ClientWire(self.access, transport=SandboxTransport(self.sandbox)))
        pager = PagerDuty(self.access, wire, self.now, lambda: self.seconds)
        self.deliverer = Deliverer(
            self.ledger, pager, "ada@desk", self.now, lambda: self.seconds, self.sleep, lambda: self.chance
        )

    def fails(self, *faults: Fault) -> None:
        self.sandbox.fail_with(faults)

    def open(self, title: str = "Orders fail", *, service: str = "shop") -> str:
        event = acting.open_incident(
            self.ledger, self.author, now=self.now(), title=title, severity="sev1", service=service, again=True
        )
        return event.incident_id

    def acknowledge(self, incident_id: str) -> None:
        acting.acknowledge(self.ledger, self.author, incident_id)

    def note(self, incident_id: str, text: str = "the disk is full") -> None:
        acting.note(self.ledger, self.author, incident_id, text)

    def resolve(self, incident_id: str, resolution: str = "") -> None:
        acting.resolve(self.ledger, self.author, incident_id, resolution)

    def deliver(self, seconds: float = 10.0, wish: Wish | None = None) -> Report:
        return deliver(self.deliverer, wish or Wish(), until=self.seconds + seconds)

    def incident(self, incident_id: str) -> Incident:
        found = self.ledger.incident(incident_id)
        assert found is not None
        return found

    def pages_of(self, incident_id: str) -> list[datetime]:
        """When the sandbox woke somebody for an incident."""
        return [page.at for page in self.sandbox.account.pages if page.key.endswith(f"/{incident_id}")]

    def statuses_of(self, incident_id: str) -> list[str]:
        """How the sandbox's incidents of this key stand."""
        return [one.status for one in self._theirs(incident_id)]

    def notes_of(self, incident_id: str) -> list[str]:
        return [note.content for one in self._theirs(incident_id) for note in one.notes]

    def _theirs(self, incident_id: str) -> list[Theirs]:
        return [one for one in self.sandbox.account.incidents.values() if one.key.endswith(f"/{incident_id}")]


def outcomes(report: Report) -> Sequence[tuple[str, str]]:
    """What was told and what became of it, by the names of values."""
    return [(told.delivery.action, type(told.result).__name__) for told in report.told]
