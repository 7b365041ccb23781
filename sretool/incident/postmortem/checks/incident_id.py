"""PM008: an id that is none of the incident ledger, or not the one after which the page is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from sretool.incident.identifiers import is_incident_id
from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.codes import Level
from sretool.yamltext.remedies import meant


def _find(postmortem: Postmortem, facts: Facts) -> Iterator[Flaw]:
    at, name = postmortem.head.id, postmortem.head.incident_id
    if at is None or not name or form.is_placeholder(name):
        return  # Which is told already.
    named_after = PurePath(postmortem.source.path).stem
    if is_incident_id(named_after) and named_after != name:
        yield Flaw(at, f"the page is named after {named_after}", f"write {named_after}, or rename the page")
    elif facts.incidents is not None and name not in facts.incidents:
        near = meant(name, facts.incidents)
        remedy = f"write {near}" if near else "write the id that sretool incident list --all shows"
        # One of another tool's may be older than the ledger.
        level: Level | None = None if is_incident_id(name) else "warning"
        yield Flaw(at, f"the incident ledger has no {name}", remedy, level)


CHECK = Check("PM008", Postmortem, _find)
