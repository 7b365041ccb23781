"""OpenSLO v1, whose objects refer to each other over all files. docs/dialects.md is its page.

`objects` finds them by kind and name · `sources` says which are Prometheus' · `indicators` reads what is measured and
`budgeting` what that makes, by budgeting method · `alerts` reads conditions as tiers · `promise` puts an SLO together.
"""

from __future__ import annotations

from collections.abc import Sequence

from sretool.settings.context import SpecContext
from sretool.spec.openslo.objects import GROUP, VERSION, read_objects
from sretool.spec.openslo.promise import read_slos
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping, Scalar

SPELLING = f"apiVersion: {VERSION}"


def claims(document: Mapping) -> bool:
    version = document.get("apiVersion")
    return isinstance(version, Scalar) and version.value.startswith(GROUP)


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    """A part an SLO; the other kinds say nothing by themselves, but what is wrong with them is reported."""
    return read_slos(read_objects(documents, notes, context), notes, context)
