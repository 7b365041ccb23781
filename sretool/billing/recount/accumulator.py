"""Usage of a run of events, gathered in memory and added to the store at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sretool.billing.recount.calendar import QUARTER_US, cell
from sretool.billing.recount.metering import Use
from sretool.billing.recount.reading import Event
from sretool.billing.recount.store import Store

DISTINCT_MAX = 10_000  # values of a meter that one customer may have in a quarter-hour

#: Tenant, customer, meter, cell, cut, events, amount as text, and the instant and id of the latest event.
CellRow = tuple[str, str, str, int, int, int, str, int, str]

_CELL = (
    "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events"
)
_LATER = "(excluded.us, excluded.id) > (us, id)"
_UPSERTS = {
    "count": _CELL,
    "sum": f"{_CELL}, amount = exact_sum(amount, excluded.amount)",
    "max": f"{_CELL}, amount = exact_max(amount, excluded.amount)",
    "latest": f"{_CELL}, amount = CASE WHEN {_LATER} THEN excluded.amount ELSE amount END,"
    f" us = CASE WHEN {_LATER} THEN excluded.us ELSE us END, id = CASE WHEN {_LATER} THEN excluded.id ELSE id END",
}


@dataclass(slots=True)
class _Partial:
    """What a run of events adds to a cell; the instant and id are those of the latest event where that matters."""

    aggregation: str
    events: int
    amount: int
    us: int
    id: str


class Accumulator:
    """Adds events up by meter and cell."""

    def __init__(self, store: Store, *, cut_no: int) -> None:
        self._store = store
        self._cut_no = cut_no
        self._cells: dict[tuple[str, str, int], dict[str, _Partial]] = {}  # by tenant, customer, cell; by meter
        self._values: dict[tuple[str, str, str, int, str], None] = {}
        self._numbers: dict[tuple[str, str, str, int], int] = {}

    def add(self, tenant: str, event: Event, uses: Sequence[Use]) -> bool:
        """Count the event in all its meters; False, and in none of them, where a distinct value is one too many."""
        for _, aggregation, _, _ in uses:
            if aggregation == "unique":
                if not self._add_values(tenant, event, uses):
                    return False
                break
        place = (tenant, event[1], cell(event[3]))
        meters = self._cells.get(place)
        if meters is None:
            meters = self._cells[place] = {}
        for meter, aggregation, amount, _ in uses:
            if aggregation != "unique":
                self._add(meters, meter, aggregation, amount, event)
        return True

    def add_value(self, value: tuple[str, str, str, int, str]) -> bool:
        """Count a distinct value of a tenant's customer, by meter and quarter-hour; False where it is one too many."""
        if not self._has(value):
            if self._number(value[:4]) >= DISTINCT_MAX:
                return False
            self._values[value] = None
            self._numbers[value[:4]] += 1
        return True

    def _add(self, meters: dict[str, _Partial], meter: str, aggregation: str, amount: int, event: Event) -> None:
        found = meters.get(meter)
        if found is None:
            meters[meter] = _Partial(aggregation, 1, amount, event[3], event[0])
            return
        found.events += 1
        if aggregation == "sum":
            found.amount += amount
        elif aggregation == "max":
            found.amount = max(found.amount, amount)
        elif aggregation == "latest" and (event[3], event[0]) > (found.us, found.id):
            found.amount, found.us, found.id = amount, event[3], event[0]

    def _add_values(self, tenant: str, event: Event, uses: Iterable[Use]) -> bool:
        quarter = event[3] // QUARTER_US
        fresh = []
        for meter, aggregation, _, text in uses:
            value = (tenant, event[1], meter, quarter, text)
            if aggregation == "unique" and not self._has(value):
                if self._number(value[:4]) >= DISTINCT_MAX:
                    return False
                fresh.append(value)
        for value in fresh:
            self._values[value] = None
            self._numbers[value[:4]] += 1
        return True

    def _has(self, value: tuple[str, str, str, int, str]) -> bool:
        known = "SELECT 1 FROM distinct_values WHERE (tenant, customer, meter, quarter, value) = (?, ?, ?, ?, ?)"
        return value in self._values or bool(self._store.rows(known, *value))

    def _number(self, place: tuple[str, str, str, int]) -> int:
        if place not in self._numbers:
            count = "SELECT COUNT(*) FROM distinct_values WHERE (tenant, customer, meter, quarter) = (?, ?, ?, ?)"
            self._numbers[place] = self._store.number(count, *place)
        return self._numbers[place]

    def flush(self) -> None:
        """Add everything to the store."""
        rows: dict[str, list[CellRow]] = {aggregation: [] for aggregation in _UPSERTS}
        for (tenant, customer, number), meters in self._cells.items():
            for meter, one in meters.items():
                place = (tenant, customer, meter, number, self._cut_no)
                rows[one.aggregation].append((*place, one.events, str(one.amount), one.us, one.id))
        for aggregation, of_kind in rows.items():
            add_cells(self._store, aggregation, of_kind)
        self._store.many(
            "INSERT INTO distinct_values VALUES (?, ?, ?, ?, ?, ?)",
            [(*value, self._cut_no) for value in self._values],
        )


def add_cells(store: Store, aggregation: str, rows: Iterable[CellRow]) -> None:
    """Add usage of meters of one aggregation to the store's cells."""
    store.many(_UPSERTS[aggregation], rows)
