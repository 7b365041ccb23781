"""What was read, sorted: specifications for `sretool.spec`, rule files for us, and what is neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sretool.lint.rulefile import RuleFile, is_rule_file, read_rule_file
from sretool.spec.dialects import DIALECTS
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import Loaded, collector_paused
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence
from sretool.yamltext.remedies import meant

_FAMILIES = ("sretool", *sorted({dialect.family.partition("/")[0] for dialect in DIALECTS} - {"sretool", "prometheus"}))


@dataclass(frozen=True, slots=True)
class Documents:
    """`specs` hold only documents that are specifications, or were meant to be. `others` are paths of files that
    can be read and hold nothing that we know.
    """

    sources: tuple[Loaded, ...]
    specs: tuple[Loaded, ...]
    rule_files: tuple[RuleFile, ...]
    others: tuple[str, ...]
    notes: Notes


def sort_documents(sources: Iterable[Loaded]) -> Documents:
    """Each document to whom it belongs. The notes have what is wrong with YAML, and with the shape of rules."""
    sources = tuple(sources)
    notes = Notes()
    specs: list[Loaded] = []
    rule_files: list[RuleFile] = []
    others: list[str] = []
    with collector_paused():
        for source in sources:
            notes.diagnostics.extend(source.diagnostics)
            documents = [each for document in source.documents for each in _parts(document)]
            of_specs = tuple(document for document in documents if is_spec(document))
            of_rules = [each for each in documents if isinstance(each, Mapping) and is_rule_file(each)]
            if of_specs:
                specs.append(replace(source, documents=of_specs, diagnostics=()))
            rule_files.extend(read_rule_file(document, notes) for document in of_rules)
            if not of_specs and not of_rules and not source.diagnostics:
                others.append(source.source.path)
    return Documents(sources, tuple(specs), tuple(rule_files), tuple(others), notes)


def is_spec(document: Node) -> bool:
    """Whether a document is a specification of some dialect, in a version that we know or not, or nearly says so."""
    if not isinstance(document, Mapping):
        return False
    if any(dialect.claims(document) for dialect in DIALECTS):
        return True
    version = document.get("apiVersion")
    if not isinstance(version, Scalar):
        return "slos" in document and not is_rule_file(document) and not _is_settings(document)
    return meant(version.value.partition("/")[0], _FAMILIES) is not None


def _is_settings(document: Mapping) -> bool:
    """Whether its `slos` are paths, as the sretool.yaml of a repository below this one has them, and no promises.

    Where a service is named, what stands there are names of SLOs that somebody began to write.
    """
    if "service" in document:
        return False
    slos = document.get("slos")
    paths = slos.items if isinstance(slos, Sequence) else (slos,)
    return bool(paths) and all(isinstance(path, Scalar) and path.value for path in paths)


def _parts(document: Node) -> Iterator[Node]:
    """A document, or what a Kubernetes list of several holds."""
    items = document.get("items") if isinstance(document, Mapping) else None
    if isinstance(items, Sequence) and isinstance(document, Mapping) and _is_list(document):
        yield from items
    else:
        yield document


def _is_list(document: Mapping) -> bool:
    kind = document.get("kind")
    return isinstance(kind, Scalar) and kind.value.endswith("List")
