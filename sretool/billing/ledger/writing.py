"""The only writer of the ledger: applies the effects of a range of the journal in one transaction, or not at all."""

# ruff: noqa: S608  SQL is put together of constants here; every value is a parameter.

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

from sretool.billing.faults import fail_point
from sretool.billing.ledger import schema
from sretool.billing.ledger.generations import DEDUPE_DAYS, is_known
from sretool.billing.ledger.protocol import (
    Address,
    Aggregation,
    Effects,
    Fenced,
    FirstSeen,
    Held,
    Rollup,
    Sighting,
    UniqueValue,
)
from sretool.billing.ledger.reading import LedgerReader

_ROWS_A_STATEMENT = 50  # Inserted together: half the time of one by one.

_ROLLUP_STATEMENTS: Mapping[Aggregation, str] = {
    Aggregation.COUNT: schema.ADD_ROLLUP,
    Aggregation.SUM: schema.ADD_ROLLUP,
    Aggregation.MAX: schema.MAX_ROLLUP,
    Aggregation.LATEST: schema.LATEST_ROLLUP,
    Aggregation.UNIQUE: schema.COUNT_ROLLUP,
}


class SqliteLedger(LedgerReader):
    """The ledger in one SQLite file. A commit is durable when `apply` returns."""

    def __init__(self, connection: sqlite3.Connection, *, dedupe_days: int = DEDUPE_DAYS) -> None:
        super().__init__(connection)
        self._dedupe_days = dedupe_days
        self._parts: list[schema.Part] = []

    @classmethod
    def open(cls, path: Path, *, dedupe_days: int = DEDUPE_DAYS) -> Self:
        """Open the ledger to write in it; make it where there is none."""
        connection = schema.open_for_writing(path)
        ledger = cls(connection, dedupe_days=dedupe_days)
        with ledger._transaction():
            for statement in schema.TABLES.split(";\n"):
                connection.execute(statement)
            if ledger._one("SELECT id FROM identity") is None:
                connection.execute("INSERT INTO identity VALUES (?)", (uuid.uuid4().hex,))
        ledger._parts = schema.parts(connection)
        return ledger

    def identity(self) -> str:
        """Tells this ledger from any other."""
        return str(self._one("SELECT id FROM identity")[0])

    def acquire(self, partition: int = 0) -> int:
        """Become the only writer of a partition; returns the epoch, from which every earlier writer is fenced."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO applied VALUES (?, 0, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1", (partition,)
            )
            return int(self._one("SELECT epoch FROM applied WHERE partition = ?", partition)[0])

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        """All effects, and the applied position moves from `from_` to `to`; or nothing. Raises Fenced."""
        with self._transaction():
            standing = self._one("SELECT position, epoch FROM applied WHERE partition = ?", partition)
            if standing != (from_, epoch):
                raise Fenced(f"the ledger stands at (position, epoch) {standing}, not at {(from_, epoch)}")
            self._write(effects)
            self._connection.execute("UPDATE applied SET position = ? WHERE partition = ?", (to, partition))
            fail_point("applier.before_commit")
        self._parts = schema.parts(self._connection)

    def first_addresses(
        self, keys: Collection[bytes], day: int, *, likely_days: Mapping[bytes, int] | None = None
    ) -> dict[bytes, FirstSeen]:
        """Of ids that are known on an ingest day, where they were first seen.

        `likely_days` has the lowest byte of the day on which an id may have come: that day is asked first. All others
        are asked for what is not found there, the newest first.
        """
        known = [part for part in self._parts if is_known(part.day, day, dedupe_days=self._dedupe_days)]
        found: dict[bytes, FirstSeen] = {}
        by_likely_day: dict[int, list[bytes]] = {}
        for key, likely_day in (likely_days or {}).items():
            by_likely_day.setdefault(likely_day, []).append(key)
        for part in known:
            self._find(by_likely_day.get(part.day & 0xFF, ()), part, found)
        missing = [key for key in keys if key not in found]
        for part in known if missing else ():
            self._find(missing, part, found)
        return found

    def _find(self, keys: Iterable[bytes], part: schema.Part, found: dict[bytes, FirstSeen]) -> None:
        select = f"SELECT address FROM {part.table} WHERE key = ?"
        for key in keys:
            if key not in found and (row := self._one(select, key)) is not None:
                found[key] = FirstSeen(part.day, Address.unpacked(row[0]))

    def unique_values(self, tenant: str, customer: str, meter: str, quarter: int) -> set[str]:
        """The distinct values that a unique meter has counted."""
        whose = "tenant = ? AND customer = ? AND meter = ? AND quarter = ?"
        rows = self._all(f"SELECT value FROM rollup_unique WHERE {whose}", tenant, customer, meter, quarter)
        return {value for (value,) in rows}

    def _write(self, effects: Effects) -> None:
        execute_many = self._connection.executemany
        if effects.sightings:
            self._write_sightings(effects.sightings, effects.day)
        execute_many(schema.ADD_REPEATS, [(*of, *counts) for of, counts in effects.repeats.items()])
        execute_many(schema.ADD_HELD, [_held_row(held) for held in effects.held])
        self._write_rollups(effects.rollups)
        execute_many(schema.ADD_UNIQUE, [_unique_row(value) for value in effects.uniques])
        execute_many(schema.ADD_COUNT, sorted(effects.counts.items()))
        for hour, (count, digest) in effects.hours.items():
            self._add_to_hour(hour, count, digest)
        execute_many(
            "UPDATE quarantine SET state = ? WHERE position = ? AND idx = ?",
            [(state, address.position, address.index) for address, state in effects.states.items()],
        )
        for position, kind, body in effects.cuts:
            next_no = self.cut_no()
            self._connection.execute("INSERT INTO cuts VALUES (?, ?, ?, ?)", (next_no, position, kind, body))
        execute_many("INSERT INTO catalogs VALUES (?, ?)", effects.catalogs)
        execute_many("INSERT OR REPLACE INTO meters VALUES (?, ?)", effects.meters.items())

    def _write_sightings(self, sightings: Sequence[Sighting], day: int) -> None:
        part = self._part_for(day)
        insert = f"INSERT INTO {part.table} VALUES "
        whole = len(sightings) - len(sightings) % _ROWS_A_STATEMENT
        together = insert + ", ".join(["(?, ?, ?)"] * _ROWS_A_STATEMENT)
        execute = self._connection.execute
        for start in range(0, whole, _ROWS_A_STATEMENT):
            execute(together, tuple(chain.from_iterable(sightings[start : start + _ROWS_A_STATEMENT])))
        self._connection.executemany(f"{insert} (?, ?, ?)", sightings[whole:])
        execute("UPDATE generations SET ids = ids + ? WHERE day = ? AND part = ?", (len(sightings), *part))

    def _part_for(self, day: int) -> schema.Part:
        """Where new ids of an ingest day go: the newest part, or a new one when that is full."""
        newest = self._one("SELECT part, ids FROM generations WHERE day = ? ORDER BY part DESC LIMIT 1", day)
        if newest is not None and newest[1] < schema.PART_IDS:
            return schema.Part(day, newest[0])
        if newest is None:
            self._forget_before(day)
        part = schema.Part(day, 0 if newest is None else newest[0] + 1)
        schema.create_part(self._connection, part)
        return part

    def _forget_before(self, day: int) -> None:
        """Forget the ids that are no longer known on a day."""
        for part in schema.parts(self._connection):
            if not is_known(part.day, day, dedupe_days=self._dedupe_days):
                schema.drop_part(self._connection, part)
                self._connection.execute("DELETE FROM repeats WHERE day = ?", (part.day,))

    def _write_rollups(self, rollups: Sequence[Rollup]) -> None:
        by_aggregation: dict[Aggregation, list[tuple[Any, ...]]] = {}
        for rollup in rollups:
            row = (*rollup.cell, rollup.events, *rollup.limbs, rollup.latest_us, rollup.latest_id)
            by_aggregation.setdefault(rollup.aggregation, []).append(row)
        for aggregation, rows in by_aggregation.items():
            rows.sort(key=lambda row: row[:5])
            self._connection.executemany(_ROLLUP_STATEMENTS[aggregation], rows)

    def _add_to_hour(self, hour: int, count: int, digest: int) -> None:
        before = self._one("SELECT count, digest FROM hour_digest WHERE ingest_hour = ?", hour) or (0, 0)
        summed = (before[1] + digest) % 2**64
        signed = summed - 2**64 if summed >= 2**63 else summed
        self._connection.execute(
            "INSERT OR REPLACE INTO hour_digest VALUES (?, ?, ?)", (hour, before[0] + count, signed)
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # A full disk may have rolled it back already.
                self._connection.execute("ROLLBACK")
            raise


def _held_row(held: Held) -> tuple[Any, ...]:
    where = (held.address.position, held.address.index)
    return (
        *where,
        held.tenant,
        held.transaction_id,
        held.customer_id,
        held.reason,
        held.kind,
        held.state,
        held.ingest_us,
    )


def _unique_row(unique: UniqueValue) -> tuple[Any, ...]:
    return (*unique.cell, unique.value)
