"""What every Ledger promises. An implementation brings a Bench and subclasses LedgerContract."""

from abc import ABC, abstractmethod

import pytest

from sretool.billing.ledger import Address, Aggregation, Effects, Fenced, Held, Ledger
from sretool.billing.ledger.protocol import QUARTER_US, Cell, Rollup, Sighting, UniqueValue, id_key
from sretool.billing.quantity import Limbs, limbs

DAY = 20_454
METERS = {"calls": Aggregation.COUNT, "bytes": Aggregation.SUM, "peak": Aggregation.MAX, "seats": Aggregation.LATEST}
METERS |= {"users": Aggregation.UNIQUE}
ONE_EVENT = Effects(DAY, counts={"counted": 1}, hours={7: (1, 2**63)})


class Bench(ABC):
    """A ledger, and the means to bring it into trouble."""

    @abstractmethod
    def writer(self) -> Ledger:
        """One more writer of the same ledger, as another process would be."""

    @abstractmethod
    def break_next_apply(self) -> None:
        """Let the next apply fail in the middle of its effects."""


class LedgerContract:
    @pytest.fixture
    def ledger(self, bench: Bench) -> Ledger:
        return bench.writer()

    def test_a_range_is_applied_with_all_its_effects(self, ledger: Ledger) -> None:
        held = Held(Address(5, 1), "acme", "bad", "eve", "unknown", "quarantined", 11)
        effects = Effects(
            DAY,
            sightings=[sighting("t-1", position=5), (id_key("acme", "bad"), Address(5, 1).packed(), 1)],
            repeats={(DAY, id_key("acme", "t-1")): (2, 1)},
            held=[held],
            rollups=[summed(7)],
            counts={"counted": 1, "duplicate": 2, "conflict": 1, "quarantined": 1},
            hours={7: (1, 2**64 - 1)},
            cuts=[(1, 5, b"{}")],
            catalogs=[(0, b"one"), (3, b"two")],
            meters=METERS,
        )

        apply_all(ledger, effects)

        good, bad = ledger.event_state("acme", "t-1"), ledger.event_state("acme", "bad")
        assert good is not None
        assert bad is not None
        assert (good.outcome, good.address, good.duplicates, good.conflicts) == ("counted", Address(5, 0), 2, 1)
        assert (bad.outcome, bad.held, ledger.held(Address(5, 1))) == ("quarantined", held, held)
        assert ledger.counts() == {"counted": 1, "duplicate": 2, "conflict": 1, "quarantined": 1}
        assert (ledger.applied(), ledger.cut_no(), ledger.catalog()) == (100, 1, b"two")
        assert (ledger.hours(), ledger.quarantine_oldest_us()) == ({7: (1, 2**64 - 1)}, 11)
        assert quantities(ledger) == {"bytes": 7}

    def test_a_zombie_is_fenced_and_changes_nothing(self, bench: Bench) -> None:
        zombie, successor = bench.writer(), bench.writer()
        old = zombie.acquire()
        zombie.apply(0, old, from_=0, to=50, effects=ONE_EVENT)
        new = successor.acquire()

        with pytest.raises(Fenced):
            zombie.apply(0, old, from_=50, to=100, effects=ONE_EVENT)
        successor.apply(0, new, from_=50, to=100, effects=ONE_EVENT)
        with pytest.raises(Fenced):
            zombie.apply(0, old, from_=100, to=150, effects=ONE_EVENT)

        assert (successor.applied(), successor.counts()["counted"]) == (100, 2)

    def test_an_epoch_that_was_never_given_is_fenced(self, ledger: Ledger) -> None:
        epoch = ledger.acquire()

        for wrong in (epoch - 1, epoch + 1):
            with pytest.raises(Fenced):
                ledger.apply(0, wrong, from_=0, to=100, effects=ONE_EVENT)

        assert ledger.counts()["counted"] == 0

    @pytest.mark.parametrize("again", [(0, 100), (0, 50), (50, 100), (50, 150)])
    def test_redelivery_is_fenced(self, ledger: Ledger, again: tuple[int, int]) -> None:
        epoch = ledger.acquire()
        ledger.apply(0, epoch, from_=0, to=100, effects=ONE_EVENT)

        with pytest.raises(Fenced):
            ledger.apply(0, epoch, from_=again[0], to=again[1], effects=ONE_EVENT)

        assert (ledger.applied(), ledger.counts()["counted"], ledger.hours()) == (100, 1, {7: (1, 2**63)})

    def test_a_range_with_a_gap_before_it_is_fenced(self, ledger: Ledger) -> None:
        epoch = ledger.acquire()
        ledger.apply(0, epoch, from_=0, to=100, effects=ONE_EVENT)

        with pytest.raises(Fenced):
            ledger.apply(0, epoch, from_=101, to=200, effects=ONE_EVENT)

        assert (ledger.applied(), ledger.counts()["counted"]) == (100, 1)

    def test_a_range_that_fails_midway_has_done_nothing_and_can_be_repeated(self, bench: Bench) -> None:
        ledger = bench.writer()
        epoch = ledger.acquire()
        effects = Effects(DAY, sightings=[sighting("t-1", position=0)], counts={"counted": 1}, rollups=[summed(5)])
        bench.break_next_apply()
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is that breaks
            ledger.apply(0, epoch, from_=0, to=100, effects=effects)
        assert (ledger.applied(), ledger.counts()["counted"], ledger.event_state("acme", "t-1")) == (0, 0, None)

        ledger.apply(0, epoch, from_=0, to=100, effects=effects)

        assert (ledger.applied(), ledger.counts()["counted"]) == (100, 1)

    def test_an_indeterminate_apply_is_told_by_where_the_ledger_stands(self, bench: Bench) -> None:
        """A writer that has heard nothing starts again from the position, and the range is applied once."""
        lost = bench.writer()
        lost.apply(0, lost.acquire(), from_=0, to=100, effects=ONE_EVENT)
        ledger = bench.writer()
        epoch = ledger.acquire()

        ledger.apply(0, epoch, from_=ledger.applied(), to=200, effects=ONE_EVENT)

        assert (ledger.applied(), ledger.counts()["counted"]) == (200, 2)

    def test_an_id_that_comes_twice_takes_its_whole_range_back(self, ledger: Ledger) -> None:
        apply_all(ledger, Effects(DAY, sightings=[sighting("t-1", position=0)], counts={"counted": 1}))

        with pytest.raises(Exception):  # noqa: B017, PT011 - what a store says of a key that is there
            apply_all(ledger, Effects(DAY, counts={"counted": 1}, sightings=[sighting("t-1", position=100)]))

        assert (ledger.applied(), ledger.counts()["counted"]) == (100, 1)

    def test_partitions_have_epochs_and_positions_of_their_own(self, ledger: Ledger) -> None:
        epochs = [ledger.acquire(0), ledger.acquire(0), ledger.acquire(1)]
        ledger.apply(1, epochs[2], from_=0, to=70, effects=ONE_EVENT)
        ledger.apply(0, epochs[1], from_=0, to=30, effects=ONE_EVENT)

        with pytest.raises(Fenced):
            ledger.apply(1, epochs[1], from_=70, to=90, effects=ONE_EVENT)

        assert (epochs, ledger.applied(0), ledger.applied(1)) == ([1, 2, 1], 30, 70)
        assert ledger.counts()["counted"] == 2

    def test_what_was_applied_is_seen_by_every_writer(self, bench: Bench) -> None:
        first = bench.writer()
        apply_all(first, ONE_EVENT)

        second = bench.writer()

        assert (second.applied(), second.counts(), second.identity()) == (100, first.counts(), first.identity())

    def test_an_id_is_known_for_36_ingest_days_and_then_forgotten(self, ledger: Ledger) -> None:
        first = sighting("t-1", position=0)
        apply_all(ledger, Effects(DAY, sightings=[first]))
        assert ledger.first_addresses([first[0]], DAY + 36)[first[0]].address == Address(0, 0)
        assert ledger.first_addresses([first[0]], DAY + 37) == {}

        apply_all(ledger, Effects(DAY + 37, sightings=[sighting("t-1", position=100)]))

        assert ledger.first_addresses([first[0]], DAY + 37)[first[0]] == (DAY + 37, Address(100, 0))
        assert ledger.newest_day() == DAY + 37

    def test_ids_since_a_position_and_a_day_are_told(self, ledger: Ledger) -> None:
        seen = [sighting(f"t-{number}", position=100 * number) for number in range(3)]
        apply_all(ledger, *[Effects(DAY + number, sightings=[one]) for number, one in enumerate(seen)])

        def keys(position: int, day: int) -> set[bytes]:
            return {key for _, some in ledger.keys_after(position, from_day=day) for key in some}

        assert keys(0, 0) == {key for key, _, _ in seen}
        assert keys(100, 0) == keys(0, DAY + 1) == {key for key, _, _ in seen[1:]}

    def test_each_aggregation_makes_one_quantity_of_many(self, ledger: Ledger) -> None:
        apply_all(ledger, usage_of(3, quarter=1), usage_of(-(10**30), quarter=2), usage_of(2, quarter=1, cut_no=1))

        assert quantities(ledger) == {
            "calls": 3 * 10**12,
            "bytes": 5 - 10**30,
            "peak": 3,
            "seats": -(10**30),
            "users": 3 * 10**12,
        }
        assert quantities(ledger, upto_cut_no=0)["bytes"] == 3 - 10**30
        assert quantities(ledger, end=2)["seats"] == 2
        assert ledger.unique_values("acme", "ann", "users", 1) == {"s3", "s2"}

    def test_many_customers_at_once_have_the_usage_that_each_has(self, ledger: Ledger) -> None:
        apply_all(ledger, *[usage_of(n, quarter=n, customer=name) for n, name in enumerate(("ann", "ben", "cat"), 1)])

        found = ledger.quantities(
            ("acme", "ben"), ("acme", "dan"), start_us=0, end_us=99 * QUARTER_US, upto_cut_no=None, meters=METERS
        )

        usages = ledger.usage(0, 99 * QUARTER_US, customers=[("acme", "ben"), ("acme", "cat")])
        assert sorted(found) == sorted((one.tenant, one.customer, one.meter, one.quantity_pico) for one in usages)

    def test_late_usage_is_before_an_instant_and_behind_a_cut(self, ledger: Ledger) -> None:
        rows = [summed(1, quarter=9), summed(1, quarter=10, cut_no=1), summed(1, quarter=11, cut_no=2)]
        apply_all(ledger, Effects(DAY, meters=METERS, rollups=rows))

        def late(before: int, after: int, upto: int | None) -> list[tuple[int, int]]:
            found = ledger.late_usage(before_us=before * QUARTER_US, after_cut_no=after, upto_cut_no=upto)
            return [(one.since_us // QUARTER_US, one.cut_no) for one in found]

        assert [late(99, 0, None), late(99, 0, 1), late(11, 0, None)] == [[(10, 2)], [(10, 1)], [(10, 1)]]
        assert late(99, 2, None) == []

    def test_events_are_told_in_all_with_what_is_kept_out(self, ledger: Ledger) -> None:
        held = [Held(Address(5, n), "acme", f"t-{n}", "c", "no", "quarantined", 1) for n in range(2)]
        apply_all(ledger, Effects(DAY, rollups=[summed(5)], held=held, catalogs=[(0, b"one"), (9, b"two")]))
        apply_all(ledger, Effects(DAY, rollups=[summed(5, quarter=11)], states={Address(5, 0): "released"}))

        assert ledger.event_totals() == (200, [b"one", b"two"], {("acme", "bytes"): 2}, {"acme": 1})

    def test_usage_over_a_part_of_a_quarter_hour_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(ValueError, match="whole quarter-hour"):
            ledger.usage(0, QUARTER_US // 2)


def apply_all(ledger: Ledger, *each: Effects) -> None:
    epoch, at = ledger.acquire(), ledger.applied()
    for number, effects in enumerate(each):
        ledger.apply(0, epoch, from_=at + 100 * number, to=at + 100 * (number + 1), effects=effects)


def quantities(ledger: Ledger, *, end: int = 100, upto_cut_no: int | None = None) -> dict[str, int]:
    usages = ledger.usage(0, end * QUARTER_US, upto_cut_no=upto_cut_no)
    return {usage.meter: usage.quantity_pico for usage in usages}


def sighting(name: str, *, position: int) -> Sighting:
    return id_key("acme", name), Address(position, 0).packed(), 0


def summed(pico: int, *, quarter: int = 10, cut_no: int = 0) -> Rollup:
    return Rollup(Cell("acme", "ann", "bytes", quarter, cut_no), Aggregation.SUM, 1, limbs(pico))


def usage_of(pico: int, *, quarter: int, cut_no: int = 0, customer: str = "ann") -> Effects:
    """One event that every meter has taken."""
    cells = {meter: Cell("acme", customer, meter, quarter, cut_no) for meter in METERS}
    at_us = quarter * QUARTER_US + cut_no
    rollups = [
        Rollup(cells["calls"], Aggregation.COUNT, 1, Limbs(0, 0, 0)),
        Rollup(cells["bytes"], Aggregation.SUM, 1, limbs(pico)),
        Rollup(cells["peak"], Aggregation.MAX, 1, limbs(pico)),
        Rollup(cells["seats"], Aggregation.LATEST, 1, limbs(pico), at_us, "t"),
        Rollup(cells["users"], Aggregation.UNIQUE, 1, Limbs(0, 0, 0)),
    ]
    return Effects(DAY, meters=METERS, rollups=rollups, uniques=[UniqueValue(cells["users"], f"s{pico}")])
