"""billing.yaml -> the price catalogue, and everything that is wrong with the file.

    catalog, diagnostics = load_catalog(Path("billing.yaml"))     # None when there is an error among the diagnostics

`plan_reader` and `customer_reader` read these parts. All is pure but for `load_catalog`, which reads the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from sretool.billing.catalog.customers import read_customers
from sretool.billing.catalog.plans import read_plan
from sretool.billing.catalog.text import duration_us_of, entries, identifier_of, known_name, unique_ids
from sretool.billing.catalog.values import (
    API_VERSION,
    Aggregation,
    ApiKey,
    Catalog,
    FilterValue,
    Meter,
    Tenant,
)
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Diagnostic, Notes, in_order
from sretool.yamltext.fields import Fields
from sretool.yamltext.loading import Loaded, load, load_file

KEYS: Final = ("apiVersion", "grace", "deadline", "tenants", "meters", "customers", "plans")
TENANT: Final = ("rate", "keys")
METER: Final = ("event_type", "aggregation", "property", "filter")

_AGGREGATIONS: Final[tuple[Aggregation, ...]] = ("count", "sum", "max", "latest", "unique")
_KEYS_MAX: Final = 2
_HOUR_US: Final = 3_600_000_000
_SHA256: Final = re.compile("[0-9a-f]{64}")
_INTEGER: Final = re.compile("-?(?:0|[1-9][0-9]{0,15})")


def load_catalog(path: Path) -> tuple[Catalog | None, list[Diagnostic]]:
    """The catalogue of a file, None where there are errors; and all diagnostics, in order."""
    return _catalog_of(load_file(path))


def catalog_of_text(text: str, path: str = "billing.yaml") -> tuple[Catalog | None, list[Diagnostic]]:
    """As `load_catalog`, of text; `path` is only shown."""
    return _catalog_of(load(text, path))


def _catalog_of(loaded: Loaded) -> tuple[Catalog | None, list[Diagnostic]]:
    notes = Notes(loaded.diagnostics)
    catalog = None
    if loaded.documents:
        catalog = read_catalog(loaded.documents[0], notes)
        for more in loaded.documents[1:]:
            remedy = "remove the `---` and what follows it"
            notes.report("YA013", more, "a catalogue is one YAML document, and here begins another", remedy=remedy)
    return (None if notes.has_errors else catalog), in_order(notes.diagnostics)


def read_catalog(document: nodes.Node, notes: Notes) -> Catalog | None:
    """The catalogue of a document. It is worth something only when no error is in the notes."""
    if not isinstance(document, nodes.Mapping):
        remedy = f"begin it with `apiVersion: {API_VERSION}`"
        notes.report("YA013", document, f"a catalogue must be a mapping, not {nodes.kind(document)}", remedy=remedy)
        return None
    with Fields(document, notes, known=KEYS) as fields:
        fields.choice("apiVersion", (API_VERSION,), required=True)
        grace_us = duration_us_of(fields, "grace", notes, default=24 * _HOUR_US)
        deadline_us = duration_us_of(fields, "deadline", notes, default=4 * _HOUR_US)
        tenants = {
            tenant.name: tenant
            for name, entry in entries(fields, "tenants", required=True)
            if (tenant := _tenant(name, entry, notes))
        }
        _report_shared_keys(fields, notes)
        meters = {
            meter.name: meter
            for name, entry in entries(fields, "meters", required=True)
            if (meter := _meter(name, entry, notes))
        }
        meter_names = [key.value for key in _keys_of(fields, "meters")]
        plans = {
            name.value: plan
            for name, node in _plans(fields, notes)
            if (plan := read_plan(name.value, node, notes, meters=meter_names))
        }
        plan_names = [key.value for key in _keys_of(fields, "plans")]
        tenant_names = [key.value for key in _keys_of(fields, "tenants")]
        customers = {
            tenant.value: read_customers(tenant.value, of_tenant, notes, plan_names=plan_names, plans=plans)
            for tenant, of_tenant in entries(fields, "customers")
            if known_name(tenant, tenant_names, notes, what="tenant", among="tenants")
        }
    return Catalog(grace_us, deadline_us, tenants, meters, customers, plans)


def _keys_of(fields: Fields, name: str) -> list[nodes.Scalar]:
    node = fields.node.get(name)
    return [key for key, _ in node.items()] if isinstance(node, nodes.Mapping) else []


def _plans(fields: Fields, notes: Notes) -> list[tuple[nodes.Scalar, nodes.Node]]:
    section = fields.mapping("plans", required=True)
    found = [] if section is None else list(section.items())
    return [(name, node) for name, node in found if identifier_of(name, notes, what="a plan")]


# --- tenants


def _tenant(name: nodes.Scalar, entry: nodes.Mapping, notes: Notes) -> Tenant | None:
    well_named = identifier_of(name, notes, what="a tenant")
    with Fields(entry, notes, where=f"tenants.{name.value}", known=TENANT) as fields:
        rate = fields.integer("rate", required=True, least=1, most=10_000_000)
        keys = [_key(section, notes) for section in fields.sections("keys", required=True, known=("id", "sha256"))]
    if len(keys) > _KEYS_MAX:
        message = f"tenant {name.value} has {len(keys)} keys, and {_KEYS_MAX} may live at a time"
        notes.report("BL109", entry.key("keys"), message, remedy="remove the ones that are no longer in use")
    if rate is None or not well_named:
        return None
    return Tenant(name.value, rate, tuple(key for key in keys if key is not None))


def _key(fields: Fields, notes: Notes) -> ApiKey | None:
    with fields:
        key_id = fields.scalar("id", required=True)
        digest = fields.scalar("sha256", required=True)
    if key_id is None or digest is None:
        return None
    if not _SHA256.fullmatch(digest.value):
        message = "a key is kept as the SHA-256 of its secret, 64 hexadecimal digits in lower case"
        notes.report(
            "BL109", digest, message, remedy="never write the secret itself: `sretool billing init` makes keys"
        )
        return None
    return ApiKey(key_id.value, digest.value) if identifier_of(key_id, notes, what="a key") else None


def _report_shared_keys(fields: Fields, notes: Notes) -> None:
    """A key's id says whose it is, so that it is there once in the whole catalogue."""
    tenants = fields.node.get("tenants")
    found = [node for _, node in tenants.items()] if isinstance(tenants, nodes.Mapping) else []
    lists = [tenant.get("keys") for tenant in found if isinstance(tenant, nodes.Mapping)]
    keys = [key for keys in lists if isinstance(keys, nodes.Sequence) for key in keys]
    unique_ids([key.get("id") for key in keys if isinstance(key, nodes.Mapping)], notes, what="key")


