"""The recount beside the real applier and biller: never a false alarm, and never silent about a mistake."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest
from billing.recount.kit import HOUR_US, a_catalog, an_event
from billing.recount.service import Service

from sretool.billing.journal import Kind
from sretool.billing.recount import reconcile
from sretool.billing.recount.worker import recounted_position

CALLS = {"id": "calls", "meter": "calls", "per_unit": "0.01"}
DATA = {"id": "data", "meter": "bytes", "graduated": [{"to": "25", "unit": "0.015"}, {"to": None, "unit": "0.005"}]}
PLATFORM = {"id": "platform", "fixed": "10.00"}
JAN, FEB, MAR = "2025-12-31T23:00Z", "2026-01-31T23:00Z", "2026-02-28T23:00Z"


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    service.catalog(a_catalog(PLATFORM, CALLS, DATA, minimum="5.00"))
    yield service
    service.close()


@pytest.fixture
def billed(service):
    """January: three events, closed and billed; the clock is an hour on."""
    service.batch(an_event("a"), an_event("b"), an_event("c", "2026-01-31T22:30:00Z"), an_event("a"))
    service.cut(JAN, FEB)
    service.now_us += HOUR_US
    service.batch(an_event("later", "2026-02-01T00:00:00Z"))
    service.apply()
    service.bill()
    return service


def places(differences):
    return [difference.what for difference in differences.found]


def test_what_is_right_is_found_right(billed):
    assert billed.settle() == {"match": 1, "mismatch": 0, "hour_mismatch": 0, "unreadable": 0}

    differences = reconcile(billed.directory)

    assert differences.found == ()
    assert not differences
    assert (differences.events, differences.documents, differences.waiting) == (5, 1, 0)


def test_nothing_at_all_is_no_difference(tmp_path):
    service = Service(tmp_path)

    assert not reconcile(service.directory)
    assert service.settle() == {"match": 0, "mismatch": 0, "hour_mismatch": 0, "unreadable": 0}

    service.close()


def test_progress_is_told(billed):
    told = []

    reconcile(billed.directory, progress=lambda done, all_of_it: told.append((done, all_of_it)))

    assert told[-1] == (billed.journal.durable_end, billed.journal.durable_end)


def test_a_line_that_is_one_minor_unit_off_is_found_with_both_values(billed):
    billed.tamper(billed.directory.invoices, "UPDATE lines SET amount_minor = amount_minor + 1 WHERE line = 'data'")
    billed.tamper(billed.directory.invoices, "UPDATE documents SET total_minor = total_minor + 1")

    assert billed.settle()["mismatch"] == 1
    assert billed.store.counters()["delta:EUR"] == 1
    found = {difference.what: difference[2:] for difference in reconcile(billed.directory).found}
    assert found == {"usage data": ("40", "41"), "total_minor": ("1500", "1501")}


def test_lines_that_are_off_and_cancel_out_are_found(billed):
    billed.tamper(billed.directory.invoices, "UPDATE lines SET amount_minor = amount_minor + 7 WHERE line = 'data'")
    billed.tamper(billed.directory.invoices, "UPDATE lines SET amount_minor = amount_minor - 7 WHERE line = 'calls'")

    assert billed.settle()["mismatch"] == 1
    assert billed.store.counters()["delta:EUR"] == 7


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE documents SET currency = 'USD'", ["currency"]),
        ("UPDATE documents SET cut_no = 1", ["cut_no"]),
        ("UPDATE documents SET credit_note_minor = 1", ["credit_note_minor"]),
        ("DELETE FROM documents", ["document"]),
        ("UPDATE documents SET id = 'other'", ["document", "document"]),
        ("INSERT INTO drawdowns SELECT id, 'credit:x', 5 FROM documents", ["draw-down of credit:x"]),
        ("UPDATE documents SET state = 'voided'", ["state"]),
        ("DELETE FROM lines WHERE line = 'minimum'", ["minimum minimum"]),
        # 15 June 2025, of which the month is shown.
        (
            "INSERT INTO lines SELECT id, 99, 'adjustment', 1749945600000000, 'calls', 7 FROM documents",
            ["adjustment calls of 2025-06"],
        ),
    ],
)
def test_whatever_else_is_wrong_with_a_document_is_found(billed, statement, what):
    billed.tamper(billed.directory.invoices, statement)

    assert places(reconcile(billed.directory)) == what


def altered(service, change, condition="1"):
    """Change what documents show, in their stored JSON."""
    with closing(sqlite3.connect(service.directory.invoices, isolation_level=None)) as db:
        for name, text in db.execute(f"SELECT id, json FROM documents WHERE {condition}").fetchall():
            shown = json.loads(text)
            change(shown)
            db.execute("UPDATE documents SET json = ? WHERE id = ?", (json.dumps(shown, sort_keys=True), name))


@pytest.mark.parametrize(
    ("price", "right", "wrong"),
    [
        ({"graduated": [{"to": "1000", "unit": "0"}, {"to": None, "unit": "0.01"}]}, "30", "31"),
        ({"package": {"size": "100", "price": "2.00"}}, "30", "99.000000000001"),
    ],
)
def test_a_quantity_that_is_off_and_costs_the_same_is_found_by_its_line(tmp_path, price, right, wrong):
    service = Service(tmp_path)
    service.catalog(a_catalog(PLATFORM, {"id": "data", "meter": "bytes"} | price))
    service.batch(an_event("a"), an_event("b"), an_event("c"))  # of 10 bytes each
    service.cut(JAN, FEB)
    service.apply()
    service.bill()
    assert not reconcile(service.directory)

    altered(service, lambda shown: shown["lines"][1].update(quantity=wrong))

    name = service.invoices()[0][0]
    assert reconcile(service.directory).found == (
        (f"invoice {name} of acme/cust-1", "usage data of 2026-01, quantity", right, wrong),
    )
    assert service.settle() == {"match": 0, "mismatch": 1, "hour_mismatch": 0, "unreadable": 0}
    service.close()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda shown: shown.update(total_minor=1), ["total_minor shown"]),
        (lambda shown: shown.update(digest="0" * 64), ["digest shown"]),
        (lambda shown: shown["lines"][2].pop("quantity"), ["usage data of 2026-01, quantity"]),
        (lambda shown: shown["lines"][2].update(meter="peak"), ["usage data of 2026-01, meter"]),
        (lambda shown: shown["lines"][2].update(amount_minor=41), ["usage data of 2026-01, amount shown"]),
        (lambda shown: shown["lines"][0].update(quantity="1"), ["fixed platform of 2026-01, quantity"]),
        (
            lambda shown: shown["lines"].append({"kind": "usage", "line": "x", "amount_minor": 1, "period": None}),
            ["usage x, amount shown"],
        ),
        (lambda shown: shown.pop("lines"), ["what is shown"]),
    ],
)
def test_whatever_a_document_shows_that_it_should_not_is_found(billed, change, what):
    altered(billed, change)

    assert places(reconcile(billed.directory)) == what


@pytest.mark.parametrize("text", ["", "[]", "null", '{"lines": [1]}'])
def test_a_document_that_shows_nothing_to_be_read_is_found(billed, text):
    billed.tamper(billed.directory.invoices, "UPDATE documents SET json = ?", text)

    assert places(reconcile(billed.directory)) == ["what is shown"]


def test_a_digest_of_other_inputs_is_found_with_both(billed):
    altered(billed, lambda shown: shown.update(digest="0" * 64))
    billed.tamper(billed.directory.invoices, "UPDATE documents SET digest = ?", "0" * 64)

    (found,) = reconcile(billed.directory).found

    catalog, cut = (
        record.position for record in billed.reader.read(0, 2**20) if record.kind in (Kind.CATALOG, Kind.CUT)
    )
    bands = '[{"to":"25","unit":"0.015"},{"to":null,"unit":"0.005"}]'
    lines = f"""[{{"fixed":"10","id":"platform"}},{{"id":"calls","meter":"calls","per_unit":"0.01"}},\
{{"graduated":{bands},"id":"data","meter":"bytes"}}]"""
    plan = sha256(f'{{"currency":"EUR","from":"2020-01-01","lines":{lines},"minimum":"5"}}'.encode()).hexdigest()
    inputs = f"""{{"basis":[{cut},0,{catalog}],"billed":{{}},"credits":{{}},"drawn":{{}},"plan":"{plan}",\
"usage":{{"1767222000000000":{{"bytes":"30","calls":"3"}}}}}}"""
    assert found[1:] == ("digest of the inputs", sha256(inputs.encode()).hexdigest(), "0" * 64)


def test_a_document_that_nobody_called_for_is_found_once(billed):
    billed.tamper(
        billed.directory.invoices,
        "INSERT INTO documents SELECT 'stray', tenant, customer, start_us, end_us, final_position, 7, state, currency,"
        " total_minor, credit_note_minor, cut_no, basis_position, basis_is_recut, as_of_us, catalog_position,"
        " control_position, finalized_us, voided_position, voided_us, json, digest FROM documents",
    )

    assert billed.settle() == {"match": 1, "mismatch": 1, "hour_mismatch": 0, "unreadable": 0}
    assert billed.settle()["mismatch"] == 1
    assert billed.store.counters()["delta:EUR"] == 1500
    assert [difference[2:] for difference in reconcile(billed.directory).found] == [("no document", "total 1500")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hour_digest SET count = count + 1",
        "UPDATE hour_digest SET digest = digest + 1",
        "DELETE FROM hour_digest",
    ],
)
def test_an_hour_in_which_something_was_lost_or_counted_twice_is_found_once(billed, statement):
    assert billed.tamper(billed.directory.ledger, statement) == 2

    assert billed.settle()["hour_mismatch"] == 1  # the second hour is not over
    assert billed.settle()["hour_mismatch"] == 1
    assert places(reconcile(billed.directory)) == ["counted events"] * 2


def test_an_hour_of_events_that_nobody_sent_is_found(billed):
    billed.tamper(
        billed.directory.ledger, "INSERT INTO hour_digest SELECT ingest_hour - 9, 1, 1 FROM hour_digest LIMIT 1"
    )

    assert billed.settle()["hour_mismatch"] == 1
    assert places(reconcile(billed.directory)) == ["counted events"]


def test_an_event_of_the_last_half_hour_billed_in_the_wrong_month_is_found(billed):
    """As when periods were UTC's: 22:30 in UTC is January in Berlin, and would be so until 24:00."""
    billed.tamper(billed.directory.ledger, "UPDATE rollup SET quarter = quarter + 4 WHERE quarter % 96 = 90")
    billed.tamper(billed.directory.invoices, "DELETE FROM documents")
    billed.tamper(billed.directory.invoices, "DELETE FROM lines")
    billed.tamper(billed.directory.invoices, "UPDATE customers SET closed_until_us = 0")
    billed.tamper(billed.directory.invoices, "DELETE FROM progress")
    billed.biller.close()
    billed.biller = type(billed.biller)(billed.directory, append=lambda _kind, _body: 0)

    assert billed.settle()["mismatch"] == 1


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE rollup SET count = count + 1 WHERE meter = 'calls' AND quarter % 96 = 90", "events"),
        ("UPDATE rollup SET c = c + 1 WHERE meter = 'bytes' AND quarter % 96 = 90", "sum in 10**-12"),
        ("UPDATE counts SET events = events + 1 WHERE outcome = 'counted'", "events counted"),
        ("UPDATE counts SET events = events - 1 WHERE outcome = 'duplicate'", "events duplicate"),
        ("INSERT INTO rollup_unique VALUES ('acme', 'cust-1', 'users', 5, 'x', 0)", "distinct values"),
        ("INSERT INTO quarantine VALUES (5, 0, 'acme', 'x', 'c', '', 'conflict', 'held', 0)", "quarantine"),
    ],
)
def test_whatever_is_wrong_with_the_ledger_is_found(billed, statement, what):
    assert billed.tamper(billed.directory.ledger, statement) == 1

    assert places(reconcile(billed.directory)) == [what]


