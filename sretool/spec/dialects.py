"""The dialects: how a document says of which it is, and who reads it.

The reader of a foreign dialect is loaded with its first document: whoever has none should not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sretool.settings.context import SpecContext
from sretool.spec import native
from sretool.spec.part import ServicePart
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping, Scalar

Reader = Callable[[Sequence[Mapping], Notes, SpecContext], tuple[ServicePart, ...]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`spelling` is how a user says it: "apiVersion: sretool/v1". `family` is what the value of its key begins with.

    `read` gives the parts that all documents of a dialect describe, over all files, and never raises for a bad one.
    """

    spelling: str
    family: str
    read: Reader

    def claims(self, document: Mapping) -> bool:
        """Whether a document says that it is of this dialect. It may be full of mistakes all the same."""
        value = document.get(self.spelling.partition(":")[0])
        if not isinstance(value, Scalar):
            return False
        return value.value.startswith(self.family) if self.family.endswith("/") else value.value == self.family


def _openslo(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    from sretool.spec import openslo

    return openslo.read(documents, notes, context)


def _sloth(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    from sretool.spec import sloth

    return sloth.read(documents, notes, context)


def _pyrra(documents: Sequence[Mapping], notes: Notes, context: SpecContext) -> tuple[ServicePart, ...]:
    from sretool.spec import pyrra

    return pyrra.read(documents, notes, context)


# Of a foreign family every version is taken, so that its reader can say which one it reads.
DIALECTS: Final = (
    Dialect("apiVersion: sretool/v1", "sretool/v1", native.read),
    Dialect("apiVersion: openslo/v1", "openslo/", _openslo),
    Dialect("version: prometheus/v1", "prometheus/v1", _sloth),
    Dialect("apiVersion: sloth.slok.dev/v1", "sloth.slok.dev/", _sloth),
    Dialect("apiVersion: pyrra.dev/v1alpha1", "pyrra.dev/", _pyrra),
)
