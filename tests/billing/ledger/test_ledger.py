"""What SQLite makes of ids, rollups and quarantine, beyond what every ledger promises."""

import sqlite3
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.billing.ledger import Address, Aggregation, Effects, Held, LedgerReader, SqliteLedger, Usage
from sretool.billing.ledger.protocol import QUARTER_US, Cell, Rollup, Sighting, UniqueValue, id_key
from sretool.billing.quantity import Limbs, limbs

DAY = 20_454
METERS = {"calls": Aggregation.COUNT, "bytes": Aggregation.SUM, "peak": Aggregation.MAX, "seats": Aggregation.LATEST}
METERS |= {"users": Aggregation.UNIQUE}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger.open(path)
    yield opened
    opened.close()


def cell(meter: str, *, quarter: int = 10, cut_no: int = 0, customer: str = "cust-1") -> Cell:
    return Cell("acme", customer, meter, quarter, cut_no)


def summed(pico: int, **where: int) -> Rollup:
    return Rollup(cell("bytes", **where), Aggregation.SUM, 1, limbs(pico))


def sighting(name: str, *, position: int, is_quarantined: int = 0) -> Sighting:
    return id_key("acme", name), Address(position, 0).packed(), is_quarantined


def apply_all(ledger: SqliteLedger, *each: Effects) -> None:
    epoch, at = ledger.acquire(), ledger.applied()
    for number, effects in enumerate(each):
        ledger.apply(0, epoch, from_=at + 100 * number, to=at + 100 * (number + 1), effects=effects)


def quantities(
    reader: LedgerReader, *, first: int = 0, end: int = 100, upto_cut_no: int | None = None
) -> dict[str, int]:
    usages = reader.usage(first * QUARTER_US, end * QUARTER_US, upto_cut_no=upto_cut_no)
    return {usage.meter: usage.quantity_pico for usage in usages}


def test_a_reader_sees_what_is_committed_and_cannot_write(path: Path, ledger: SqliteLedger) -> None:
    apply_all(ledger, Effects(DAY, meters=METERS, rollups=[summed(5)]))
    reader = LedgerReader.open(path)

    assert quantities(reader) == {"bytes": 5}
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM rollup")


def test_a_reader_of_no_ledger_says_so(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        LedgerReader.open(path)


@given(values=st.lists(st.integers(-(10**40), 10**40), min_size=1, max_size=6))
@settings(deadline=None)
def test_sums_are_exact_whatever_their_size_and_sign(values: list[int]) -> None:
    ledger = SqliteLedger.open(Path(":memory:"))
    apply_all(ledger, *[Effects(DAY, meters=METERS, rollups=[summed(value)]) for value in values])

    [row] = ledger._all("SELECT b, c FROM rollup")

    assert quantities(ledger) == {"bytes": sum(values)}
    assert all(0 <= limb < 10**12 for limb in row)
    ledger.close()


@given(values=st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=6))
@settings(deadline=None)
def test_a_maximum_is_the_greatest_also_below_zero(values: list[int]) -> None:
    ledger = SqliteLedger.open(Path(":memory:"))
    rollups = [Rollup(cell("peak", quarter=n % 2), Aggregation.MAX, 1, limbs(value)) for n, value in enumerate(values)]
    apply_all(ledger, *[Effects(DAY, meters=METERS, rollups=[rollup]) for rollup in rollups])

    assert quantities(ledger) == {"peak": max(values)}
    ledger.close()


def test_the_latest_is_by_timestamp_and_then_by_id(ledger: SqliteLedger) -> None:
    def seats(count: int, us: int, name: str, *, cut_no: int = 0) -> Effects:
        rollup = Rollup(cell("seats", cut_no=cut_no), Aggregation.LATEST, 1, limbs(count), us, name)
        return Effects(DAY, meters=METERS, rollups=[rollup])

    apply_all(ledger, seats(1, 5, "b"), seats(2, 5, "a"), seats(3, 4, "z"))
    assert quantities(ledger) == {"seats": 1}

    apply_all(ledger, seats(4, 5, "c", cut_no=1), seats(5, 5, "é"))
    assert (quantities(ledger), quantities(ledger, upto_cut_no=0)) == ({"seats": 5}, {"seats": 5})