def test_the_rounding_fault_is_found_and_is_gone_once_its_invoices_are_reissued(billed):
    billed.is_rounding_wrong = True
    billed.cut(FEB, MAR)
    billed.settle()
    assert billed.counted()["mismatch"] == 1
    assert reconcile(billed.directory)

    billed.is_rounding_wrong = False
    (wrong,) = billed.invoices("start_us = 1769900400000000")
    billed.void(wrong[0])

    assert billed.settle() == {"match": 2, "mismatch": 1, "hour_mismatch": 0, "unreadable": 0}
    assert not reconcile(billed.directory)


def test_a_wrong_invoice_is_not_held_against_the_next_one_which_corrects_it(service):
    service.is_rounding_wrong = True
    service.cut(JAN, FEB)
    service.settle()
    service.is_rounding_wrong = False
    service.cut(FEB, MAR)

    assert service.settle() == {"match": 1, "mismatch": 1, "hour_mismatch": 0, "unreadable": 0}


def test_an_invoice_that_is_not_made_yet_is_waited_for(service):
    service.batch(an_event("a"))
    service.cut(JAN, FEB)
    service.apply()
    service.recount()

    assert service.counted()["mismatch"] == 0
    assert reconcile(service.directory).waiting == 1
    assert service.settle()["match"] == 1


