"""The incident ledger, followed while others write to it: what is new is read, and only what it concerns is folded.

An edge: it reads the ledger's files.
"""

from __future__ import annotations

from pathlib import Path

from sretool.incident.codec import Undecodable
from sretool.incident.events import Event
from sretool.incident.history import Incident, fold
from sretool.incident.ledger import files_of
from sretool.incident.lines import event_of


class Followed:
    """Incidents by id, as of the last `refresh`: all, or only what mentions a text such as an incident's id.

    Lines that cannot be read are `verify`'s business.
    """

    def __init__(self, directory: Path, *, mentioning: str = "") -> None:
        self._mentioning = mentioning.encode()
        self.incidents: dict[str, Incident] = {}
        self._directory = directory
        self._read: dict[Path, int] = {}
        self._events: dict[str, dict[str, Event]] = {}

    def refresh(self) -> frozenset[str]:
        """Read what was written since the last time; gives the ids of those that have changed. Raises OSError."""
        changed: set[str] = set()
        for path in files_of(self._directory):
            for line in self._new_lines(path):
                if self._mentioning not in line:
                    continue
                try:
                    event = event_of(line)
                except Undecodable:
                    continue
                self._events.setdefault(event.incident_id, {}).setdefault(event.event_id, event)
                changed.add(event.incident_id)
        for incident_id in changed:
            self.incidents.update((one.incident_id, one) for one in fold(self._events[incident_id].values()))
        return frozenset(changed)

    def _new_lines(self, path: Path) -> list[bytes]:
        """Whole lines behind those that were read; all of them where the file is not what it was."""
        known = self._read.get(path, 0)
        with path.open("rb") as file:
            file.seek(max(0, known - 1))
            content = file.read()
            if known and content[:1] != b"\n":
                file.seek(0)
                content, known = file.read(), 0
            elif known:
                content = content[1:]
        whole = content[: content.rfind(b"\n") + 1]
        self._read[path] = known + len(whole)
        return whole.split(b"\n")[:-1]
