import struct
from hashlib import blake2b

import pytest
from billing.recount.kit import DAY_US, HOUR_US, FakeJournal, a_catalog, an_event, recounted, us

from sretool.billing.journal import Kind
from sretool.billing.recount import accumulator
from sretool.billing.recount.advance import NotThere, Recount
from sretool.billing.recount.shelf import Shelf
from sretool.billing.recount.store import Store

JANUARY = {"start_us": us("2025-12-31T23:00Z"), "end_us": us("2026-01-31T23:00Z")}  # in Berlin


@pytest.fixture
def journal():
    journal = FakeJournal()
    journal.catalog(a_catalog())
    return journal


def outcomes(recount):
    counters = recount.store.counters()
    return {name.removeprefix("outcome:"): number for name, number in counters.items() if name.startswith("outcome:")}


def quantity(recount, meter, *, cut_no=99, **bounds):
    kinds = {"calls": "count", "bytes": "sum", "peak": "max", "last": "latest", "users": "unique"}
    usage = Shelf(recount.store)._usage("acme", "cust-1")
    return usage.quantity(meter, kinds[meter], **{**JANUARY, "cut_no": cut_no, **bounds})


def digest_of(*names):
    hashes = [blake2b(f"acme\0{name}".encode(), digest_size=8).digest() for name in names]
    return sum(struct.unpack("<Q", one)[0] for one in hashes) % 2**64


def test_events_are_added_up_exactly(journal):
    journal.batch(an_event("a", properties={"bytes": "0.1"}), an_event("b", properties={"bytes": "0.2"}))
    journal.batch(an_event("c", properties={"bytes": "9999999999999999.999999999999"}))
    journal.batch(an_event("d", properties={"bytes": -5}), an_event("e", properties={"bytes": "-0.3"}))

    recount = recounted(journal)

    assert quantity(recount, "calls") == 5
    assert quantity(recount, "bytes") * 10**12 == 10**28 - 1 - 5 * 10**12


def test_the_largest_and_the_latest_are_kept_over_cells_and_pieces(journal):
    for kind in ("peak", "last"):
        journal.batch(
            an_event(f"{kind}-2", "2026-01-09T12:00:00Z", event_type=kind, properties={"bytes": "7"}),
            an_event(f"{kind}-1", "2026-01-09T12:00:00Z", event_type=kind, properties={"bytes": "-3"}),
        )
        journal.cut("2025-11-30T23:00Z", "2025-12-31T23:00Z")  # ends the piece
        journal.batch(
            an_event(f"{kind}-0", "2026-01-09T12:00:00Z", event_type=kind, properties={"bytes": "100"}),
            an_event(f"{kind}-3", "2026-01-01T12:00:00Z", event_type=kind, properties={"bytes": "50"}),
        )

    recount = recounted(journal)

    assert quantity(recount, "peak") == 100
    assert quantity(recount, "last") == 7  # of the same instant the greatest id
    assert quantity(recount, "peak", cut_no=0) == 7


def test_the_largest_of_negative_amounts_is_negative_and_of_none_is_nothing(journal):
    journal.batch(an_event("a", event_type="peak", properties={"bytes": "-3"}))

    recount = recounted(journal)

    assert quantity(recount, "peak") == -3
    assert quantity(recount, "last") == 0


def test_distinct_values_are_counted_over_the_period_and_text_is_no_number(journal):
    journal.batch(
        an_event("a", event_type="login", properties={"user": "1"}),
        an_event("b", event_type="login", properties={"user": 1}),
        an_event("c", "2026-01-20T00:00:00Z", event_type="login", properties={"user": "1"}),
        an_event("d", event_type="login", properties={"user": True}),
    )

    recount = recounted(journal)

    assert quantity(recount, "users") == 2
    assert outcomes(recount) == {"counted": 3, "quarantined": 1}


