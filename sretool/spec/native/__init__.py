"""The native dialect, sretool/v1.

`document` reads a file's document, `promise` one SLO or invariant, `indicators` what is measured, `alerting` and
`schedule` the rest of it. `keys` are the words of the dialect, from which `schema` makes the JSON Schema as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from sretool.settings.context import SpecContext
from sretool.spec.native.document import read_document
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    """A part a document, in their order; a document whose service has no name is left out, its mistakes are not."""
    read = [read_document(document, notes, context) for document in documents]
    parts = tuple(part for part in read if part is not None)
    _report_without_owner(parts, notes)
    return parts


def _report_without_owner(parts: Sequence[ServicePart], notes: Notes) -> None:
    """One warning a service: any of its documents may name the owner for all of them."""
    owned = {part.name for part in parts if part.owner is not None}
    for part in parts:
        owners = [slo.value.owner for slo in part.slos] + [each.value.owner for each in part.invariants]
        if part.name not in owned and not all(owners):
            owned.add(part.name)
            message = f"nobody owns {part.name}, so its alerts reach no team"
            notes.report("SL111", part.at, message, remedy="write `owner:` and the name of a team")
