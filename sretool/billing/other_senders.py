"""Events in the journal that no manifest names: whether they were promised is not known, only how many there are.

The rollups hold them beside what a manifest names, so that whoever holds rollups against a number of different ids has
to count these, too: once an id, as long as an id is known.
"""

from __future__ import annotations

from collections import Counter

from sretool.billing.ledger.generations import ingest_day, is_known

IDS_MAX = 1_000_000


class OtherSenders:
    """Remembers ids up to a bound; who has more of them has no number that anything could be compared with."""

    def __init__(self, *, ids_max: int) -> None:
        self.events: Counter[str] = Counter()  # by tenant, each time that one came
        self.uncountable: set[str] = set()  # tenants
        self._ids_max = ids_max
        self._first_day: dict[int, int] = {}  # by hash, of 64 bits

    def is_new(self, tenant: str, transaction_id: str, *, ingest_us: int) -> bool:
        """Whether an event counts, since its id is not known."""
        self.events[tenant] += 1
        place, day = hash((tenant, transaction_id)), ingest_day(ingest_us)
        first_day = self._first_day.get(place)
        if first_day is not None and is_known(first_day, day):
            return False
        if first_day is None and len(self._first_day) >= self._ids_max:
            self.uncountable.add(tenant)
            return False
        self._first_day[place] = day
        return True