def test_unique_values_are_counted_once_over_all_quarters(ledger: SqliteLedger) -> None:
    def users(value: str, quarter: int, cut_no: int = 0) -> Effects:
        where = cell("users", quarter=quarter, cut_no=cut_no)
        rollup = Rollup(where, Aggregation.UNIQUE, 1, Limbs(0, 0, 0))
        return Effects(DAY, meters=METERS, rollups=[rollup], uniques=[UniqueValue(where, value)])

    apply_all(ledger, users("ann", 1), users("ben", 1), users("ann", 2), users("cat", 2, cut_no=1), users("ben", 1))

    assert quantities(ledger) == {"users": 3 * 10**12}
    assert quantities(ledger, upto_cut_no=0) == {"users": 2 * 10**12}
    assert quantities(ledger, first=2) == {"users": 2 * 10**12}
    assert ledger.unique_values("acme", "cust-1", "users", 1) == {"ann", "ben"}


def test_usage_is_of_a_time_of_a_cut_and_of_customers(ledger: SqliteLedger) -> None:
    def calls(customer: str, **where: int) -> Rollup:
        return Rollup(cell("calls", customer=customer, **where), Aggregation.COUNT, 2, Limbs(0, 0, 0))

    rollups = [calls("a", quarter=9), calls("a", quarter=10), calls("a", quarter=11, cut_no=1), calls("b", quarter=12)]
    apply_all(ledger, Effects(DAY, meters=METERS, rollups=rollups))

    everything = ledger.usage(0, 100 * QUARTER_US)
    assert everything == [Usage("acme", "a", "calls", 6, 6 * 10**12), Usage("acme", "b", "calls", 2, 2 * 10**12)]
    assert everything[0].quantity == Fraction(6)
    assert ledger.usage(10 * QUARTER_US, 12 * QUARTER_US) == [Usage("acme", "a", "calls", 4, 4 * 10**12)]
    assert ledger.usage(10 * QUARTER_US, 12 * QUARTER_US, upto_cut_no=0)[0].count == 2
    assert ledger.usage(0, 100 * QUARTER_US, customers=[("acme", "b"), ("acme", "none")]) == everything[1:]


def test_many_customers_at_once_have_the_usage_that_each_has(ledger: SqliteLedger) -> None:
    def cells(customer: str, quarter: int, cut_no: int, pico: int) -> list[Rollup]:
        where = {"customer": customer, "quarter": quarter, "cut_no": cut_no}
        return [
            Rollup(cell("calls", **where), Aggregation.COUNT, 2, Limbs(0, 0, 0)),
            Rollup(cell("bytes", **where), Aggregation.SUM, 2, limbs(pico)),
            Rollup(cell("peak", **where), Aggregation.MAX, 2, limbs(pico)),
            Rollup(cell("seats", **where), Aggregation.LATEST, 2, limbs(pico), quarter * QUARTER_US, "t"),
            Rollup(cell("users", **where), Aggregation.UNIQUE, 2, Limbs(0, 0, 0)),
        ]

    rollups = [*cells("a", 9, 0, -5), *cells("b", 9, 0, 7), *cells("b", 10, 0, -(10**30)), *cells("b", 11, 1, 9)]
    uniques = [UniqueValue(cell("users", customer="b", quarter=quarter), "s1") for quarter in (9, 10)]
    apply_all(ledger, Effects(DAY, meters=METERS, rollups=rollups, uniques=uniques))

    for first, last, until, cut_no in [("a", "b", 99, None), ("a", "b", 99, 0), ("b", "c", 10, None), ("c", "d", 9, 0)]:
        found = ledger.quantities(
            ("acme", first),
            ("acme", last),
            start_us=0,
            end_us=until * QUARTER_US,
            upto_cut_no=cut_no,
            meters=METERS,
        )
        each = ledger.usage(0, until * QUARTER_US, upto_cut_no=cut_no, customers=[("acme", first), ("acme", last)])
        expected = {(one.customer, one.meter): one.quantity_pico for one in each if one.quantity_pico}
        assert {(one.customer, one.meter): one.quantity_pico for one in found} == expected


def test_a_ledger_whose_tables_are_not_made_is_not_there_yet(path: Path) -> None:
    assert LedgerReader.open_if_made(path) is None

    sqlite3.connect(path).close()

    assert LedgerReader.open_if_made(path) is None


def test_the_digest_of_an_hour_is_a_sum_modulo_two_to_the_64(ledger: SqliteLedger) -> None:
    apply_all(ledger, Effects(DAY, hours={7: (2, 2**64 - 3)}), Effects(DAY, hours={7: (1, 2**63), 8: (1, 5)}))

    assert ledger.hours() == {7: (3, 2**63 - 3), 8: (1, 5)}


