"""Where an event belongs is decided by its id, for ever."""

from collections import Counter

import pytest

from sretool.billing.ledger.id_hash import partition_of


def test_a_partition_never_changes() -> None:
    """A journal that lives depends on it. The hashes are those of b2sum -l 64, read as little-endian numbers."""
    ids = ["t-1", "t-2", "é", ""]

    assert [partition_of("acme", name, partitions=1000) for name in ids] == [626, 5, 57, 241]


def test_the_tenant_counts_and_ends_where_it_ends() -> None:
    pairs = [("acme", "1"), ("acme1", ""), ("zeta", "1")]

    assert len({partition_of(*pair, partitions=2**32) for pair in pairs}) == 3


def test_one_machine_has_the_first_partition_alone() -> None:
    assert {partition_of("acme", str(number), partitions=1) for number in range(100)} == {0}


@pytest.mark.parametrize("partitions", [2, 3, 8, 16, 256])
def test_ids_in_any_order_are_spread_evenly(partitions: int) -> None:
    each = 1000
    sizes = Counter(partition_of("acme", f"{n:012d}", partitions=partitions) for n in range(each * partitions))

    assert set(sizes) == set(range(partitions))
    assert max(abs(size - each) for size in sizes.values()) < 6 * each**0.5


def test_no_partition_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 0 partitions"):
        partition_of("acme", "t-1", partitions=0)
