"""What a tenant may ask, and what it may not know of others."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from billing.gateway.running import CATALOG, KEY, OTHER_KEY, Running, batch, event, running

from sretool.billing.directory import DataDirectory
from sretool.billing.invoices.schema import open_store
from sretool.billing.journal import JournalReader, Kind
from sretool.billing.ledger.protocol import Address, Aggregation, Cell, Effects, Held, Rollup, id_key
from sretool.billing.ledger.writing import SqliteLedger
from sretool.billing.quantity import Limbs

QUARTER = 1_764_000_000_000_000 // 900_000_000
DAY = QUARTER // 96
HELD = Held(Address(0, 1), "acme", "odd", "nobody", "the customer is unknown", "quarantined", QUARTER * 900_000_000)
CONFLICT = Held(Address(0, 2), "acme", "t-1", "c-1", "another payload", "conflict", QUARTER * 900_000_000)
OTHERS = Held(Address(0, 3), "globex", "theirs", "x", "the customer is unknown", "quarantined", 1)
DONE = Held(Address(0, 4), "acme", "done", "x", "the customer is unknown", "quarantined", 1, state="discarded")


def apply_everything(directory: DataDirectory) -> None:
    """A ledger that has applied all that is in the journal."""
    with JournalReader(directory.journal) as reader:
        end = reader.durable_end()
    ledger = SqliteLedger.open(directory.ledger)
    ledger.apply(
        0,
        ledger.acquire(),
        from_=0,
        to=end,
        effects=Effects(
            DAY,
            sightings=[
                (id_key("acme", "odd"), HELD.address.packed(), 1),
                (id_key("acme", "t-1"), Address(0, 0).packed(), 0),
            ],
            repeats={(DAY, id_key("acme", "t-1")): (3, 1)},
            held=[HELD, CONFLICT, OTHERS, DONE],
            rollups=[
                Rollup(Cell("acme", "c-1", "bytes", QUARTER, 0), Aggregation.SUM, 2, Limbs(0, 3, 500_000_000_000))
            ],
            counts={"counted": 1, "quarantined": 3},
            meters={"bytes": Aggregation.SUM},
        ),
    )
    ledger.close()


def invoice(name: str, tenant: str, customer: str, *, finalized_us: int = 1_764_000_000_000_000) -> dict[str, Any]:
    return {
        "id": name,
        "tenant": tenant,
        "customer": customer,
        "version": 1,
        "period": {
            "name": "2025-10",
            "start_us": 1_759_269_600_000_000,
            "end_us": 1_761_951_600_000_000,
            "zone": "Europe/Berlin",
        },
        "currency": "EUR",
        "lines": [
            {"kind": "fixed", "line": "platform", "amount_minor": 1000, "amount": "10.00", "period": None},
            {"kind": "usage", "line": "<b>calls</b>", "amount_minor": 234, "amount": "2.34", "period": None}
            | {"meter": "calls", "quantity": "1234.5"},
            {"kind": "adjustment", "line": "calls", "amount_minor": -34, "amount": "-0.34", "period": "2025-09"},
        ],
        "total_minor": 1200,
        "total": "12.00",
        "credit_note_minor": 0,
        "credit_note": "0.00",
        "cut_no": 0,
        "basis_position": 77,
        "catalog_position": 0,
        "control_position": 77,
        "finalized_us": finalized_us,
        "digest": "ab" * 32,
    }


def write_invoices(directory: DataDirectory, *invoices: dict[str, Any]) -> None:
    store = open_store(directory.invoices)
    for number, said in enumerate(invoices):
        store.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, 0, ?, 'finalized', 'EUR',"
            " 1200, 0, 0, 77, 0, 0, 0, 77, ?, NULL, NULL, ?, '')",
            (
                said["id"],
                said["tenant"],
                said["customer"],
                number,
                number + 1,
                1,
                said["finalized_us"],
                json.dumps(said),
            ),
        )
    store.close()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = tmp_path_factory.mktemp("asked") / "data"
    with running(root, catalog=CATALOG) as one:
        apply_everything(one.directory)
        write_invoices(
            one.directory,
            invoice("inv-1", "acme", "c-1"),
            invoice("inv-2", "acme", "c-2", finalized_us=1_764_000_000_000_001),
            invoice("inv-3", "globex", "g-1"),
        )
        yield one


def test_an_event_is_pending_until_the_applier_has_decided_it(gateway):
    gateway.ingest(batch(event("t-1")))
    end = gateway.gateway.writer.durable_end

    before = gateway.get("/v1/events/t-1")
    apply_everything(gateway.directory)
    after = gateway.get("/v1/events/t-1")

    far = {"applied_position": 0, "durable_position": end}
    assert before.json() == {"transaction_id": "t-1", "outcome": "pending"} | far
    assert after.json() == {
        "transaction_id": "t-1",
        "outcome": "counted",
        "position": 0,
        "index": 0,
        "duplicates": 3,
        "conflicts": 1,
        "quarantine": None,
    }


def test_an_id_that_nobody_sent_is_pending_only_while_something_is_not_applied(gateway):
    gateway.ingest(batch(event("t-1")))

    before = gateway.get("/v1/events/nobodys").json()
    apply_everything(gateway.directory)
    after = gateway.get("/v1/events/nobodys")

    assert (before["outcome"], before["applied_position"] < before["durable_position"]) == ("pending", True)
    assert after.status == 404


@pytest.mark.parametrize("name", ["a/b", "../x", "50%", "what?", "\u00fcber #1", "%2F"])
def test_an_event_is_asked_for_whatever_its_id_is_made_of(gateway, name):
    gateway.ingest(batch(event(name)))

    asked_for = gateway.get(f"/v1/events/{quote(name, safe='')}").json()

    assert (asked_for["transaction_id"], asked_for["outcome"]) == (name, "pending")


def test_an_event_in_quarantine_says_why(asked):
    said = asked.get("/v1/events/odd").json()

    assert (said["outcome"], said["quarantine"]["reason"]) == ("quarantined", "the customer is unknown")


@pytest.mark.parametrize("name", ["never-sent", "a%2Fb", "%00", "%F0%9F%A6%8A", "x" * 500])
def test_an_event_that_was_never_sent_is_404_once_all_is_applied(asked, name):
    assert asked.get(f"/v1/events/{name}").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/t-1",
        "/v1/customers/c-1/usage",
        "/v1/invoices/inv-1",
        "/v1/invoices/inv-1.html",
    ],
)
def test_what_belongs_to_another_tenant_is_404(asked, path):
    assert (asked.get(path).status, asked.get(path, key=OTHER_KEY).status) == (200, 404)


@pytest.mark.parametrize("verb", ["release", "discard"])
def test_another_tenants_quarantine_cannot_be_decided(asked, verb):
    assert asked.request("POST", f"/v1/quarantine/0-3/{verb}", body=b"").status == 404
    assert decisions(asked) == []


@pytest.mark.parametrize("key", [None, "acme-1.wrong", "admin-token"])
def test_questions_need_a_key(asked, key):
    assert asked.get("/v1/invoices", key=key).status == 401


def test_usage_is_exact_and_by_meter(asked):
    answer = asked.get("/v1/customers/c-1/usage?from=2025-11-01T00:00:00%2B01:00&to=2025-12-01T00:00:00Z")

    assert answer.json()["usage"] == [{"meter": "bytes", "events": 2, "quantity": "3.5"}]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "`from` is no instant"),
        ("from=2025-11-01", "`from` is no instant"),
        ("to=2025-11-01T00:07:00Z", "`to` is within a quarter of an hour"),
        ("from=2025-12-01T00:00:00Z&to=2025-11-01T00:00:00Z", "`from` is after `to`"),
        ("from=%FF", "the query cannot be read"),
    ],
)
def test_usage_of_a_time_that_is_none_is_refused_with_a_remedy(asked, query, said):
    answer = asked.get(f"/v1/customers/c-1/usage?{query}")

    assert (answer.status, answer.json()["error"]) == (400, said)


def test_invoices_are_listed_latest_first_and_page_by_page(asked):
    first = asked.get("/v1/invoices?limit=1").json()
    second = asked.get(f"/v1/invoices?limit=1&after={first['next']}").json()
    third = asked.get(f"/v1/invoices?limit=1&after={second['next']}").json()

    assert [row["id"] for row in first["invoices"] + second["invoices"] + third["invoices"]] == ["inv-2", "inv-1"]


def test_a_listed_invoice_has_its_month_and_its_amounts_as_people_write_them(asked):
    row = asked.get("/v1/invoices?limit=1").json()["invoices"][0]

    assert (row["period"], row["total"], row["total_minor"], row["credit_note"]) == ("2025-10", "12.00", 1200, "0.00")


def test_invoices_of_one_customer_are_listed_alone(asked):
    assert [row["id"] for row in asked.get("/v1/invoices?customer=c-1").json()["invoices"]] == ["inv-1"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1001", "after=x", "after=%C2%B2-1"])
def test_a_page_that_is_none_is_refused(asked, query):
    assert asked.get(f"/v1/invoices?{query}").status == 400


def test_an_invoice_is_json_with_what_became_of_it(asked):
    answer = asked.get("/v1/invoices/inv-1")

    assert answer.json() == invoice("inv-1", "acme", "c-1") | {"state": "finalized", "voided_us": None}


@pytest.mark.parametrize(
    ("path", "accept"), [("inv-1.html", "*/*"), ("inv-1", "text/html,application/xhtml+xml,*/*;q=0.8")]
)
def test_an_invoice_is_a_page_for_browsers_that_runs_nothing_and_escapes_everything(asked, path, accept):
    answer = asked.get(f"/v1/invoices/{path}", accept=accept)

    page, policy = answer.body.decode(), answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "&lt;b&gt;calls&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "2025-10-01 to 2025-10-31 (Europe/Berlin)" in page
    assert "Adjustment for 2025-09" in page
    assert ">12.00<" in page


def test_quarantine_lists_what_is_held_and_who_asks_for_more_gets_it(asked):
    held = asked.get("/v1/quarantine").json()["events"]
    every = asked.get("/v1/quarantine?state=any").json()["events"]

    assert [row["id"] for row in held] == ["0-1", "0-2"]
    assert [(row["id"], row["state"]) for row in every] == [("0-1", "held"), ("0-2", "held"), ("0-4", "discarded")]


def test_quarantine_goes_on_after_an_event(asked):
    assert [row["id"] for row in asked.get("/v1/quarantine?after=0-1&limit=1").json()["events"]] == ["0-2"]


@pytest.mark.parametrize("query", ["state=lost", "after=1", "after=x-y", "limit=99999"])
def test_a_quarantine_question_that_is_none_is_refused(asked, query):
    assert asked.get(f"/v1/quarantine?{query}").status == 400


def test_a_release_and_a_discard_are_records_of_the_journal(gateway):
    apply_everything(gateway.directory)

    released = gateway.request("POST", "/v1/quarantine/0-1/release", body=b"")
    discarded = gateway.request("POST", "/v1/quarantine/0-2/discard", body=b'{"reason": "a test"}')

    assert (released.status, discarded.status) == (202, 202)
    assert decisions(gateway) == [
        (Kind.RELEASE, {"position": 0, "index": 1}),
        (Kind.DISCARD, {"position": 0, "index": 2, "reason": "a test"}),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("0-2/release", b"", 409),
        ("0-4/discard", b"", 409),
        ("0-9/release", b"", 404),
        ("x-y/release", b"", 400),
        ("0-1/forget", b"", 404),
        ("0-1/discard", b"[]", 400),
        ("0-1/discard", b'{"reason": 7}', 400),
        ("0-1/discard", b'{"reason": "\\ud800"}', 400),
    ],
)
def test_a_decision_that_cannot_be_leaves_no_record(asked, path, body, status):
    assert asked.request("POST", f"/v1/quarantine/{path}", body=body).status == status
    assert decisions(asked) == []


def decisions(one: Running) -> list[tuple[Kind, Any]]:
    with JournalReader(one.directory.journal) as reader:
        records = reader.read(0, 2**30)
    return [(record.kind, json.loads(record.body)) for record in records if record.kind in (Kind.RELEASE, Kind.DISCARD)]


def test_before_anything_was_applied_questions_have_empty_answers(gateway):
    assert gateway.get("/v1/invoices").json() == {"invoices": [], "next": None}
    assert gateway.get("/v1/quarantine").json() == {"events": [], "next": None}
    assert gateway.get("/v1/customers/c-1/usage").json()["usage"] == []
    assert gateway.get("/v1/events/t-1", key=KEY).json()["outcome"] == "pending"