def test_one_distinct_value_too_many_is_held(journal, monkeypatch):
    monkeypatch.setattr(accumulator, "DISTINCT_MAX", 2)
    journal.batch(*[an_event(f"a{n}", event_type="login", properties={"user": f"u{n}"}) for n in range(3)])
    journal.cut("2025-11-30T23:00Z", "2025-12-31T23:00Z")
    journal.batch(an_event("b", event_type="login", properties={"user": "u1"}))
    journal.batch(an_event("c", event_type="login", properties={"user": "u9"}))
    journal.batch(an_event("d", "2026-01-09T12:15:00Z", event_type="login", properties={"user": "u9"}))

    recount = recounted(journal)

    assert quantity(recount, "users") == 3
    assert outcomes(recount) == {"counted": 4, "quarantined": 2}


@pytest.mark.parametrize("between", ["nothing", "a piece"])
def test_an_id_counts_once_and_the_first_one_stands(journal, between):
    journal.batch(an_event("a"), an_event("b"))
    if between == "a piece":
        journal.cut("2025-11-30T23:00Z", "2025-12-31T23:00Z")
    journal.batch(an_event("a", "2026-01-09T13:00:00+01:00"), an_event("b", properties={"bytes": "11"}))
    journal.batch(an_event("c"), an_event("c"))
    journal.batch(an_event("a"), tenant="other")

    recount = recounted(journal)

    assert outcomes(recount) == {"counted": 3, "duplicate": 2, "conflict": 1, "quarantined": 1}
    assert quantity(recount, "bytes") == 30
    assert recount.store.rows("SELECT kind, state, tenant FROM held ORDER BY position") == [
        ("conflict", "held", "acme"),
        ("quarantined", "held", "other"),
    ]


def test_a_few_known_ids_are_found_among_many_new_ones(journal):
    first = journal.batch(an_event("known"), an_event("known, too"))
    recount = recounted(journal)
    names = [f"new {number}" for number in range(1_400)]
    names[500], names[1_001] = "known", "known, too"  # They are looked for by 500 at a time.
    for start in range(0, 1_400, 100):
        journal.batch(*(an_event(name) for name in names[start : start + 100]))

    while recount.advance(until=journal.end):
        pass

    assert recount.store.position > first.end
    assert outcomes(recount) == {"counted": 1_400, "duplicate": 2}


@pytest.mark.parametrize(("days", "outcome"), [(36, "duplicate"), (37, "counted")])
def test_an_id_is_known_for_36_ingest_days(days, outcome):
    journal = FakeJournal("2026-01-10T23:59Z")
    journal.catalog(a_catalog())
    journal.batch(an_event("a"))
    journal.now_us += 20 * DAY_US
    journal.batch(an_event("between"))
    journal.now_us = us("2026-01-10T00:00Z") + days * DAY_US
    journal.batch(an_event("a"))
    journal.batch(an_event("a"))

    recount = recounted(journal)

    repeats = {"duplicate": {"counted": 2, "duplicate": 2}, "counted": {"counted": 3, "duplicate": 1}}
    assert outcomes(recount) == repeats[outcome]


def test_what_no_meter_can_use_is_held_and_an_event_that_no_filter_wants_counts_for_none(journal):
    catalog = a_catalog()
    catalog["meters"]["calls"]["filter"] = {"eu": True}
    catalog["meters"]["bytes"]["filter"] = {"eu": True}
    journal.catalog(catalog)
    journal.batch(
        an_event("a", properties={}),
        an_event("b", properties={"eu": 1}),
        an_event("c", properties={"eu": True}),
        an_event("d", properties={"eu": True, "bytes": "1,5"}),
        an_event("e", properties={"eu": True, "bytes": "1.5"}),
        an_event("f", customer_id="nobody"),
        an_event("g", event_type="unmetered"),
    )

    recount = recounted(journal)

    assert outcomes(recount) == {"counted": 3, "quarantined": 4}
    assert quantity(recount, "calls") == 1


