"""The native dialect, sretool/v1.

`document` reads a file's document, `promise` one SLO or invariant, `indicators` what is measured, `alerting` and
`schedule` the rest of it. `keys` are the words of the dialect, from which `schema` makes the JSON Schema as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from sretool.settings.context import SpecContext
from sretool.spec.native.document import read_document
from sretool.spec.native.keys import API_VERSION
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping, Scalar

SPELLING = f"apiVersion: {API_VERSION}"


def claims(document: Mapping) -> bool:
    version = document.get("apiVersion")
    return isinstance(version, Scalar) and version.value == API_VERSION


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    """A part a document, in their order; a document whose service has no name is left out, its mistakes are not."""
    parts = [read_document(document, notes, context) for document in documents]
    return tuple(part for part in parts if part is not None)
