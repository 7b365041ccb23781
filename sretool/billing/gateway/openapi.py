"""The OpenAPI document of what a client may ask. It is served, and a test holds it to the routes and to answers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sretool.billing.event_faults import EVENTS_MAX
from sretool.billing.gateway.answers import Answer, ok
from sretool.billing.gateway.app import Audience, Request, Route
from sretool.billing.gateway.openapi_schemas import ID, SCHEMAS, TEXT, WHOLE, ref
from sretool.billing.gateway.queries import REASON_LENGTH_MAX, ROWS_MAX, STATES

_REFUSALS = {
    "400": "Nothing was done: the request has faults.",
    "401": "The key is not one of ours.",
    "404": "There is no such thing, or it is another tenant's.",
    "409": "It has been decided already, or cannot be.",
    "413": "The body is too large.",
    "415": "The body is not plain JSON.",
    "429": "Above the contracted rate; Retry-After says for how long.",
    "503": "Not now. Of a batch it is not known whether it is stored; sending it again is safe.",
}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: _answer(_REFUSALS[status], "Refusal") for status in statuses}


def _parameter(name: str, where: str, schema: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": dict(schema),
        "description": description,
    }


_LIMIT = _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": ROWS_MAX, "default": 100})


def _after(pattern: str) -> dict[str, Any]:
    return _parameter("after", "query", {"type": "string", "pattern": pattern}, "`next` of the page before.")


_INSTANT = {"type": "string", "format": "date-time"}
_IN_QUARANTINE = [_parameter("position", "path", WHOLE), _parameter("index", "path", WHOLE)]
_INVOICE_ID = [_parameter("invoice_id", "path", TEXT)]
_PAGE = {"description": "A page for people.", "content": {"text/html": {"schema": TEXT}}}


def _operation(
    summary: str,
    responses: Mapping[str, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: Mapping[str, Any] | None = None,
    is_body_required: bool = True,
    needs_key: bool = True,
) -> dict[str, Any]:
    said: dict[str, Any] = {"summary": summary, "responses": dict(responses)}
    if parameters:
        said["parameters"] = parameters
    if body is not None:
        said["requestBody"] = {"required": is_body_required, "content": {"application/json": {"schema": dict(body)}}}
    if not needs_key:
        said["security"] = []
    return said


def _plain(description: str) -> dict[str, Any]:
    return {"200": {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}}}


PATHS: Mapping[str, dict[str, Any]] = {
    "/v1/ingest": {
        "post": _operation(
            "Send usage. A batch is accepted or refused whole; 200 means that it is durable.",
            {"200": _answer("All events are durable; nothing is said of duplicates.", "Accepted")}
            | _refusals("400", "401", "413", "415", "429", "503"),
            body={"type": "array", "minItems": 1, "maxItems": EVENTS_MAX, "items": ref("Event")},
        )
    },
    "/v1/events/{transaction_id}": {
        "get": _operation(
            "What became of an event; 404 where the journal has none of that id.",
            {
                "200": _answer(
                    "Its outcome. `pending`: it was not met up to `applied_position`, and may stand between there and "
                    "`durable_position`, or nowhere. Ask again: once that much is applied, an event that was "
                    "acknowledged before the question has its outcome, and an id that nobody sent is 404.",
                    "EventState",
                )
            }
            | _refusals("401", "404", "503"),
            parameters=[_parameter("transaction_id", "path", ID)],
        )
    },
    "/v1/customers/{customer_id}/usage": {
        "get": _operation(
            "Usage of a customer by meter.",
            {"200": _answer("Exact quantities.", "Usage")} | _refusals("400", "401", "404", "503"),
            parameters=[
                _parameter("customer_id", "path", ID),
                _parameter("from", "query", _INSTANT, "A whole quarter of an hour; the start of this UTC month."),
                _parameter("to", "query", _INSTANT, "A whole quarter of an hour; 31 days after that start."),
            ],
        )
    },
    "/v1/invoices": {
        "get": _operation(
            "Invoices, the latest first.",
            {"200": _answer("One page.", "Invoices")} | _refusals("400", "401", "503"),
            parameters=[_parameter("customer", "query", TEXT), _LIMIT, _after("^[0-9]{1,18}(-.*)?$")],
        )
    },
    "/v1/invoices/{invoice_id}": {
        "get": _operation(
            "An invoice, as JSON or, for who accepts HTML first, as a page.",
            {"200": _answer("As it was finalized.", "Invoice")} | _refusals("401", "404", "503"),
            parameters=_INVOICE_ID,
        )
    },
    "/v1/invoices/{invoice_id}.html": {
        "get": _operation(
            "An invoice as a page that can be printed.",
            {"200": _PAGE} | _refusals("401", "404", "503"),
            parameters=_INVOICE_ID,
        )
    },
    "/v1/quarantine": {
        "get": _operation(
            "Events that were not billed and wait for a decision.",
            {"200": _answer("One page.", "Quarantine")} | _refusals("400", "401", "503"),
            parameters=[
                _parameter("state", "query", {"enum": list(STATES), "default": "held"}),
                _LIMIT,
                _after("^[0-9]{1,18}-[0-9]{1,18}$"),
            ],
        )
    },
    "/v1/quarantine/{position}-{index}/release": {
        "post": _operation(
            "Let an event be decided again, by the catalogue in force then.",
            {"202": _answer("The decision is durable.", "Decided")} | _refusals("400", "401", "404", "409", "503"),
            parameters=_IN_QUARANTINE,
        )
    },
    "/v1/quarantine/{position}-{index}/discard": {
        "post": _operation(
            "Never bill an event.",
            {"202": _answer("The decision is durable.", "Decided")}
            | _refusals("400", "401", "404", "409", "413", "503"),
            parameters=_IN_QUARANTINE,
            body={"type": "object", "properties": {"reason": {"type": "string", "maxLength": REASON_LENGTH_MAX}}},
            is_body_required=False,
        )
    },
    "/healthz": {"get": _operation("Whether the service lives.", _plain("It does."), needs_key=False)},
    "/readyz": {
        "get": _operation("Whether batches can be accepted.", _plain("They can.") | _refusals("503"), needs_key=False)
    },
    "/metrics": {
        "get": _operation(
            "Metrics in the text format of Prometheus.",
            {"200": {"description": "All processes of the service.", "content": {"text/plain": {"schema": TEXT}}}},
            needs_key=False,
        )
    },
    "/openapi.json": {"get": _operation("This document.", _plain("This document."), needs_key=False)},
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "sretool billing", "version": version("sretool")},
        "security": [{"key": []}],
        "paths": dict(PATHS),
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "The key of a tenant: id.secret"}
            },
        },
    }


async def _serve(request: Request) -> Answer:  # noqa: ARG001
    return ok(document())


ROUTE = Route("GET", "/openapi.json", Audience.ANYBODY, _serve)
