"""The only writer of the ledger: applies the effects of a range of the journal in one transaction, or not at all."""

# ruff: noqa: S608  SQL is put together of constants here; every value is a parameter.

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
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
        self._days: list[int] = []

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
        ledger._days = schema.generations(connection)
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
        if effects.sightings and effects.day not in self._days:
            self._days = schema.generations(self._connection)

    def first_addresses(self, keys: Collection[bytes], day: int) -> dict[bytes, FirstSeen]:
        """Of ids that are known on an ingest day, where they were first seen. The newest days are asked first."""
        found: dict[bytes, FirstSeen] = {}
        missing = set(keys)
        for first_day in self._days:
            if not missing:
                break
            if not is_known(first_day, day, dedupe_days=self._dedupe_days):
                continue
            select = f"SELECT address FROM {schema.generation(first_day)} WHERE key = ?"
            for key in sorted(missing):
                row = self._one(select, key)
                if row is not None:
                    found[key] = FirstSeen(first_day, Address.unpacked(row[0]))
            missing.difference_update(found)
        return found

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
        if day not in self._days:
            self._begin_generation(day)
        insert = f"INSERT INTO {schema.generation(day)} VALUES "
        whole = len(sightings) - len(sightings) % _ROWS_A_STATEMENT
        together = insert + ", ".join(["(?, ?, ?)"] * _ROWS_A_STATEMENT)
        execute = self._connection.execute
        for start in range(0, whole, _ROWS_A_STATEMENT):
            execute(together, tuple(chain.from_iterable(sightings[start : start + _ROWS_A_STATEMENT])))
        self._connection.executemany(f"{insert} (?, ?, ?)", sightings[whole:])

    def _begin_generation(self, day: int) -> None:
        """Make a table for the ids of a new day, and forget those that nobody can send again."""
        for old in schema.generations(self._connection):
            if not is_known(old, day, dedupe_days=self._dedupe_days):
                self._connection.execute(f"DROP TABLE {schema.generation(old)}")
                self._connection.execute("DELETE FROM repeats WHERE day = ?", (old,))
        self._connection.execute(schema.create_generation(day))

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
