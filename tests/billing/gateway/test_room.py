"""Usage stops before the disk is full, so that the ledger can go on."""

import pytest
from billing.gateway.running import Running, batch

from sretool.billing.directory import FREE_BYTES_MIN, RESERVE_BYTES, DataDirectory
from sretool.billing.gateway.room import Room


@pytest.fixture
def directory(tmp_path) -> DataDirectory:
    return DataDirectory(tmp_path)


def room(directory: DataDirectory, free: int) -> Room:
    return Room(directory, free_bytes=lambda _: free)


@pytest.mark.parametrize(("free", "is_left"), [(FREE_BYTES_MIN, True), (FREE_BYTES_MIN - 1, False)])
def test_usage_stops_short_of_what_makes_the_reserve_be_given_up(directory, free, is_left):
    directory.hold_reserve(4096)

    assert room(directory, free).is_left() is is_left


@pytest.mark.parametrize("free", [FREE_BYTES_MIN, RESERVE_BYTES + FREE_BYTES_MIN - 1])
def test_a_reserve_that_was_given_up_is_not_for_usage(directory, free):
    assert not room(directory, free).is_left()


def test_usage_is_taken_again_when_there_is_room_for_a_reserve(directory):
    assert room(directory, RESERVE_BYTES + FREE_BYTES_MIN).is_left()


def test_on_a_nearly_full_disk_usage_gets_503_and_decisions_are_taken(gateway: Running):
    gateway.gateway.writer.room = Room(gateway.directory, free_bytes=lambda _: 0)

    refused, ready = gateway.ingest(batch()), gateway.get("/readyz")
    decided = gateway.admin("POST", "journal", {"kind": "DISCARD", "body": {"position": 0, "index": 0, "reason": "x"}})

    assert (refused.status, ready.status, decided.status) == (503, 503, 200)
    assert (gateway.batches(), gateway.outcomes()) == ([], {"error": 1})
