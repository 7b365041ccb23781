"""The native dialect, sretool/v1."""

from __future__ import annotations

from collections.abc import Sequence

from sretool.settings.context import SpecContext
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping, Scalar

SPELLING = "apiVersion: sretool/v1"


def claims(document: Mapping) -> bool:
    version = document.get("apiVersion")
    return isinstance(version, Scalar) and version.value == "sretool/v1"


def read(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    return ()
