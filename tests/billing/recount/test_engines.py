"""The faster recount says what the plain one says, field by field, whatever stands in the journal."""

import importlib.util
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from billing.corpus import BODIES, PAIRS, QUANTITIES, TIMESTAMPS, body, event
from billing.recount import test_agreement
from billing.recount.kit import DAY_US, HOUR_US, FakeJournal, a_catalog, an_event
from billing.recount.service import Service

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import Kind
from sretool.billing.recount import NoEngine, accumulator, columns, fast, reconcile
from sretool.billing.recount.advance import Recount
from sretool.billing.recount.fast import fast_recount
from sretool.billing.recount.ids import Ids, Unsure, hashes_of
from sretool.billing.recount.read_ahead import ReadAhead
from sretool.billing.recount.reading import Unreadable, events
from sretool.billing.recount.store import Store

TABLES = {
    "progress": "*",
    "days": "*",
    "held": "*",
    "cells": "tenant, customer, meter, cell, cut_no, events, amount",
    "distinct_values": "*",
    "hours": "*",
    "closings": "*",
    "catalogs": "*",
    "dues": "*",
    "counters": "*",
    "findings": "place, what, recounted, found",
}
LATEST = "SELECT tenant, customer, meter, cell, cut_no, us, id FROM cells WHERE meter = 'last' ORDER BY 1, 2, 3, 4, 5"


@pytest.fixture(autouse=True)
def columns_for_every_run(monkeypatch):
    monkeypatch.setattr(fast, "EVENTS_MIN", 1)


def said(recount):
    while recount.advance():
        pass
    recount.settle()
    tables = {name: sorted(recount.store.rows(f"SELECT {what} FROM {name}"), key=repr) for name, what in TABLES.items()}
    return tables | {"latest": recount.store.rows(LATEST)}


def by_both(source):
    plainly = said(Recount(Store(Path(":memory:"), durable=False), source))
    with fast_recount(Store(Path(":memory:"), durable=False), source) as recount:
        return said(recount), plainly


def counted_in_columns(source):
    """How many events were counted without a look at them in Python."""
    looked_at = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast.FastTally, "_events", lambda _tally, record: looked_at.append(record.count) or [])
        with fast_recount(Store(Path(":memory:"), durable=False), source) as recount:
            tables = said(recount)
    return dict(tables["counters"]).get("outcome:counted", 0)


def test_both_engines_read_the_corpus_alike():
    journal = FakeJournal()
    catalog = a_catalog()
    catalog["meters"]["bytes"]["property"] = "calls"
    journal.catalog(catalog)
    for raw, _ in BODIES.values():
        for count in {1, max(1, raw.count(b"transaction_id"))}:
            journal.append(Kind.BATCH, raw, tenant="acme", count=count)
    for _ in range(2):
        journal.cut("2025-12-31T23:00Z", "2026-01-31T23:00Z")
        for number, one in enumerate([*PAIRS, *((event(timestamp=text), event(), None) for text in TIMESTAMPS)]):
            for version in one[:2]:
                raw = body(version | {"transaction_id": f"p-{number}"})
                journal.append(Kind.BATCH, raw, tenant="acme", count=1)
    for number, (quantity, _) in enumerate(QUANTITIES):
        for kind in ("api_call", "peak", "last", "login"):
            properties = {"bytes": quantity, "calls": quantity, "user": quantity}
            journal.batch(an_event(f"q-{number}-{kind}", event_type=kind, properties=properties))

    fast_, plain = by_both(journal)

    assert fast_ == plain


@pytest.mark.parametrize("name", sorted(name for name, (raw, _) in BODIES.items() if len(raw) < 50_000))
def test_columns_are_never_sure_of_what_is_no_batch(name):
    raw, _ = BODIES[name]
    journal = FakeJournal()
    journal.catalog(a_catalog())
    journal.append(Kind.BATCH, raw, tenant="acme", count=1)
    try:
        expected = len(events(raw))
    except Unreadable:
        expected = 0

    assert counted_in_columns(journal) in {0, expected if expected == 1 else 0}


SLIPS = [
    '"',
    ",",
    "{",
    "}",
    "[",
    "]",
    ":",
    " ",
    "1",
    "-",
    "Z",
    "true",
    "null",
    '"a"',
    ', "a": 1',
    ",,",
    "NaN",
    "\\",
    "e",
]


@pytest.mark.parametrize("seed", range(10))
def test_both_engines_say_the_same_of_texts_with_slips(seed):
    random = Random(seed)
    journal = FakeJournal()
    journal.catalog(a_catalog())
    for number in range(150):
        text = body(*(event(transaction_id=f"t-{number}-{n}") for n in range(random.randint(1, 3)))).decode()
        for _ in range(random.randint(1, 2)):
            start = random.randrange(len(text))
            text = text[:start] + random.choice(SLIPS) + text[start + random.randint(0, 2) :]
        journal.append(Kind.BATCH, text.encode(), tenant="acme", count=text.count("transaction_id") or 1)
        journal.now_us += HOUR_US  # Each alone: one that is malformed makes its whole part doubtful.

    fast_, plain = by_both(journal)

    assert fast_ == plain


