"""The filter may say too often that an id may be known, and never too seldom."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.billing.ledger import id_filter
from sretool.billing.ledger.generations import DEDUPE_DAYS
from sretool.billing.ledger.id_filter import IdFilter, StaleFilter
from sretool.billing.ledger.id_hash import Hashes, digest_sum, id_hash, id_hashes

DAY = 20_454


def hashes(*numbers: int) -> Hashes:
    return np.array(numbers, dtype=np.uint64)


def some(count: int, *, seed: int = 1) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


@pytest.fixture
def fresh(tmp_path: Path) -> IdFilter:
    return IdFilter(tmp_path, "ledger-1", run_length=100)


def test_a_hash_is_what_b2sum_says_read_from_the_lowest_byte() -> None:
    said = bytes.fromhex("8a7d525984930d73")  # printf 'acme\\0t-1' | b2sum -l 64

    assert id_hash(b"acme\0t-1") == int.from_bytes(said, "little")
    assert id_hashes([b"acme\0t-1"]).tolist() == [id_hash(b"acme\0t-1")]


def test_a_digest_sum_is_modulo_two_to_the_64() -> None:
    assert digest_sum(hashes(2**64 - 1, 3)) == 2
    assert digest_sum(hashes()) == 0


def test_an_empty_filter_knows_nobody(fresh: IdFilter) -> None:
    assert fresh.days_of(some(5)).tolist() == [-1] * 5
    assert fresh.days_of(hashes()).tolist() == []


def test_what_was_added_may_be_known_since_its_day(fresh: IdFilter) -> None:
    fresh.add(some(50), DAY)
    fresh.add(some(50, seed=2), DAY + 1)

    assert set(fresh.days_of(some(50)).tolist()) == {DAY & 0xFF}
    assert set(fresh.days_of(some(50, seed=2)).tolist()) == {DAY + 1 & 0xFF}
    assert set(fresh.days_of(some(1000, seed=3)).tolist()) == {-1}


@given(
    bulks=st.lists(
        st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 255, 256, 2**64 - 1, 2**63]), max_size=30), max_size=30
    )
)
@settings(deadline=None, max_examples=50)
def test_nobody_is_forgotten_by_saving_merging_and_loading(
    tmp_path_factory: pytest.TempPathFactory, bulks: list[list[int]]
) -> None:
    directory = tmp_path_factory.mktemp("filter")
    kept = IdFilter(directory, "ledger-1", run_length=8)
    for position, bulk in enumerate(bulks):
        kept.add(hashes(*bulk), DAY)
        if kept.is_full():
            kept.save(applied=position, day=DAY)
    kept.save(applied=99, day=DAY)
    loaded = IdFilter(directory, "ledger-1", run_length=8)
    known = hashes(*[number for bulk in bulks for number in bulk])

    assert loaded.load(applied=99) == (99, DAY)
    assert (loaded.days_of(known) >= 0).all()
    assert len(loaded) == len(known)


def test_runs_are_merged_so_that_there_are_few(fresh: IdFilter) -> None:
    for number in range(80):
        fresh.add(some(100, seed=number), DAY)
        fresh.save(applied=number, day=DAY)

    assert len(fresh) == 8_000
    assert len(list(fresh.directory.glob("run-*"))) <= 3 * 4
    assert all((fresh.days_of(some(100, seed=number)) >= 0).all() for number in range(80))


def test_a_merge_in_pieces_is_the_merge(fresh: IdFilter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_filter, "_CHUNK", 7)
    for number in range(8):
        fresh.add(some(100, seed=number), DAY)
        fresh.save(applied=number, day=DAY)

    assert len(fresh) == 800
    assert all((fresh.days_of(some(100, seed=number)) >= 0).all() for number in range(8))


def test_a_merge_forgets_what_is_no_longer_known(fresh: IdFilter) -> None:
    for number in range(4):
        fresh.add(some(100, seed=number), DAY + number)
        fresh.save(applied=number, day=DAY + number if number < 3 else DAY + 1 + DEDUPE_DAYS)

    assert (fresh.days_of(some(100, seed=0)) == -1).all()
    assert (fresh.days_of(some(100, seed=1)) >= 0).all()
    assert len(fresh) == 300


@pytest.mark.parametrize(
    ("ledger", "applied", "reason"), [("ledger-2", 5, "of another ledger"), ("ledger-1", 4, "ahead of the ledger")]
)
def test_files_that_do_not_fit_the_ledger_are_stale(fresh: IdFilter, ledger: str, applied: int, reason: str) -> None:
    fresh.add(some(10), DAY)
    fresh.save(applied=5, day=DAY)

    with pytest.raises(StaleFilter, match=reason):
        IdFilter(fresh.directory, ledger).load(applied=applied)


def test_a_run_with_a_bit_changed_is_stale(fresh: IdFilter) -> None:
    fresh.add(some(10), DAY)
    fresh.save(applied=5, day=DAY)
    [run] = fresh.directory.glob("run-*")
    content = bytearray(run.read_bytes())
    content[33] ^= 4
    run.write_bytes(content)

    with pytest.raises(StaleFilter, match="is damaged"):
        IdFilter(fresh.directory, "ledger-1").load(applied=5)
