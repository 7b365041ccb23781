"""PM041: an action, or the page, that is nobody's, or of somebody whom the catalogue does not know."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.remedies import meant
from sretool.yamltext.source import Spot


def _find(postmortem: Postmortem, facts: Facts) -> Iterator[Flaw]:
    if postmortem.head.owner is not None:
        yield from _judged(postmortem.head.owner, postmortem.head.owner.value, facts.owners, what="the postmortem")
    for action in postmortem.actions:
        owner = action.cells["owner"]
        yield from _judged(owner.at, owner.text, facts.owners, what="this action")


def _judged(at: Spot, owner: str, known: Collection[str] | None, *, what: str) -> Iterator[Flaw]:
    name = owner.removeprefix("@")
    if form.is_placeholder(name):
        return  # Which is told already.
    if not name:
        yield Flaw(at, f"{what} has no owner", "name a team or a person of catalog.yaml")
    elif known is not None and name not in known:
        near = meant(name, known)
        remedy = f"write {near}" if near else f"name a team or a person of catalog.yaml, or add {name} to it"
        yield Flaw(at, f"catalog.yaml knows no {name}", remedy)


CHECK = Check("PM041", Postmortem, _find)