def test_before_the_first_catalogue_everything_is_held():
    journal = FakeJournal()
    journal.batch(an_event("a"))

    assert outcomes(recounted(journal)) == {"quarantined": 1}


def test_a_release_counts_an_event_under_the_catalogue_the_cut_and_the_hour_of_the_release(journal):
    batch = journal.batch(an_event("a"), an_event("b", customer_id="late"), an_event("c", customer_id="never"))
    journal.cut("2025-11-30T23:00Z", "2025-12-31T23:00Z")
    catalog = a_catalog()
    catalog["customers"]["acme"]["late"] = catalog["customers"]["acme"]["cust-1"]
    journal.catalog(catalog)
    journal.now_us += HOUR_US
    for index in (0, 1, 1, 2, 7):
        journal.append(Kind.RELEASE, {"position": batch.position, "index": index})

    recount = recounted(journal)

    hour = us("2026-01-10T00:00Z") // HOUR_US
    assert recount.store.rows("SELECT customer, meter, cut_no, events FROM cells WHERE meter = 'calls'") == [
        ("cust-1", "calls", 0, 1),
        ("late", "calls", 1, 1),
    ]
    assert recount.store.rows("SELECT * FROM hours ORDER BY hour") == [
        (hour, 1, str(digest_of("a"))),
        (hour + 1, 1, str(digest_of("b"))),
    ]
    assert recount.store.rows("SELECT number, state FROM held") == [(1, "released"), (2, "held")]
    assert outcomes(recount) == {"counted": 1, "quarantined": 2}


def test_what_was_discarded_cannot_be_released_nor_can_a_conflict(journal):
    batch = journal.batch(an_event("a"), an_event("a", properties={}), an_event("b", customer_id="late"))
    journal.append(Kind.DISCARD, {"position": batch.position, "index": 2, "reason": "test"})
    catalog = a_catalog()
    catalog["customers"]["acme"]["late"] = catalog["customers"]["acme"]["cust-1"]
    journal.catalog(catalog)
    for index in (1, 2):
        journal.append(Kind.RELEASE, {"position": batch.position, "index": index})

    recount = recounted(journal)

    assert recount.store.rows("SELECT number, state FROM held") == [(1, "held"), (2, "discarded")]
    assert recount.store.rows("SELECT events FROM hours") == [(1,)]


def test_an_hour_digest_is_the_sum_of_the_hashes_of_what_was_counted(journal):
    journal.batch(an_event("a"), an_event("b"), an_event("a"), an_event("x", customer_id="nobody"))

    recount = recounted(journal)

    assert recount.store.rows("SELECT events, digest FROM hours") == [(2, str(digest_of("a", "b")))]


def test_a_batch_that_cannot_be_read_is_a_finding_and_stops_nothing(journal):
    journal.append(Kind.BATCH, b'[{"a": NaN}]', tenant="acme", count=1)
    journal.append(Kind.BATCH, b"[]", tenant="acme", count=0)
    journal.batch(an_event("a"))

    recount = recounted(journal)

    assert recount.store.counters()["unreadable"] == 2
    assert outcomes(recount)["counted"] == 1
    assert recount.store.number("SELECT COUNT(*) FROM findings") == 2


def test_a_recount_goes_on_where_it_was_and_never_past_what_is_durable(journal, tmp_path):
    first = journal.batch(an_event("a"))
    journal.batch(an_event("a"), an_event("b"))
    journal.durable = first.end
    recounted(journal, tmp_path / "recount.db").store.close()
    journal.durable = None

    recount = recounted(journal, tmp_path / "recount.db")

    assert outcomes(recount) == {"counted": 2, "duplicate": 1}
    assert recount.store.position == journal.end


def test_a_recount_of_another_journal_is_refused(journal, tmp_path):
    journal.batch(an_event("a"))
    recounted(journal, tmp_path / "recount.db").store.close()

    with pytest.raises(NotThere, match=r"remove recount\.db"):
        Recount(Store(tmp_path / "recount.db"), FakeJournal())
