"""Decisions as the journal holds them."""

import json
from typing import Any

import pytest
from billing.invoices.books import catalog

from sretool.billing.catalog.plain import catalog_as_json
from sretool.billing.invoices.controls import (
    Control,
    Cut,
    Grant,
    JournalControls,
    NewCatalog,
    Nothing,
    Void,
    control_of,
    cut_body,
    decision_of,
    grant_body,
    void_body,
)
from sretool.billing.journal.record import Kind, Record

GRANT = Grant("g", "acme", "c", "EUR", 1250, 0, 0, None, "an apology")


def record(number: int, kind: Kind, body: bytes = b"[]") -> Record:
    return Record(number * 10, number * 10 + 10, kind, 1, "", 0, b"", body)


class Records:
    def __init__(self, *records: Record) -> None:
        self.all = records

    def read(self, after: int, max_bytes: int) -> list[Record]:
        return [record for record in self.all if record.position >= after][:3]


@pytest.mark.parametrize(
    ("kind", "body", "decision"),
    [
        (Kind.CUT, cut_body(Cut(900_000_000, 1_800_000_000, 7)), Cut(900_000_000, 1_800_000_000, 7)),
        (Kind.CUT, cut_body(Cut(0, 0, 7, final=True)), Cut(0, 0, 7, final=True)),
        (Kind.VOID, void_body(Void("i", "wrong", reissue=True, recut=False)), Void("i", "wrong", True, False)),
        (Kind.GRANT, grant_body(GRANT), GRANT),
        (Kind.CATALOG, {"catalog": catalog_as_json(catalog())}, NewCatalog(catalog())),
    ],
)
def test_a_decision_is_read_as_it_was_written(kind: Kind, body: dict[str, Any], decision: object):
    assert decision_of(kind, json.loads(json.dumps(body))) == decision


def test_decisions_are_found_among_batches():
    cut = json.dumps(cut_body(Cut(0, 0, 7, final=True))).encode()
    records = Records(record(0, Kind.BATCH), record(1, Kind.CUT, cut), record(2, Kind.RELEASE), record(3, Kind.BATCH))
    controls = JournalControls(records)

    assert controls.read(0, 1000) == ([Control(10, 20, 1, Cut(0, 0, 7, final=True))], 30)
    assert controls.read(30, 1000) == ([], 40)
    assert controls.read(40, 1000) == ([], 40)


def test_nothing_is_read_beyond_what_the_ledger_has_applied():
    controls = JournalControls(Records(record(0, Kind.BATCH), record(1, Kind.BATCH)))

    assert controls.read(0, 19) == ([], 10)


def test_a_record_that_cannot_be_followed_decides_nothing_and_is_no_cut():
    control = control_of(record(1, Kind.CUT, b'{"final": true}'))

    assert control is not None
    assert (type(control.decision), control.end, control.is_cut) == (Nothing, 20, False)
