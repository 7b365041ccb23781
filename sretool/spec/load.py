"""All documents of all files to services: each document to its dialect's reader, then the parts put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sretool.model.slo import Service
from sretool.settings.context import SpecContext
from sretool.spec.dialects import DIALECTS, Dialect
from sretool.spec.merge import merge_parts
from sretool.yamltext.diagnostics import Diagnostic, Notes, in_order
from sretool.yamltext.fields import Fields
from sretool.yamltext.loading import Loaded, collector_paused
from sretool.yamltext.nodes import Mapping, Node, Scalar, kind
from sretool.yamltext.remedies import meant
from sretool.yamltext.source import Spot

# What `slo generate` writes, by the key that tells.
_GENERATED: Final = {
    "groups": "these are Prometheus rules",
    "rule_files": "these are tests of Prometheus rules",
    "route": "this is an Alertmanager configuration",
}


@dataclass(frozen=True, slots=True)
class Specs:
    """Services by name, and every diagnostic by place. With an error among them the services
    are what can be read of them, to be shown and for nothing else."""

    services: tuple[Service, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.level == "error" for diagnostic in self.diagnostics)


def read_specs(sources: Iterable[Loaded], context: SpecContext) -> Specs:
    """Read all that `sretool.spec.sources` found. Never raises for what is in it."""
    notes = Notes()
    documents: list[tuple[list[Mapping], Dialect]] = [([], dialect) for dialect in DIALECTS]
    with collector_paused():  # ten thousand SLOs are a million objects, all of which stay
        for source in sources:
            notes.diagnostics.extend(source.diagnostics)
            for document in source.documents:
                _sort_in(document, documents, notes)
        parts = [part for claimed, dialect in documents if claimed for part in dialect.read(claimed, notes, context)]
        services = merge_parts(parts, notes)
    # An alias may bring the same mistake at the same place several times.
    return Specs(services, tuple(in_order(dict.fromkeys(notes.diagnostics))))


def _sort_in(document: Node, documents: list[tuple[list[Mapping], Dialect]], notes: Notes) -> None:
    if not isinstance(document, Mapping):
        message = f"a specification is a mapping, and this is {kind(document)}"
        notes.report("SL120", document, message, remedy=f"begin with {DIALECTS[0].spelling}")
        return
    for claimed, dialect in documents:
        if dialect.claims(document):
            claimed.append(document)
            return
    if _says(document, "apiVersion", "v1") and _says(document, "kind", "List"):
        for item in _items(document, notes):
            _sort_in(item, documents, notes)
    else:
        _report_unknown(document, notes)


def _says(document: Mapping, key: str, word: str) -> bool:
    value = document.get(key)
    return isinstance(value, Scalar) and value.value == word


def _items(document: Mapping, notes: Notes) -> Sequence[Node]:
    """The documents of a Kubernetes list, which is what `kubectl get -o yaml` prints of several objects."""
    with Fields(document, notes) as fields:
        fields.ignore("apiVersion", "kind", "metadata")
        items = fields.sequence("items", required=True)
    if items is not None and not items.items:
        notes.report("YA016", items, "`items` is empty, so this promises nothing", remedy="remove the file")
    return () if items is None else items.items


def _report_unknown(document: Mapping, notes: Notes) -> None:
    spellings = [dialect.spelling for dialect in DIALECTS]
    remedy = f"begin with one of {'; '.join(spellings)}"
    generated = _generated(document)
    if generated is not None:
        at, what = generated
        message = f"{what} beside specifications of SLOs"
        remedy = "keep generated files outside the directory of SLOs, or name only the files that hold SLOs"
        notes.report("SL120", at, message, remedy=remedy)
        return
    name = next((name for name in ("apiVersion", "version", "kind") if name in document), None)
    if name is None:
        at = next((key for key, _ in document.items()), document)
        message = "this is no SLO specification that we know: it has no apiVersion"
        notes.report("SL120", at, message, remedy=remedy)
        return
    value = document.get(name)
    at = value if isinstance(value, Scalar) and value.value else document.key(name)
    written = f"{name}: {value.value}" if isinstance(value, Scalar) else name
    by_version = {spelling.partition(": ")[2]: spelling for spelling in spellings}
    version = meant(value.value, by_version) if isinstance(value, Scalar) else None
    probably = by_version[version] if version else None
    notes.report(
        "SL120", at, f"we know no SLO specification of `{written}`", remedy=f"write {probably}" if probably else remedy
    )


def _generated(document: Mapping) -> tuple[Spot, str] | None:
    """Where a document says that it is what specifications become, and what it is."""
    if _says(document, "kind", "PrometheusRule"):
        return document.entries["kind"][1], "this is a PrometheusRule"
    if "apiVersion" in document:
        return None
    return next(((document.key(key), what) for key, what in _GENERATED.items() if key in document), None)
