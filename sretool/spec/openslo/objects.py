"""The objects of all documents, by kind and name, and how one is found that another refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from sretool.model.slo import Labels
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.foreign import is_word, reworded, runbook_and_rest, unsupported
from sretool.spec.part import Stated
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Node, Scalar
from sretool.yamltext.remedies import meant, one_of

T = TypeVar("T")

VERSION: Final = "openslo/v1"
KINDS: Final = ("SLO", "SLI", "Service", "AlertPolicy", "AlertCondition", "DataSource")
_TARGET: Final = "AlertNotificationTarget"
# OpenSLO allows these in the name of a label, and Prometheus does not.
_NOT_IN_LABELS: Final = re.compile(r"[-./]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an object says of itself. `owner` is one of its labels, `runbook` one of its annotations."""

    name: Scalar
    display_name: str = ""
    labels: Labels = ()
    owner: Stated[str] | None = None
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Object:
    """An object whose `spec` is still to be read."""

    metadata: Metadata
    spec: Fields


Objects = Mapping[str, Mapping[str, Object]]


def read_objects(documents: Iterable[nodes.Mapping], notes: Notes, context: SpecContext) -> Objects:
    """The objects by kind and name. A second of the same kind and name is reported and left out."""
    found: dict[str, dict[str, Object]] = {kind: {} for kind in KINDS}
    for document in documents:
        kind = _kind(document, notes)
        each = None if kind is None else _object(document, notes, context, needs_spec=kind != "Service")
        if kind is None or each is None:
            continue
        name = each.metadata.name
        first = found[kind].setdefault(name.value, each)
        if first is not each:
            message = f"the {kind} `{name.value}` is there already, at {first.metadata.name.place}"
            notes.report("SL157", name, message, remedy="rename or remove one of the two")
    return found


def _kind(document: nodes.Mapping, notes: Notes) -> str | None:
    version, kind = document.get("apiVersion"), document.get("kind")
    if not is_word(version, VERSION):
        unsupported(version or document, f"of OpenSLO only {VERSION} is read", notes, remedy=f"write {VERSION}")
    elif isinstance(kind, Scalar) and kind.value in KINDS:
        return kind.value
    elif is_word(kind, _TARGET):
        remedy = "remove it, and route alerts by owner and severity in Alertmanager"
        unsupported(kind or document, f"{_TARGET} is not read: Alertmanager says who is told", notes, remedy=remedy)
    else:
        written = kind.value if isinstance(kind, Scalar) else ""
        remedy = f"write {meant(written, KINDS) or one_of(KINDS)}"
        unsupported(kind or document, "this kind of object is not read", notes, remedy=remedy)
    return None


def _object(document: nodes.Mapping, notes: Notes, context: SpecContext, *, needs_spec: bool) -> Object | None:
    with Fields(document, notes) as fields:
        fields.ignore("apiVersion", "kind")
        return inline_object(fields, notes, context, needs_spec=needs_spec)


def inline_object(fields: Fields, notes: Notes, context: SpecContext, *, needs_spec: bool = True) -> Object | None:
    """The `metadata` and `spec` of an object, in a document of its own or within another."""
    section, spec = fields.section("metadata", required=True), fields.section("spec", required=needs_spec)
    if spec is None and not needs_spec:
        spec = Fields(nodes.Mapping(fields.node.source, fields.node.start, fields.node.end, {}), notes)
    metadata = None if section is None else _metadata(section, notes, context)
    return None if metadata is None or spec is None else Object(metadata, spec)


def _metadata(fields: Fields, notes: Notes, context: SpecContext) -> Metadata | None:
    with fields:
        name = fields.scalar("name", required=True)
        display_name = fields.text("displayName") or ""
        labels, owner = _labels(fields.mapping("labels"), notes, context)
        runbook, _ = runbook_and_rest(tuple(fields.text_map("annotations").items()))
    return None if name is None else Metadata(name, display_name.strip(), labels, owner, runbook)


def _labels(mapping: nodes.Mapping | None, notes: Notes, context: SpecContext) -> tuple[Labels, Stated[str] | None]:
    """Labels under names that Prometheus knows, sorted, and the one that is the owner."""
    found: dict[str, str] = {}
    owner = None
    for key, node in mapping.items() if mapping is not None else ():
        value = _label_value(key, node, notes)
        if value is None:
            continue
        if key.value == "owner":
            owner = Stated(checks.owner(reworded(node, value), notes, context), key)
            continue
        name = checks.label_name(reworded(key, _NOT_IN_LABELS.sub("_", key.value)), notes)
        if name in found:
            notes.report("SL122", key, f"two labels become `{name}`", remedy="rename one of the two")
        elif name is not None:
            found[name] = value
    return tuple(sorted(found.items())), owner


def _label_value(key: Scalar, node: Node, notes: Notes) -> str | None:
    """Text, or a list of texts."""
    if isinstance(node, Scalar) and not node.is_null:
        return node.value
    if isinstance(node, nodes.Sequence):
        return ",".join(item.value for item in node if isinstance(item, Scalar))
    notes.report("YA013", key, f"the label `{key.value}` must be text or a list of texts", remedy="write its value")
    return None


def referred(kind: str, at: Scalar, known: Mapping[str, T], notes: Notes) -> T | None:
    """The object of a kind that a reference names; one that is not there is reported."""
    if at.value in known:
        return known[at.value]
    probably = meant(at.value, known)
    remedy = f"write {probably}" if probably else f"write that {kind}, or give its file too"
    notes.report("SL151", at, f"there is no {kind} called `{at.value}`", remedy=remedy)
    return None