# --- meters


def _meter(name: nodes.Scalar, entry: nodes.Mapping, notes: Notes) -> Meter | None:
    well_named = identifier_of(name, notes, what="a meter")
    where = f"meters.{name.value}"
    with Fields(entry, notes, where=where, known=METER) as fields:
        event_type = fields.text("event_type", required=True)
        aggregation = fields.choice("aggregation", _AGGREGATIONS, required=True)
        metered = fields.scalar("property")
        filters = fields.mapping("filter")
    if event_type is not None and len(event_type) > 64:
        message = f"`{where}.event_type` has {len(event_type)} characters, and events may have 64"
        notes.report("YA016", entry.key("event_type"), message, remedy="write the event_type that is sent")
    if aggregation == "count" and metered is not None:
        message = f"meter {name.value} counts events, and has a property that it does not look at"
        notes.report("BL107", metered, message, remedy="remove the property, or write aggregation: sum")
    if aggregation not in (None, "count") and metered is None:
        message = f"meter {name.value} has aggregation {aggregation} and no property to take it of"
        notes.report("BL107", entry.key("aggregation"), message, remedy="write `property:` and the property's name")
    wanted = () if filters is None else tuple(sorted(_filter(filters, notes, where=where).items()))
    if event_type is None or aggregation is None or not well_named:
        return None
    return Meter(name.value, event_type, aggregation, None if metered is None else metered.value, wanted)


def _filter(filters: nodes.Mapping, notes: Notes, *, where: str) -> dict[str, FilterValue]:
    found: dict[str, FilterValue] = {}
    for key, node in filters.items():
        if isinstance(node, nodes.Scalar) and not node.is_null:
            found[key.value] = _filter_value(node)
        else:
            message = f"`{where}.filter.{key.value}` must be text, a whole number, true or false"
            notes.report("YA013", node, message, remedy="write the one value that the property must have")
    return found


def _filter_value(scalar: nodes.Scalar) -> FilterValue:
    """As in an event's JSON: true, false and whole numbers without quotes are what they look like, all else is text."""
    if not scalar.style and scalar.value in ("true", "false"):
        return scalar.value == "true"
    if not scalar.style and _INTEGER.fullmatch(scalar.value):
        return int(scalar.value)
    return scalar.value
