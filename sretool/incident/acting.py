"""What people do to incidents: open, acknowledge, note, resolve. Each is one event, unless it contradicts another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sretool.incident.events import (
    Acknowledged,
    Action,
    Event,
    Happening,
    Noted,
    Opened,
    Resolved,
    Severity,
    SeveritySet,
    Snapshot,
)
from sretool.incident.history import Incident
from sretool.incident.ledger import Draft, Ledger
from sretool.incident.texts import well_formed
from sretool.incident.wording import legible, span

KEY_VARIABLES: Final = ("PAGERDUTY_API_KEY", "PAGERDUTY_ROUTING_KEY")
TITLE_LENGTH_MAX: Final = 1024  # PagerDuty's bound.
NOTE_LENGTH_MAX: Final = 25_000  # PagerDuty's bound.
_BLANK: Final = "***"
NOBODY_KNOWS: Final = "nobody has said how bad it is"


class Contradiction(ValueError):
    """What is to be recorded cannot have happened. The message says why."""


class AlreadyOpen(Exception):
    """Somebody has opened an incident about the same, and it is not over. The message says which and what to do."""

    def __init__(self, incident: Incident, now: datetime) -> None:
        since = span(now - incident.opened_at_utc)
        taken = incident.acknowledgement
        by = f"acknowledged by {taken[1].by}" if taken else "acknowledged by nobody"
        super().__init__(
            f"{incident.incident_id} is open about {incident.slo or incident.service} for {since}, {by}:"
            f" {legible(incident.title)}\nsretool incident ack {incident.incident_id} takes it;"
            " --again opens another, and pages again"
        )


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, and whether it is to be told: where there is no key of PagerDuty's, nothing is.

    `at` is when it happened, or None for just now. `secrets` are what no text may bring into the ledger.
    """

    name: str
    host: str
    at: datetime | None = None
    pages: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def actor(self) -> str:
        return self.name if "@" in self.name else f"{self.name}@{self.host}"

    def blanked(self, text: str) -> str:
        """A text without the secrets: whoever pastes what a command has printed has not read all of it."""
        for secret in self.secrets:
            text = text.replace(secret, _BLANK)
        return text

    def draft(self, incident: str, happening: Happening, action: Action) -> Draft:
        tells = (action,) if self.pages else ()
        return Draft(incident, happening, tells, occurred_at=self.at, actor=self.actor)


def secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """PagerDuty's keys. Without one there is nobody to be told, which is known without asking anybody."""
    return tuple(filter(None, (environment.get(variable, "").strip() for variable in KEY_VARIABLES)))


def open_incident(
    ledger: Ledger,
    author: Author,
    *,
    now: datetime,
    title: str = "",
    severity: Severity | None = None,
    service: str = "",
    slo: str = "",
    again: bool = False,
) -> Event:
    """Record that an incident began, before anything else is known of it.

    Not while one about the same is open, unless `again`. Raises AlreadyOpen, Contradiction, ledger.Unwritable.
    """
    if not (title or slo or service):
        raise Contradiction("an incident needs words, or what it is about: give --title, --slo or --service")
    opened = Opened(
        title=title_of(author.blanked(title) or f"{slo or service} needs attention"),
        severity=severity or "sev2",
        severity_reason=f"{author.name} said so" if severity else NOBODY_KNOWS,
        service=service,
        slo=slo,
    )
    draft = author.draft(ledger.free_id(author.at or now), opened, "trigger")
    if again or not (slo or service):
        return ledger.append([draft])[0]

    def decide(others: tuple[Incident, ...]) -> Sequence[Draft]:
        same = next((other for other in others if _is_same(other.opened, opened)), None)
        if same is not None:
            raise AlreadyOpen(same, now)
        return [draft]

    return ledger.append_if(decide, incidents=lambda: ledger.unresolved(slo or opened.title))[0]


