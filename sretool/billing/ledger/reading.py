"""What any process may ask of the ledger. Every answer is of whole bulks: what is being applied is not seen."""

# ruff: noqa: S608  SQL is put together of constants here; every value is a parameter.

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from sretool.billing.ledger import rollups, schema
from sretool.billing.ledger.protocol import (
    COUNTED,
    OUTCOMES,
    QUARANTINED,
    QUARTER_US,
    Address,
    Aggregation,
    CustomerKey,
    EventState,
    EventTotals,
    Held,
    LateUsage,
    MeterQuantity,
    Usage,
    id_key,
    packed_position,
)
from sretool.billing.quantity import PICO_PER_UNIT, Limbs, from_limbs

_HELD = "position, idx, tenant, transaction_id, customer_id, reason, kind, ingest_us, state"
_ROLLUP = "tenant, customer, meter, count, a, b, c, latest_us, latest_id"


class LedgerReader:
    """Queries over a connection, for one thread at a time. `close` it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> LedgerReader:
        """Read only. Raises sqlite3.OperationalError while there is no ledger."""
        return cls(schema.open_for_reading(path))

    @classmethod
    def open_if_made(cls, path: Path) -> LedgerReader | None:
        """Read only; None while there is no ledger, or its tables are not made. Raises sqlite3.OperationalError."""
        if not path.exists():
            return None
        reader = cls.open(path)
        try:
            reader.applied()
        except sqlite3.OperationalError as error:
            reader.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # Which is what a table that is not there gives.
                raise
            return None
        return reader

    def close(self) -> None:
        self._connection.close()

    def applied(self, partition: int = 0) -> int:
        """The position up to which the journal has been applied."""
        row = self._one("SELECT position FROM applied WHERE partition = ?", partition)
        return 0 if row is None else row[0]

    def counts(self) -> dict[str, int]:
        """Events by their first outcome; every outcome is there."""
        return dict.fromkeys(OUTCOMES, 0) | dict(self._all("SELECT outcome, events FROM counts"))

    def hours(self) -> dict[int, tuple[int, int]]:
        """By ingest hour, how many events were counted and the sum mod 2**64 of the hashes of their ids."""
        rows = self._all("SELECT ingest_hour, count, digest FROM hour_digest")
        return {hour: (count, digest % 2**64) for hour, count, digest in rows}

    def cut_no(self) -> int:
        """How many cuts have been applied: under this number the next events are."""
        return int(self._one("SELECT count(*) FROM cuts")[0])

    def catalog(self) -> bytes | None:
        """The body of the catalogue record that was applied last."""
        row = self._one("SELECT body FROM catalogs ORDER BY position DESC LIMIT 1")
        return None if row is None else row[0]

    # --- usage

    def usage(
        self,
        start_us: int,
        end_us: int,
        *,
        upto_cut_no: int | None = None,
        customers: Iterable[tuple[str, str]] | None = None,
    ) -> list[Usage]:
        """Usage in [start_us, end_us) of events applied under a cut number up to `upto_cut_no`, or of all.

        Sorted by tenant, customer and meter; there is none for a meter that has counted nothing. Both instants are
        whole quarter-hours, as every bound of a local day is since 1972.
        """
        for instant in (start_us, end_us):
            if instant % QUARTER_US:
                raise ValueError(f"{instant} is not a whole quarter-hour")
        within = "quarter >= ? AND quarter < ? AND cut_no <= ?"
        bounds = (start_us // QUARTER_US, end_us // QUARTER_US, rollups.NO_CUT if upto_cut_no is None else upto_cut_no)
        with self._snapshot():
            how = self.aggregations()
            of_kind = {kind: [meter for meter, own in how.items() if own is kind] for kind in Aggregation}
            if customers is None:
                return self._usage_where(within, bounds, of_kind)
            whose = f"tenant = ? AND customer = ? AND {within}"
            each = sorted(set(customers))
            return [row for customer in each for row in self._usage_where(whose, (*customer, *bounds), of_kind)]

    def quantities(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        upto_cut_no: int | None,
        meters: Mapping[str, Aggregation],
    ) -> Iterator[MeterQuantity]:
        """What meters come to for all customers from `first` to `last`, both in it, in [start_us, end_us)."""
        return rollups.quantities(
            self._connection,
            first,
            last,
            start_us=start_us,
            end_us=end_us,
            upto_cut_no=upto_cut_no,
            meters=meters,
        )

    def late_usage(self, *, before_us: int, after_cut_no: int, upto_cut_no: int | None) -> Iterator[LateUsage]:
        """Who has usage before an instant that stands after a cut, and at most before another."""
        return rollups.late_usage(
            self._connection, before_us=before_us, after_cut_no=after_cut_no, upto_cut_no=upto_cut_no
        )

    def event_totals(self) -> EventTotals:
        """How many events there are, as of one instant."""
        with self._snapshot():
            return rollups.event_totals(self._connection, self.applied())

    def _usage_where(
        self, where: str, parameters: tuple[Any, ...], of_kind: Mapping[Aggregation, list[str]]
    ) -> list[Usage]:
        usages = [
            *self._counted(where, parameters, of_kind[Aggregation.COUNT]),
            *self._summed(where, parameters, of_kind[Aggregation.SUM]),
            *self._picked(where, parameters, of_kind[Aggregation.MAX], by=slice(4, 7)),
            *self._picked(where, parameters, of_kind[Aggregation.LATEST], by=slice(7, 9)),
            *self._distinct(where, parameters, of_kind[Aggregation.UNIQUE]),
        ]
        return sorted(usages)

    def _counted(self, where: str, parameters: tuple[Any, ...], meters: list[str]) -> Iterator[Usage]:
        for row in self._summed(where, parameters, meters):
            yield replace(row, quantity_pico=row.count * PICO_PER_UNIT)

    def _summed(self, where: str, parameters: tuple[Any, ...], meters: list[str]) -> Iterator[Usage]:
        rows = self._of_meters(
            f"SELECT tenant, customer, meter, sum(count), sum(a), sum(b), sum(c) FROM rollup WHERE {where} AND meter IN"
            f" ({_marks(meters)}) GROUP BY tenant, customer, meter",
            parameters,
            meters,
        )
        for tenant, customer, meter, count, *limbs in rows:
            yield Usage(tenant, customer, meter, count, from_limbs(*limbs))

    def _picked(self, where: str, parameters: tuple[Any, ...], meters: list[str], *, by: slice) -> Iterator[Usage]:
        """The quantity of the row whose columns `by` are greatest."""
        rows = self._of_meters(
            f"SELECT {_ROLLUP} FROM rollup WHERE {where} AND meter IN ({_marks(meters)})"
            " ORDER BY tenant, customer, meter",
            parameters,
            meters,
        )
        for (tenant, customer, meter), same in groupby(rows, key=lambda row: row[:3]):
            cells = list(same)
            greatest = max(cells, key=lambda row: row[by])
            quantity = from_limbs(*Limbs(*greatest[4:7]))
            yield Usage(tenant, customer, meter, sum(row[3] for row in cells), quantity)

    def _distinct(self, where: str, parameters: tuple[Any, ...], meters: list[str]) -> Iterator[Usage]:
        counts = self._of_meters(
            f"SELECT tenant, customer, meter, sum(count) FROM rollup WHERE {where} AND meter IN ({_marks(meters)})"
            " GROUP BY tenant, customer, meter",
            parameters,
            meters,
        )
        values = self._of_meters(
            f"SELECT tenant, customer, meter, count(DISTINCT value) FROM rollup_unique WHERE {where}"
            f" AND meter IN ({_marks(meters)}) GROUP BY tenant, customer, meter",
            parameters,
            meters,
        )
        distinct = {row[:3]: row[3] for row in values}
        for tenant, customer, meter, count in counts:
            yield Usage(tenant, customer, meter, count, distinct.get((tenant, customer, meter), 0) * PICO_PER_UNIT)

    def _of_meters(self, sql: str, parameters: tuple[Any, ...], meters: list[str]) -> list[Any]:
        return self._connection.execute(sql, (*parameters, *meters)).fetchall() if meters else []

    def aggregations(self) -> dict[str, Aggregation]:
        """Of every meter that any applied catalogue had; what a meter's name means never changes."""
        return {
            name: Aggregation(aggregation) for name, aggregation in self._all("SELECT name, aggregation FROM meters")
        }

    # --- single events

    def event_state(self, tenant: str, transaction_id: str) -> EventState | None:
        """None for an id that is not known, or not yet."""
        key = id_key(tenant, transaction_id)
        for part in schema.parts(self._connection):
            row = self._one(f"SELECT address, outcome FROM {part.table} WHERE key = ?", key)
            if row is not None:
                address = Address.unpacked(row[0])
                repeats = self._one(
                    "SELECT duplicates, conflicts FROM repeats WHERE day = ? AND key = ?", part.day, key
                )
                outcome = QUARANTINED if row[1] else COUNTED
                duplicates, conflicts = repeats or (0, 0)
                return EventState(outcome, address, duplicates, conflicts, self.held(address))
        return None

    def held(self, address: Address) -> Held | None:
        """What stands in quarantine for the event at an address, whatever its state."""
        row = self._one(
            f"SELECT {_HELD} FROM quarantine WHERE position = ? AND idx = ?", address.position, address.index
        )
        return None if row is None else _held(row)

    def quarantine(
        self, tenant: str, *, state: str | None = "held", after: Address | None = None, limit: int = 100
    ) -> list[Held]:
        """A tenant's quarantine in the order of the journal, from behind an address; any state if None is asked for."""
        condition = "tenant = ? AND (position, idx) > (?, ?)"
        parameters: list[Any] = [tenant, -1, -1] if after is None else [tenant, after.position, after.index]
        if state is not None:
            condition += " AND state = ?"
            parameters.append(state)
        sql = f"SELECT {_HELD} FROM quarantine WHERE {condition} ORDER BY position, idx LIMIT ?"
        return [_held(row) for row in self._all(sql, *parameters, limit)]

    def quarantine_oldest_us(self) -> int | None:
        """When the oldest event came that is still held."""
        oldest: int | None = self._one("SELECT min(ingest_us) FROM quarantine WHERE state = 'held'")[0]
        return oldest

    def newest_day(self) -> int:
        """The last ingest day on which an id came; 0 before the first."""
        return max((part.day for part in schema.parts(self._connection)), default=0)

    def keys_after(self, position: int, *, from_day: int) -> Iterator[tuple[int, list[bytes]]]:
        """Ids first seen at or after a position of the journal, with their ingest day, many at a time."""
        for part in schema.parts(self._connection):
            if part.day < from_day:
                break
            cursor = self._connection.execute(
                f"SELECT key FROM {part.table} WHERE address >= ?", (packed_position(position),)
            )
            while rows := cursor.fetchmany(200_000):
                yield part.day, [key for (key,) in rows]

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Let several queries see one state."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def _one(self, sql: str, *parameters: Any) -> Any:
        return self._connection.execute(sql, parameters).fetchone()

    def _all(self, sql: str, *parameters: Any) -> list[Any]:
        return self._connection.execute(sql, parameters).fetchall()


def _marks(meters: list[str]) -> str:
    return ", ".join("?" * len(meters))


def _held(row: tuple[Any, ...]) -> Held:
    position, index, *rest = row
    return Held(Address(position, index), *rest)
