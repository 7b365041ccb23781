"""The OpenAPI document is served and true: routes, statuses and bodies are what it says."""

import json
from typing import Any

import pytest
from billing.gateway.running import ADMIN_TOKEN, CATALOG, OTHER_KEY, SLOW_KEY, batch, event, running
from billing.gateway.test_queries import apply_everything, invoice, write_invoices
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from sretool.billing.gateway import openapi


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    document = Resource(openapi.document(), DRAFT202012)
    return Draft202012Validator(
        json.loads(json.dumps(schema).replace('"#/', '"urn:openapi#/')),
        registry=Registry().with_resource("urn:openapi", document),
    )


def test_what_is_served_is_the_document(shared_gateway):
    assert shared_gateway.get("/openapi.json", key=None).json() == json.loads(json.dumps(openapi.document()))


def test_every_schema_is_one():
    for schema in openapi.SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_the_document_has_every_route_but_those_of_the_admin_api_and_no_other(gateway):
    routes = {
        (route.path, route.method.lower())
        for _, route in gateway.gateway.app._routes
        if not route.path.startswith("/admin/")
    } | {("/v1/ingest", "post")}

    assert {(path, method) for path, methods in openapi.PATHS.items() for method in methods} == routes


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """One answer of every kind: the path of the document, its method, and what was answered."""
    with running(tmp_path_factory.mktemp("openapi") / "data", catalog=CATALOG) as one:
        one.stop_the_clock_of_rates()
        apply_everything(one.directory)
        write_invoices(one.directory, invoice("inv-1", "acme", "c-1"))
        full = batch(*(event(f"t-{number}") for number in range(100)))
        found = [
            *(("/v1/ingest", "post", one.ingest(body)) for body in (batch(), b"[]", batch(event(extra=1)))),
            ("/v1/ingest", "post", one.ingest(batch(), key=None)),
            ("/v1/ingest", "post", one.ingest(bytes(2**20 + 1))),
            ("/v1/ingest", "post", one.ingest(batch(), headers={"content-type": "text/csv"})),
            *(("/v1/ingest", "post", one.ingest(full, key=SLOW_KEY)) for _ in range(2)),
            *(("/v1/events/{transaction_id}", "get", one.get(f"/v1/events/{name}")) for name in ("t-1", "odd", "new")),
            ("/v1/customers/{customer_id}/usage", "get", one.get("/v1/customers/c-1/usage")),
            ("/v1/customers/{customer_id}/usage", "get", one.get("/v1/customers/c-1/usage?from=x")),
            ("/v1/customers/{customer_id}/usage", "get", one.get("/v1/customers/c-1/usage", key=OTHER_KEY)),
            ("/v1/invoices", "get", one.get("/v1/invoices")),
            ("/v1/invoices", "get", one.get("/v1/invoices?limit=x")),
            ("/v1/invoices/{invoice_id}", "get", one.get("/v1/invoices/inv-1")),
            ("/v1/invoices/{invoice_id}", "get", one.get("/v1/invoices/none")),
            ("/v1/invoices/{invoice_id}.html", "get", one.get("/v1/invoices/inv-1.html")),
            ("/v1/quarantine", "get", one.get("/v1/quarantine?state=any")),
            *(
                (f"/v1/quarantine/{{position}}-{{index}}/{verb}", "post", one.request("POST", path, body=body))
                for verb, path, body in (
                    ("release", "/v1/quarantine/0-1/release", b""),
                    ("release", "/v1/quarantine/0-2/release", b""),
                    ("release", "/v1/quarantine/x-2/release", b""),
                    ("discard", "/v1/quarantine/0-2/discard", b'{"reason": "test"}'),
                    ("discard", "/v1/quarantine/0-2/discard", b"7"),
                )
            ),
            *((path, "get", one.get(path, key=None)) for path in ("/healthz", "/readyz", "/metrics", "/openapi.json")),
        ]
        yield found


def test_every_answer_has_a_status_and_a_body_that_the_document_promises(answers):
    for path, method, answer in answers:
        responses = openapi.PATHS[path][method]["responses"]
        assert str(answer.status) in responses, path
        content = responses[str(answer.status)]["content"]
        content_type = answer.headers["content-type"].partition(";")[0]
        assert content_type in content, (path, content_type)
        if content_type == "application/json":
            faults = [fault.message for fault in validator(content[content_type]["schema"]).iter_errors(answer.json())]
            assert (path, answer.status, faults) == (path, answer.status, [])


def test_every_status_of_the_document_but_those_of_a_broken_disk_has_been_seen(answers):
    promised = {
        (path, method, status)
        for path, methods in openapi.PATHS.items()
        for method, operation in methods.items()
        for status in operation["responses"]
        if path == "/v1/ingest" or status.startswith("2")
    }

    seen = {(path, method, str(answer.status)) for path, method, answer in answers}

    assert promised - seen == {("/v1/ingest", "post", "503")}


def test_the_admin_token_is_no_key(shared_gateway):
    assert shared_gateway.get("/v1/invoices", key=ADMIN_TOKEN).status == 401