def look_back(
    ledger: Ledger, author: Author, incident: str, *, seen: Snapshot, severity: tuple[Severity, str] | None
) -> tuple[Event, ...]:
    """Record how budgets stood when it was opened, and the severity that this proposes, if any. Raises Unwritable."""
    happenings: list[Happening] = [seen, *([] if severity is None else [SeveritySet(*severity)])]
    return ledger.append(
        [Draft(incident, one, occurred_at=author.at, actor=author.actor, origin="prometheus") for one in happenings]
    )


def acknowledge(ledger: Ledger, author: Author, incident: str) -> tuple[Event, ...]:
    """Record that somebody is on it; nothing, if somebody is already. Raises ledger.Unwritable, Contradiction."""

    def drafts(found: Incident) -> Sequence[Draft]:
        if found.status == "resolved":
            raise Contradiction(f"{incident} is resolved: what comes back is another incident, so open one")
        _refuse_before_opening(found, author.at)
        return [] if found.acknowledgement else [author.draft(incident, Acknowledged(author.name), "acknowledge")]

    return _append(ledger, incident, drafts)


def note(ledger: Ledger, author: Author, incident: str, text: str) -> tuple[Event, ...]:
    """Record what somebody saw, did or thought, also once it is resolved. Raises ledger.Unwritable, Contradiction."""
    noted = Noted(_said(author.blanked(text), "a note", NOTE_LENGTH_MAX))
    return _append(ledger, incident, lambda _: [author.draft(incident, noted, "note")])


def set_severity(
    ledger: Ledger, author: Author, incident: str, severity: Severity, reason: str = ""
) -> tuple[Event, ...]:
    """Record how bad somebody says that it is, also once it is resolved; nothing, if they said just that last.

    PagerDuty is not told. Raises ledger.Unwritable, Contradiction.
    """
    words = " ".join(author.blanked(reason).split())
    said = SeveritySet(severity, words or f"{author.name} said so")

    def drafts(found: Incident) -> Sequence[Draft]:
        _refuse_before_opening(found, author.at)
        # Whoever gives no reason does not take away the one that is there.
        is_known = found.severity == said.severity and words in ("", found.severities[-1][2])
        return [] if is_known else [Draft(incident, said, occurred_at=author.at, actor=author.actor)]

    return _append(ledger, incident, drafts)


def resolve(ledger: Ledger, author: Author, incident: str, resolution: str = "") -> tuple[Event, ...]:
    """Record that it is over; nothing, if it is already. Raises ledger.Unwritable, Contradiction."""

    def drafts(found: Incident) -> Sequence[Draft]:
        _refuse_before_opening(found, author.at)
        return (
            []
            if found.resolution
            else [author.draft(incident, Resolved(author.blanked(resolution.strip())), "resolve")]
        )

    return _append(ledger, incident, drafts)


def _is_same(one: Opened, other: Opened) -> bool:
    """Of the same SLO, however it is put; of a service alone, only if it is put the same: much can fail there."""
    return (one.service, one.slo) == (other.service, other.slo) and (bool(one.slo) or one.title == other.title)


def title_of(text: str) -> str:
    """A title in one line. Raises Contradiction for what is none."""
    return _said(" ".join(well_formed(text).split()), "a title", TITLE_LENGTH_MAX)


def _append(ledger: Ledger, incident: str, drafts: Callable[[Incident], Sequence[Draft]]) -> tuple[Event, ...]:
    def decide(found: Incident | None) -> Sequence[Draft]:
        if found is None:
            raise Contradiction(f"no incident is called {incident}: sretool incident list --all shows all")
        return drafts(found)

    return ledger.append_to(incident, decide)


def _refuse_before_opening(found: Incident, at: datetime | None) -> None:
    if at is not None and at < found.opened_at_utc:
        raise Contradiction(f"{found.incident_id} was opened at {found.opened_at_utc:%FT%TZ}, which is after --at")


def _said(text: str, what: str, length_max: int) -> str:
    said = text.strip()
    if not said:
        raise Contradiction(f"{what} needs words")
    if len(said) > length_max:
        raise Contradiction(f"{what} has at most {length_max} characters, and this one has {len(said)}")
    return said