def test_an_id_is_known_for_36_ingest_days_and_then_forgotten(ledger: SqliteLedger) -> None:
    first = sighting("t-1", position=0)
    apply_all(ledger, Effects(DAY, sightings=[first], repeats={(DAY, first[0]): (1, 0)}))
    assert ledger.first_addresses([first[0]], DAY + 36)[first[0]].address == Address(0, 0)
    assert ledger.first_addresses([first[0]], DAY + 37) == {}

    apply_all(ledger, Effects(DAY + 37, sightings=[sighting("t-1", position=100)]))
    state = ledger.event_state("acme", "t-1")

    assert state is not None
    assert (state.address, state.duplicates) == (Address(100, 0), 0)
    assert ledger._all("SELECT name FROM sqlite_schema WHERE name GLOB 'seen_*'") == [(f"seen_{DAY + 37}_0",)]


def test_the_ids_of_a_day_are_in_parts_and_are_found_in_each(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sretool.billing.ledger.schema.PART_IDS", 2)
    seen = [sighting(f"t-{number}", position=100 * number) for number in range(5)]
    apply_all(ledger, *[Effects(DAY + number // 4, sightings=[one]) for number, one in enumerate(seen)])
    keys = [key for key, _, _ in seen]

    assert [part for (part,) in ledger._all("SELECT name FROM sqlite_schema WHERE name GLOB 'seen_*'")] == [
        f"seen_{DAY}_0",
        f"seen_{DAY}_1",
        f"seen_{DAY + 1}_0",
    ]
    for likely in (None, dict.fromkeys(keys, DAY & 0xFF), dict.fromkeys(keys, 7)):
        found = ledger.first_addresses(keys, DAY + 1, likely_days=likely)
        assert [found[key].address.position for key in keys] == [0, 100, 200, 300, 400]
        assert [found[key].day - DAY for key in keys] == [0, 0, 0, 0, 1]


def test_an_event_tells_its_first_outcome_and_what_came_after(ledger: SqliteLedger) -> None:
    bad = sighting("bad", position=200, is_quarantined=1)
    held = Held(Address(200, 0), "acme", "bad", "cust-1", "customer 'cust-1' is unknown", "quarantined", 5)
    apply_all(ledger, Effects(DAY, sightings=[bad, sighting("good", position=100)], held=[held]))
    apply_all(ledger, Effects(DAY, repeats={(DAY, bad[0]): (2, 1)}))
    apply_all(ledger, Effects(DAY, repeats={(DAY, bad[0]): (1, 0)}))

    state, good = ledger.event_state("acme", "bad"), ledger.event_state("acme", "good")

    assert state is not None
    assert good is not None
    assert (state.outcome, state.duplicates, state.conflicts, state.held) == ("quarantined", 3, 1, held)
    assert (good.outcome, good.address, good.held) == ("counted", Address(100, 0), None)
    assert ledger.event_state("other", "bad") is None


def test_the_quarantine_is_listed_by_tenant_a_page_at_a_time(ledger: SqliteLedger) -> None:
    def held(index: int, tenant: str = "acme") -> Held:
        return Held(Address(100, index), tenant, f"t-{index}", "c", "no", "quarantined", 1000 + index)

    apply_all(ledger, Effects(DAY, held=[held(0), held(1), held(2, "other"), held(3)]))
    apply_all(ledger, Effects(DAY, states={Address(100, 0): "discarded"}))

    assert ledger.quarantine("acme") == [held(1), held(3)]
    assert ledger.quarantine("acme", after=Address(100, 1), limit=1) == [held(3)]
    assert [one.state for one in ledger.quarantine("acme", state=None)] == ["discarded", "held", "held"]
    assert ledger.quarantine_oldest_us() == 1001


def test_cuts_are_numbered_in_the_order_of_the_journal(ledger: SqliteLedger) -> None:
    apply_all(ledger, Effects(DAY, cuts=[(10, 5, b"{}"), (20, 4, b"{}")]), Effects(DAY, cuts=[(130, 5, b"{}")]))

    assert ledger._all("SELECT cut_no, position FROM cuts") == [(0, 10), (1, 20), (2, 130)]
    assert ledger.cut_no() == 3


def test_the_last_catalogue_is_the_one_in_force(ledger: SqliteLedger) -> None:
    assert ledger.catalog() is None

    apply_all(ledger, Effects(DAY, catalogs=[(0, b"one"), (50, b"two")]))

    assert ledger.catalog() == b"two"
