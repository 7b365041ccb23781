"""OpenSLO v1, whose objects refer to each other over all files. docs/dialects.md is its page.

`objects` finds them by kind and name · `indicators` reads what is measured · `budgeting` says what that makes, by
budgeting method · `durations` reads time windows · `alerts` reads conditions as tiers · `promise` makes the SLOs.
"""

from __future__ import annotations

from collections.abc import Sequence

from sretool.settings.context import SpecContext
from sretool.spec.openslo.objects import read_objects
from sretool.spec.openslo.promise import read_slos
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    """A part an SLO; the other kinds say nothing by themselves, but what is wrong with them is reported."""
    return read_slos(read_objects(documents, notes, context), notes, context)