def test_what_clients_send_is_counted_in_columns():
    journal = FakeJournal()
    journal.catalog(a_catalog())
    kinds = ["api_call", "peak", "last", "login"]
    at = ["2026-01-09T12:00:00Z", "2026-01-09T12:00:00.123456+01:00", "2026-01-31 23:59:59.5-03:30"]
    properties = {"bytes": "-1.5", "user": 7, "region": "eu", "test": False, "none": None}
    numbered = [(f"e{n}", at[n % 3], kinds[n % 4]) for n in range(90)]
    journal.batch(*(an_event(name, when, event_type=kind, properties=properties) for name, when, kind in numbered))
    compact = json.dumps([an_event("compact")], separators=(",", ":")).encode()
    journal.append(Kind.BATCH, compact, tenant="acme", count=1)

    fast_, plain = by_both(journal)

    assert fast_ == plain
    assert counted_in_columns(journal) == 91


def test_repeats_in_columns_are_decided_one_by_one():
    journal = FakeJournal()
    journal.catalog(a_catalog())
    journal.batch(an_event("a"), an_event("b"), an_event("a"), an_event("b", properties={"bytes": "11"}))
    journal.now_us += HOUR_US
    journal.batch(an_event("a"), an_event("c"), an_event("b", customer_id="nobody"))
    journal.now_us += 36 * DAY_US
    journal.batch(an_event("a"), an_event("d"), an_event("c"))
    journal.now_us += DAY_US
    journal.batch(an_event("c"), an_event("a"), an_event("a"))

    fast_, plain = by_both(journal)

    assert fast_ == plain
    assert dict(plain["counters"])["outcome:duplicate"] > 2


def test_usage_gathered_over_pieces_cuts_catalogues_and_releases_is_the_same(monkeypatch):
    monkeypatch.setattr(fast, "PIECE_BYTES", 1)
    kinds, journal = ["api_call", "peak", "last", "login"], FakeJournal()
    for month in range(1, 4):
        catalog = a_catalog()
        catalog["meters"]["twice"] = catalog["meters"]["bytes"] | {"property": "twice"}
        journal.catalog(catalog if month == 2 else a_catalog())
        stranger = journal.batch(an_event(f"s{month}", customer_id="cust-2"), an_event(f"w{month}"))
        for n in range(12):
            properties = {"bytes": f"{n % 5}.5", "twice": n, "user": n % 3}
            journal.batch(an_event(f"e{month}-{n}", event_type=kinds[n % 4], properties=properties))
        catalog["customers"]["acme"]["cust-2"] = catalog["customers"]["acme"]["cust-1"]
        journal.catalog(catalog)
        journal.append(Kind.RELEASE, {"position": stranger.position, "index": 0})
        journal.cut("2025-12-31T23:00Z", "2026-01-31T23:00Z")

    fast_, plain = by_both(journal)

    assert fast_ == plain
    assert (
        dict(plain["counters"])["outcome:counted"] == 3 * 13 - 1
    )  # the second month has a meter that w2 has nothing for


def test_what_is_appended_after_reading_ahead_is_read():
    journal = FakeJournal()
    first = journal.batch(an_event("a"))
    with ReadAhead(journal) as ahead:
        assert ahead.read(0, 1) == [first]
        assert ahead.read(first.end, 1) == []
        second = journal.batch(an_event("b"))
        assert ahead.read(first.end, 1) == [second]
        assert ahead.read(0, 1 << 20) == [first, second]
        assert ahead.at(second.position) == second


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_agree_on_random_journals(seed, monkeypatch):
    random = Random(seed)
    with tempfile.TemporaryDirectory() as root:
        service = Service(Path(root))
        try:
            service.catalog(test_agreement._random_catalog(random, knows_late=False))
            for _ in range(random.randint(20, 90)):
                test_agreement._do(service, random.choice(test_agreement.OPERATIONS), random)
            service.settle()
            fast_, plain = by_both(service.reader)
            found = [reconcile(service.directory, engine=engine) for engine in ("duckdb", "python")]
        finally:
            service.close()
    assert fast_ == plain
    assert found[0] == found[1]


def test_one_distinct_value_too_many_is_left_to_plain_python(monkeypatch):
    monkeypatch.setattr(accumulator, "DISTINCT_MAX", 2)
    journal = FakeJournal()
    journal.catalog(a_catalog())
    journal.batch(*(an_event(f"a{n}", event_type="login", properties={"user": f"u{n}"}) for n in range(3)))

    with pytest.raises(Unsure, match="distinct"):
        by_both(journal)


def test_different_ids_of_one_hash_are_left_to_plain_python(monkeypatch):
    journal = FakeJournal()
    journal.catalog(a_catalog())
    journal.batch(an_event("a"), an_event("b"))

    def all_the_same(keys):
        return hashes_of(b"" for _ in keys)

    monkeypatch.setattr(columns, "hashes_of", all_the_same)
    monkeypatch.setattr(fast, "hashes_of", all_the_same)

    with pytest.raises(Unsure, match="same hash"):
        by_both(journal)


def test_whatever_is_unsure_is_recounted_plainly(tmp_path, monkeypatch):
    service = Service(tmp_path)
    service.catalog(a_catalog())
    service.batch(an_event("a"))
    service.settle()
    service.close()

    def unsure(*_arguments, **_options):
        raise Unsure("as if")

    monkeypatch.setattr(Ids, "take", unsure)

    assert replace(reconcile(DataDirectory(tmp_path)), position=0).events == 1


def test_an_engine_that_is_not_installed_is_named_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("sretool.billing.recount.reconciliation.find_spec", lambda name: None)

    with pytest.raises(NoEngine, match=r"sretool\[duckdb\]"):
        reconcile(DataDirectory(tmp_path), engine="duckdb")
