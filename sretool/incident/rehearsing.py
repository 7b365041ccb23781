"""The incident ledger for `--dry-run`: it is read, and what would be recorded is kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sretool.incident.codec import decode, encode
from sretool.incident.events import Event
from sretool.incident.history import Incident, in_order
from sretool.incident.identifiers import next_ulid
from sretool.incident.ledger import Contents, Draft, Ledger


class RehearsalLedger(Ledger):
    """Says what it would say if what was recorded here had been."""

    is_rehearsal = True
    _kept: tuple[Event, ...] = ()

    def contents(self, *, mentioning: str = "") -> Contents:
        found = super().contents(mentioning=mentioning)
        return replace(found, events=tuple(in_order([*found.events, *self._kept])))

    def append(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        return self._keep(drafts)

    def append_if(
        self,
        decide: Callable[[tuple[Incident, ...]], Sequence[Draft]],
        *,
        incidents: Callable[[], tuple[Incident, ...]] | None = None,
    ) -> tuple[Event, ...]:
        return self._keep(decide((incidents or self.incidents)()))

    def append_to(self, incident_id: str, decide: Callable[[Incident | None], Sequence[Draft]]) -> tuple[Event, ...]:
        return self._keep(decide(self.incident(incident_id)))

    def _keep(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        made: list[Event] = []
        for draft in drafts:
            at, after = self._now(), [*self._kept, *made][-1:]
            event = Event(
                next_ulid(at, after[0].event_id if after else "", self._random),
                draft.incident_id,
                draft.happening,
                occurred_at_utc=min(draft.occurred_at or at, at),
                recorded_at_utc=at,
                actor=draft.actor,
                origin=draft.origin,
                tells=draft.tells,
            )
            made.append(decode(encode(event)))  # As whoever reads the ledger would have it.
        self._kept += tuple(made)
        return tuple(made)