def test_hours_are_waited_for_while_the_ledger_is_behind_or_ahead(service):
    service.batch(an_event("a"))
    behind = service.journal.durable_end
    service.now_us += HOUR_US
    service.batch(an_event("b"))
    service.recount()  # ahead of the ledger, which has applied nothing
    assert service.counted()["hour_mismatch"] == 0
    assert not reconcile(service.directory)

    while service.applier.applied < behind:
        service.applier.step(max_bytes=1)
    service.recount()
    assert not reconcile(service.directory)
    assert service.store.number("SELECT COUNT(*) FROM closings") == 0  # all of the hour is in the ledger: compared

    service.now_us += HOUR_US
    service.batch(an_event("c"))
    service.apply()
    service.now_us += HOUR_US
    service.batch(an_event("d"))
    service.apply()
    assert service.settle() == {"match": 0, "mismatch": 0, "hour_mismatch": 0, "unreadable": 0}
    assert service.store.number("SELECT COUNT(*) FROM closings") == 0


def test_a_void_that_the_biller_has_not_come_to_is_no_difference(billed):
    billed.void(billed.invoices()[0][0])
    billed.apply()

    assert not reconcile(billed.directory)
    billed.bill()
    assert not reconcile(billed.directory)


def test_a_batch_that_the_two_parsers_read_differently_is_a_difference(service):
    service.append(Kind.BATCH, json.dumps([an_event("a")]).encode()[:-1] + b" \n]", tenant="acme", count=2)
    service.recount()

    assert service.counted()["unreadable"] == 1


def test_the_status_has_every_counter_from_the_first_second(service):
    service.recount()
    service.worker.publish()

    status = service.directory.status("recount")

    assert status["billing_hour_digest_mismatch_total"] == {"": 0}
    assert status["billing_invoice_recheck_total"] == {"match": 0, "mismatch": 0}
    assert status["billing_invoice_recheck_delta_minor_units_total"] == {"EUR": 0}
    assert status["recounted_position"] == recounted_position(service.directory.recount) == service.journal.durable_end
