"""Which incident is meant: by its id, by any end of it that is nobody else's, or because it is the only open one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sretool.incident.history import Incident
from sretool.incident.wording import legible

SHOWN_MAX = 10


class NotChosen(ValueError):
    """No incident, or more than one, is meant. The message says which there are."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An incident that nobody named, and why it is this one."""

    incident: Incident
    why: str


def named(incidents: Iterable[Incident], text: str) -> Incident:
    """The incident of an id, or of a beginning or an ending of one, or of its last five letters. Raises NotChosen."""
    wanted = text.lower()
    found = [incident for incident in incidents if _is_meant(incident.incident_id, wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotChosen(f"no incident is called {text}: sretool incident list --all shows all")
    raise NotChosen(f"{text} may be any of {len(found)} incidents: say more of one of these\n{listed(found)}")


def refuse_name(incidents: Iterable[Incident], text: str) -> None:
    """Raises NotChosen where what should be words is what an incident is called: then the words were forgotten."""
    found = next((one for one in incidents if _is_meant(one.incident_id, text.lower())), None)
    if found is not None:
        raise NotChosen(f"there are no words for {found.incident_id}: sretool incident note {text} TEXT")


def only_open(incidents: Sequence[Incident]) -> Chosen:
    """The only incident that is not resolved. Raises NotChosen."""
    found = [incident for incident in incidents if incident.status != "resolved"]
    if len(found) == 1:
        return Chosen(found[0], "the only open one")
    if not found:
        raise NotChosen("no incident is open: name one, sretool incident list --all shows all")
    raise NotChosen(f"{len(found)} incidents are open: name one of these\n{listed(found)}")


def to_look_at(incidents: Sequence[Incident]) -> Chosen:
    """The only open one, or where none is open the last that was opened. Raises NotChosen."""
    if incidents and all(incident.status == "resolved" for incident in incidents):
        return Chosen(incidents[-1], "the last one")
    return only_open(incidents)


def to_write_about(incidents: Sequence[Incident]) -> Chosen:
    """The last resolved one that has no postmortem; where there is none, the only open one. Raises NotChosen."""
    found = [incident for incident in incidents if incident.status == "resolved" and not incident.postmortem]
    if found:
        return Chosen(found[-1], "the last one without a postmortem")
    if incidents and all(incident.postmortem for incident in incidents):
        raise NotChosen("every incident has a postmortem: name one, sretool incident list --all shows all")
    return only_open(incidents)


def in_view(
    incidents: Iterable[Incident], *, with_resolved: bool = False, since: datetime | None = None
) -> list[Incident]:
    """The open ones, worst first; then those that are resolved, the last one first: all, or those opened since."""
    found = list(incidents)
    opened = [incident for incident in found if incident.status != "resolved"]
    resolved = [
        incident
        for incident in found
        if incident.status == "resolved" and (with_resolved or (since is not None and incident.opened_at_utc >= since))
    ]
    return [*sorted(opened, key=lambda one: one.severity), *reversed(resolved)]


def listed(incidents: Sequence[Incident]) -> str:
    """The last ones opened, a line each."""
    lines = [
        f"  {one.incident_id}  {one.severity}  {one.status}  {legible(one.title)}" for one in incidents[-SHOWN_MAX:]
    ]
    more = len(incidents) - len(lines)
    return "\n".join([*lines, *([f"  and {more} older ones"] if more else [])])


def _is_meant(incident_id: str, wanted: str) -> bool:
    letters = incident_id.rpartition("-")[2]
    return bool(wanted) and any(
        (incident_id.startswith(wanted), incident_id.endswith(wanted), letters.startswith(wanted))
    )
