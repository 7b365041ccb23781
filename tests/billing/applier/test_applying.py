"""Every event is decided once, in the order of the journal, and nothing that happens on the way changes the result."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from billing.usage import DAY_US, WHO, FakeJournal, usage_event

from sretool.billing.applier import Applier
from sretool.billing.applier.figures import Progress
from sretool.billing.applier.metering import UNIQUE_MAX
from sretool.billing.journal import Kind
from sretool.billing.ledger import Address, EventState, Fenced, LedgerAhead, LedgerReader
from sretool.billing.ledger.id_hash import id_hash

YEAR_US = 366 * DAY_US


@pytest.fixture
def journal() -> FakeJournal:
    journal = FakeJournal()
    journal.catalog()
    return journal


class Home:
    """A place for a ledger and its filter."""

    def __init__(self, path: Path) -> None:
        self.ledger = path / "ledger.db"
        self.filter = path / "filter"
        self.progress = Progress()

    def applier(self, journal: FakeJournal) -> Applier:
        return Applier.opened(self.ledger, self.filter, journal, self.progress)

    def apply(self, journal: FakeJournal) -> LedgerReader:
        """Apply everything, and ask."""
        applier = self.applier(journal)
        while applier.step():
            pass
        applier.close()
        return LedgerReader.open(self.ledger)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def applier(home: Home, journal: FakeJournal) -> Iterator[Applier]:
    opened = home.applier(journal)
    yield opened
    opened.close()


def quantities(reader: LedgerReader, *, upto_cut_no: int | None = None) -> dict[str, Fraction]:
    """By meter, of ann of acme, over all time."""
    usages = reader.usage(0, 100 * YEAR_US, upto_cut_no=upto_cut_no, customers=[("acme", "ann")])
    return {usage.meter: usage.quantity for usage in usages}


def counts(reader: LedgerReader) -> tuple[int, int, int, int]:
    return tuple(reader.counts().values())  # type: ignore[return-value]


def state(reader: LedgerReader, name: str) -> EventState:
    found = reader.event_state("acme", name)
    assert found is not None
    return found


def test_an_event_counts_in_every_meter_that_takes_it(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"), usage_event("t-2", properties={"bytes": 7, "region": "us"}))

    reader = home.apply(journal)

    assert quantities(reader) == {"calls": 2, "eu_calls": 1, "bytes": Fraction("8.5"), "peak": Fraction("1.5")}
    assert counts(reader) == (2, 0, 0, 0)
    assert state(reader, "t-2").address == Address(journal.records[1].position, 1)


def test_an_event_that_no_filter_takes_is_counted_in_no_meter(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1", event_type="seat", properties={"seats": 1, "user": "x"}))
    journal.batch(usage_event("t-2", event_type="seat", properties={"seats": 1, "user": "x", "billed": 1}))

    reader = home.apply(journal)

    assert (quantities(reader), counts(reader)) == ({"seats": 1}, (2, 0, 0, 0))


def test_the_same_event_again_is_a_duplicate_wherever_it_stands(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"), usage_event("t-1"))
    journal.batch(usage_event("t-1", timestamp="2026-01-01T01:00:00.0000009+01:00"))
    home.apply(journal)
    journal.batch(usage_event("t-1"))

    reader = home.apply(journal)

    assert (quantities(reader)["calls"], counts(reader)) == (1, (1, 3, 0, 0))
    assert (state(reader, "t-1").duplicates, state(reader, "t-1").conflicts) == (3, 0)


def test_the_same_id_with_other_content_is_a_conflict_and_never_replaces_the_first(
    home: Home, journal: FakeJournal
) -> None:
    journal.batch(usage_event("t-1"), usage_event("t-1", properties={"bytes": "1.50", "region": "eu"}))
    home.apply(journal)
    second = journal.batch(usage_event("t-1", customer_id="ben"))

    reader = home.apply(journal)

    assert (quantities(reader)["bytes"], counts(reader)) == (Fraction("1.5"), (1, 0, 2, 0))
    assert [(held.kind, held.address, held.customer_id) for held in reader.quarantine("acme")] == [
        ("conflict", Address(journal.records[1].position, 1), "ann"),
        ("conflict", Address(second.position, 0), "ben"),
    ]
    assert reader.quarantine("acme")[1].reason.endswith("with another customer_id")
    assert (state(reader, "t-1").outcome, state(reader, "t-1").conflicts) == ("counted", 2)


def test_true_is_not_one(home: Home, journal: FakeJournal) -> None:
    journal.batch(
        usage_event("t-1", properties={"bytes": 1, "x": 1}), usage_event("t-1", properties={"bytes": 1, "x": True})
    )

    reader = home.apply(journal)

    assert counts(reader) == (1, 0, 1, 0)


def test_the_same_id_of_another_tenant_is_another_event(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"))
    journal.batch(usage_event("t-1", properties={"bytes": 2}), tenant="zeta")

    assert counts(home.apply(journal)) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"customer_id": "eve"}, "customer 'eve' is unknown"),
        ({"event_type": "walk"}, "no meter takes events of type 'walk'"),
        ({"properties": {}}, "property 'bytes' of meter 'bytes' is missing"),
        ({"properties": {"bytes": None}}, "property 'bytes' of meter 'bytes' is missing"),
        ({"properties": {"bytes": "many"}}, "property 'bytes' of meter 'bytes' is not a quantity"),
        ({"properties": {"bytes": True}}, "property 'bytes' of meter 'bytes' is not a quantity"),
        (
            {"event_type": "seat", "properties": {"seats": 1, "billed": True, "user": False}},
            "property 'user' of meter 'users' is not a text or an integer",
        ),
    ],
)
def test_an_event_that_a_meter_cannot_use_is_held_and_counts_nowhere(
    home: Home, journal: FakeJournal, fields: dict[str, object], reason: str
) -> None:
    record = journal.batch(usage_event("good"), usage_event("bad", **fields), usage_event("fine"))

    reader = home.apply(journal)
    [held] = reader.quarantine("acme")

    assert (quantities(reader)["calls"], counts(reader)) == (2, (2, 0, 0, 1))
    assert (held.address, held.transaction_id, held.reason) == (Address(record.position, 1), "bad", reason)
    assert (state(reader, "bad").outcome, state(reader, "bad").held) == ("quarantined", held)


def test_a_journal_without_catalogue_holds_everything(home: Home) -> None:
    journal = FakeJournal()
    journal.batch(usage_event("t-1"))

    reader = home.apply(journal)

    assert [held.reason for held in reader.quarantine("acme")] == ["customer 'ann' is unknown"]


def test_a_held_event_that_comes_again_is_a_duplicate(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("bad", properties={}), usage_event("bad", properties={}), usage_event("bad"))

    assert counts(home.apply(journal)) == (0, 1, 1, 1)


def test_an_id_is_known_for_36_ingest_days_whenever_it_is_applied(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"))
    journal.ingest_us += 37 * DAY_US - 1
    journal.batch(usage_event("t-1"))
    journal.ingest_us += 1
    journal.batch(usage_event("t-1"))

    assert counts(home.apply(journal)) == (2, 1, 0, 0)


def test_unique_values_are_bounded_and_the_event_beyond_is_held(home: Home, journal: FakeJournal) -> None:
    def seat(number: int) -> dict[str, object]:
        properties = {"seats": number, "user": f"u{number}", "billed": True}
        return usage_event(f"s-{number}", event_type="seat", properties=properties)

    for first in range(0, UNIQUE_MAX - 1, 99):
        journal.batch(*[seat(number) for number in range(first, min(first + 99, UNIQUE_MAX - 1))])
    home.apply(journal)
    again = seat(5) | {"transaction_id": "again"}
    journal.batch(seat(UNIQUE_MAX - 1), seat(UNIQUE_MAX), again)

    reader = home.apply(journal)

    assert quantities(reader)["users"] == UNIQUE_MAX
    assert [held.transaction_id for held in reader.quarantine("acme")] == [f"s-{UNIQUE_MAX}"]
    assert state(reader, "again").outcome == "counted"


def test_a_text_and_an_integer_are_two_values(home: Home, journal: FakeJournal) -> None:
    for value in ("5", 5, "5"):
        journal.batch(
            usage_event(f"{value!r}", event_type="seat", properties={"seats": 1, "user": value, "billed": True})
        )

    assert quantities(home.apply(journal))["users"] == 2


def test_the_latest_is_by_timestamp_then_id_not_by_arrival(home: Home, journal: FakeJournal) -> None:
    def seats(name: str, number: int, timestamp: str) -> dict[str, object]:
        return usage_event(name, event_type="seat", timestamp=timestamp, properties={"seats": number})

    journal.batch(seats("b", 3, "2026-01-01T10:00:00Z"), seats("a", 4, "2026-01-01T11:00:00+01:00"))
    journal.batch(seats("z", 5, "2026-01-01T09:59:59Z"))

    assert quantities(home.apply(journal)) == {"seats": 3}


def test_usage_after_a_cut_stands_apart(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("before"))
    journal.say(Kind.CUT, start_us=0, end_us=1, as_of_us=1, final=False)
    journal.batch(usage_event("late"))
    journal.say(Kind.VOID, invoice="i", reason="r", reissue=True, recut=False)
    journal.say(Kind.VOID, invoice="i", reason="r", reissue=True, recut=True)
    journal.batch(usage_event("later"))

    reader = home.apply(journal)

    assert [quantities(reader, upto_cut_no=number)["calls"] for number in (0, 1, 2)] == [1, 2, 3]
    assert reader.cut_no() == 2


def test_a_new_catalogue_holds_from_its_record_on(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1", customer_id="new"))
    customers = {"acme": {"ann": WHO, "new": WHO}}
    journal.catalog(customers=customers)
    journal.batch(usage_event("t-2", customer_id="new"))
    home.apply(journal)
    journal.batch(usage_event("t-3", customer_id="new"))

    assert counts(home.apply(journal)) == (2, 0, 0, 1)


def test_a_released_event_counts_by_the_catalogue_and_the_cut_of_its_release(home: Home, journal: FakeJournal) -> None:
    held = journal.batch(usage_event("t-1", customer_id="new"))
    journal.say(Kind.CUT, start_us=0, end_us=1, as_of_us=1, final=False)
    journal.say(Kind.RELEASE, position=held.position, index=0)
    journal.catalog(customers={"acme": {"ann": WHO, "new": WHO}})
    before = home.apply(journal)
    assert [one.state for one in before.quarantine("acme", state=None)] == ["held"]

    journal.ingest_us += 3_600_000_000
    journal.say(Kind.RELEASE, position=held.position, index=0)
    journal.say(Kind.RELEASE, position=held.position, index=0)
    reader = home.apply(journal)

    assert [one.state for one in reader.quarantine("acme", state=None)] == ["released"]
    assert [(usage.customer, usage.meter, usage.count) for usage in reader.usage(0, YEAR_US * 60)] == [
        ("new", "bytes", 1),
        ("new", "calls", 1),
        ("new", "eu_calls", 1),
        ("new", "peak", 1),
    ]
    assert reader.usage(0, YEAR_US * 60, upto_cut_no=0) == []
    assert counts(reader) == (0, 0, 0, 1)
    assert reader.hours() == {journal.ingest_us // 3_600_000_000: (1, id_hash(b"acme\0t-1"))}


def test_a_discarded_event_and_a_conflict_cannot_be_released(home: Home, journal: FakeJournal) -> None:
    record = journal.batch(usage_event("t-1"), usage_event("t-1", customer_id="ben"), usage_event("t-2", properties={}))
    journal.say(Kind.DISCARD, position=record.position, index=2, reason="a test")
    for index in (0, 1, 2, 3):
        journal.say(Kind.RELEASE, position=record.position, index=index)

    reader = home.apply(journal)

    assert [one.state for one in reader.quarantine("acme", state=None)] == ["held", "discarded"]
    assert quantities(reader)["calls"] == 1


def test_the_digest_of_an_hour_is_of_what_it_counted(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"), usage_event("t-1"), usage_event("bad", properties={}))
    journal.ingest_us += 3_600_000_000
    journal.batch(usage_event("t-2"), usage_event("t-3"), usage_event("t-1"))

    hour = journal.ingest_us // 3_600_000_000
    expected = (id_hash(b"acme\0t-2") + id_hash(b"acme\0t-3")) % 2**64

    assert home.apply(journal).hours() == {hour - 1: (1, id_hash(b"acme\0t-1")), hour: (2, expected)}


def test_an_applier_that_was_replaced_is_fenced(home: Home, journal: FakeJournal, applier: Applier) -> None:
    journal.batch(usage_event("t-1"))
    successor = home.applier(journal)
    successor.step()

    with pytest.raises(Fenced):
        applier.step()

    assert (quantities(LedgerReader.open(home.ledger))["calls"], successor.step()) == (1, 0)
    successor.close()


def test_a_ledger_ahead_of_its_journal_refuses_to_start(home: Home, journal: FakeJournal) -> None:
    journal.batch(usage_event("t-1"))
    home.apply(journal)
    journal.records.pop()

    with pytest.raises(LedgerAhead, match="the ledger has applied the journal up to"):
        home.applier(journal)


@pytest.mark.parametrize("damage", ["none", "deleted", "manifest", "truncated", "flipped", "garbage", "foreign"])
def test_the_filter_is_never_a_second_truth(tmp_path: Path, journal: FakeJournal, damage: str) -> None:
    home, other = Home(tmp_path), Home(tmp_path / "other")
    (tmp_path / "other").mkdir()
    for first in range(0, 400, 20):
        journal.batch(*[usage_event(f"t-{number}") for number in range(first, first + 20)])
    for place in (home, other):
        applier = place.applier(journal)
        applier._memory._filter.run_length = 100
        while applier.step(5000):
            pass
        applier.close()
    runs = sorted(home.filter.glob("run-*"))
    assert runs

    match damage:
        case "deleted":
            for path in home.filter.iterdir():
                path.unlink()
        case "manifest":
            (home.filter / "manifest.json").unlink()
        case "truncated":
            runs[0].write_bytes(runs[0].read_bytes()[:-8])
        case "flipped":
            content = bytearray(runs[0].read_bytes())
            content[5] ^= 1
            runs[0].write_bytes(content)
        case "garbage":
            (home.filter / "manifest.json").write_text(json.dumps({"version": 1, "runs": 7}))
        case "foreign":
            (home.filter / "manifest.json").write_bytes((other.filter / "manifest.json").read_bytes())
    journal.batch(*[usage_event(f"t-{number}") for number in range(0, 400, 5)])

    assert counts(home.apply(journal)) == (400, 80, 0, 0)


def test_what_the_filter_has_not_saved_is_read_from_the_ledger(home: Home, journal: FakeJournal) -> None:
    applier = home.applier(journal)
    applier._memory._filter.run_length = 50
    for first in (0, 60, 90):
        journal.batch(*[usage_event(f"t-{number}") for number in range(first, first + 30)])
        applier.step()
    applier.close()
    saved = json.loads((home.filter / "manifest.json").read_bytes())["applied"]
    assert saved < journal.durable_end()
    journal.batch(*[usage_event(f"t-{number}") for number in range(100, 120)])

    assert counts(home.apply(journal)) == (90, 20, 0, 0)
