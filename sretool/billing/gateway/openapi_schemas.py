"""The bodies of the OpenAPI document: what an event is, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sretool.billing.event_faults import (
    ID_LENGTH_MAX,
    KEY_LENGTH_MAX,
    PROPERTIES_MAX,
    TYPE_LENGTH_MAX,
    VALUE_LENGTH_MAX,
)
from sretool.billing.quantity import INTEGER_MAX

ID = {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_MAX}
TEXT = {"type": "string"}
WHOLE = {"type": "integer", "minimum": 0}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list_of(schema: str) -> dict[str, Any]:
    return {"type": "array", "items": ref(schema)}


def ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


SCHEMAS: Mapping[str, dict[str, Any]] = {
    "Event": _object(
        "transaction_id customer_id event_type timestamp",
        transaction_id=ID,
        customer_id=ID,
        event_type={"type": "string", "minLength": 1, "maxLength": TYPE_LENGTH_MAX},
        timestamp={
            "type": "string",
            "format": "date-time",
            "description": "With an offset; at most 34 days back and 24 hours ahead; truncated to the microsecond.",
        },
        properties={
            "type": "object",
            "maxProperties": PROPERTIES_MAX,
            "propertyNames": {"maxLength": KEY_LENGTH_MAX},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": VALUE_LENGTH_MAX},
                    {"type": "integer", "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
            "description": "A quantity with a fraction is a string such as 12.5.",
        },
    )
    | {"additionalProperties": False},
    "Accepted": _object("accepted position", accepted=WHOLE, position=WHOLE),
    "Fault": _object("path reason remedy", path=TEXT, reason=TEXT, remedy=TEXT),
    "FaultyEvent": _object("index faults", index=WHOLE, faults=_list_of("Fault")),
    "Refusal": _object(
        "error remedy", error=TEXT, remedy=TEXT, batch=_list_of("Fault"), events=_list_of("FaultyEvent")
    ),
    "Quarantined": _object(
        "id transaction_id customer_id kind state reason ingest_us",
        id=TEXT,
        transaction_id=TEXT,
        customer_id=TEXT,
        kind={"enum": ["quarantined", "conflict"]},
        state={"enum": ["held", "released", "discarded"]},
        reason=TEXT,
        ingest_us=WHOLE,
    ),
    "EventState": _object(
        "transaction_id outcome",
        transaction_id=TEXT,
        outcome={"enum": ["pending", "counted", "quarantined"]},
        applied_position=WHOLE | {"description": "Of a pending event: up to there all is decided."},
        durable_position=WHOLE | {"description": "Of a pending event: the end of the journal as it was asked for."},
        position=WHOLE,
        index=WHOLE,
        duplicates=WHOLE,
        conflicts=WHOLE,
        quarantine=_or_null(ref("Quarantined")),
    ),
    "MeterUsage": _object("meter events quantity", meter=TEXT, events=WHOLE, quantity=TEXT),
    "Usage": _object(
        "customer_id from_us to_us usage",
        customer_id=TEXT,
        from_us={"type": "integer"},
        to_us={"type": "integer"},
        usage=_list_of("MeterUsage"),
    ),
    "Line": _object(
        "kind line amount_minor amount period",
        kind=TEXT,
        line=TEXT,
        amount_minor={"type": "integer"},
        amount=TEXT,
        period={"type": ["string", "null"]},
        meter=TEXT,
        quantity=TEXT,
    ),
    "Invoice": _object(
        "id tenant customer version state period currency lines total_minor total digest finalized_us",
        id=TEXT,
        tenant=TEXT,
        customer=TEXT,
        version={"type": "integer", "minimum": 1},
        state={"enum": ["finalized", "voided"]},
        period=_or_null(_object("name start_us end_us zone", name=TEXT, start_us=WHOLE, end_us=WHOLE, zone=TEXT)),
        currency=TEXT,
        lines=_list_of("Line"),
        total_minor=WHOLE,
        total=TEXT,
        credit_note_minor=WHOLE,
        digest=TEXT,
        finalized_us=WHOLE,
        voided_us={"type": ["integer", "null"]},
    ),
    "InvoiceSummary": _object(
        "id customer version state period currency total_minor total credit_note_minor credit_note finalized_us",
        id=TEXT,
        customer=TEXT,
        version={"type": "integer", "minimum": 1},
        state={"enum": ["finalized", "voided"]},
        period={"type": ["string", "null"], "description": "Its month; null of corrections after the last one."},
        currency=TEXT,
        total_minor=WHOLE,
        total=TEXT,
        credit_note_minor=WHOLE,
        credit_note=TEXT,
        finalized_us=WHOLE,
    ),
    "Invoices": _object("invoices next", invoices=_list_of("InvoiceSummary"), next={"type": ["string", "null"]}),
    "Quarantine": _object("events next", events=_list_of("Quarantined"), next={"type": ["string", "null"]}),
    "Decided": _object("position", position=WHOLE),
}
