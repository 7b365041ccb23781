"""The admin API: decisions, faults and the state, for who can read admin.json."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from billing.decision_cases import UNREADABLE
from billing.gateway.running import ADMIN_TOKEN, CATALOG, KEY, batch

from sretool.billing.invoices.controls import Grant, grant_body
from sretool.billing.invoices.store import Store
from sretool.billing.journal import JournalReader, Kind


@pytest.mark.parametrize("path", ["journal", "faults", "state"])
def test_a_tenants_key_opens_nothing_here(shared_gateway, path):
    method = "POST" if path == "journal" else "GET"

    assert shared_gateway.request(method, f"/admin/v1/{path}", key=KEY).status == 401


def test_a_decision_is_appended_and_its_place_answered(gateway):
    cut = {"start_us": 1, "end_us": 2, "as_of_us": 3, "final": False}

    answer = gateway.admin("POST", "journal", {"kind": "CUT", "body": cut})

    with JournalReader(gateway.directory.journal) as reader:
        record = reader.at(answer.json()["position"])
    assert (record.kind, json.loads(record.body), record.end) == (Kind.CUT, cut, answer.json()["end"])


def test_another_catalogue_holds_at_once_and_after_a_restart(gateway):
    tenants = {"new": CATALOG["tenants"]["globex"]}
    before = gateway.ingest(batch(), key="globex-1.other").status

    gateway.admin("POST", "journal", {"kind": "CATALOG", "body": {"catalog": CATALOG | {"tenants": tenants}}})

    assert before == 200
    assert gateway.ingest(batch()).status == 401
    assert gateway.ingest(batch(), key="globex-1.other").status == 200
    assert gateway.batches()[-1].tenant == "new"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        {"kind": "BATCH", "body": {}},
        {"kind": "CUT", "body": "text"},
        {"kind": "CUT", "tenant": 7, "body": {}},
        {"kind": "CATALOG", "body": {}},
        {"kind": "CATALOG", "body": {"catalog": {"tenants": {"a": {"rate": "x", "keys": [{}]}}}}},
    ],
)
def test_what_is_no_decision_is_refused(shared_gateway, asked):
    assert shared_gateway.admin("POST", "journal", asked).status == 400


def test_a_grant_with_the_id_of_another_one_is_refused_with_what_stands(gateway):
    store = Store(gateway.directory.invoices)
    standing = Grant("g1", "acme", "c-1", "EUR", 500, 100, 0, None, "outage")
    store.add_grant(1, standing)
    store.close()

    same = gateway.admin("POST", "journal", {"kind": "GRANT", "body": grant_body(standing)})
    other = gateway.admin("POST", "journal", {"kind": "GRANT", "body": grant_body(standing) | {"amount": "7.00"}})

    assert (same.status, other.status) == (200, 409)
    assert other.json()["error"] == "the credit g1 stands already: EUR 5.00 to acme/c-1"


def test_faults_are_set_listed_and_cleared(gateway):
    set_ = gateway.admin("POST", "faults", {"name": "latency", "parameter": "1"}).json()["active"]
    gateway.admin("POST", "faults", {"name": "rounding-bug"})
    cleared = gateway.admin("DELETE", "faults/latency").json()["active"]
    none = gateway.admin("DELETE", "faults").json()["active"]

    assert (set_, cleared, none) == ({"latency": "1"}, {"rounding-bug": ""}, {})


def test_a_fault_that_cannot_be_is_said(shared_gateway):
    answer = shared_gateway.admin("POST", "faults", {"name": "latency", "parameter": "soon"})

    assert answer.status == 400
    assert answer.json()["error"].startswith("'soon' of fault latency is not milliseconds")


def test_the_state_has_what_every_process_published_last(gateway):
    gateway.directory.write_status("applier", {"applied": 7})

    state = gateway.admin("GET", "state").json()

    assert (state["processes"]["applier"], state["is_journal_failed"]) == ({"applied": 7}, False)
    assert state["durable_end"] > 0


def test_a_path_that_is_none_is_404_and_a_method_that_is_none_says_which_are(shared_gateway):
    missing, wrong = shared_gateway.get("/nowhere"), shared_gateway.request("PUT", "/v1/ingest")

    assert (missing.status, wrong.status, wrong.headers["allow"]) == (404, 405, "POST")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("VOID", {}),
        ("CUT", {"start_us": "0", "end_us": 0, "as_of_us": 0, "final": False}),
        ("GRANT", {"id": "g"}),
        ("CATALOG", {"catalog": {"tenants": {}}}),
        ("RELEASE", {"position": 0}),
        ("DISCARD", {"position": "0", "index": 0}),
        ("RELEASE", {"position": True, "index": 0}),
    ],
)
def test_a_decision_that_lacks_something_is_refused_before_it_is_in_the_journal(shared_gateway, kind, body):
    end = shared_gateway.gateway.writer.durable_end

    answer = shared_gateway.admin("POST", "journal", {"kind": kind, "body": body})

    assert (answer.status, shared_gateway.gateway.writer.durable_end) == (400, end)


@pytest.mark.parametrize(("kind", "body"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_what_nobody_could_read_is_refused(shared_gateway, kind, body):
    end = shared_gateway.gateway.writer.durable_end
    asked = b'{"kind": "' + kind.name.encode() + b'", "body": ' + body + b"}"

    answer = shared_gateway.request("POST", "/admin/v1/journal", key=ADMIN_TOKEN, body=asked)

    assert (answer.status, shared_gateway.gateway.writer.durable_end) == (400, end)
    assert sorted(answer.json()) == ["error", "remedy"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start_us": 2**70}, "1180591620717411303424 has more than 64 bits - at `$.start_us`"),
        ({"end_us": "0"}, "Expected `int`, got `str` - at `$.end_us`"),
        ({"more": {"a": [float("nan")]}}, "nan is no whole number: write it as text - at `$.more.a[0]`"),
    ],
)
def test_a_refusal_names_the_field(shared_gateway, change, said):
    cut = {"start_us": 0, "end_us": 0, "as_of_us": 0, "final": False}

    answer = shared_gateway.admin("POST", "journal", {"kind": "CUT", "body": cut | change})

    assert answer.json()["error"] == f"this CUT cannot be followed: {said}"


def test_a_tenant_that_is_no_text_is_refused(shared_gateway):
    cut = {"start_us": 0, "end_us": 0, "as_of_us": 0, "final": False}

    answer = shared_gateway.admin("POST", "journal", {"kind": "CUT", "tenant": "\ud800", "body": cut})

    assert (answer.status, answer.json()["error"]) == (400, "`tenant` has half of a surrogate pair")


def test_of_catalogues_that_come_together_each_is_compared_with_the_one_before(gateway):
    customer = CATALOG["customers"]["acme"]["c-1"]
    catalogs = [
        CATALOG | {"customers": CATALOG["customers"] | {"acme": {"c-1": customer, f"new-{number}": customer}}}
        for number in range(8)
    ]

    with ThreadPoolExecutor(8) as together:
        asked = [{"kind": "CATALOG", "body": {"catalog": catalog}} for catalog in catalogs]
        statuses = list(together.map(lambda one: gateway.admin("POST", "journal", one).status, asked))

    assert sorted(statuses) == [200] + [400] * 7


def test_a_catalogue_that_takes_away_a_customer_is_refused(shared_gateway):
    catalog = CATALOG | {"customers": {"acme": {}, "globex": CATALOG["customers"]["globex"]}}

    answer = shared_gateway.admin("POST", "journal", {"kind": "CATALOG", "body": {"catalog": catalog}})

    assert answer.status == 400
    assert answer.json()["remedy"] == "customer acme/c-1 is gone: keep it, and give it a `to`, its last day"
