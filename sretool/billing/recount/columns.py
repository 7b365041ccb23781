"""Batches as columns: DuckDB reads their JSON, checks it, and adds usage up, many events at a time.

It is sure of a batch, or says that it is not; then `reading` and `metering` decide. Sure means, of printable ASCII
without a backslash: every event has the known fields, once, as text; what is outside of strings holds no more quotes,
commas and brackets than these fields and flat properties account for, so that nothing else stands there; the timestamp
is of this century and has at most six decimals; the customer is known, and every meter of the event's type finds what
it asks for. Amounts are DECIMAL(28, 12), and sums of them DECIMAL(38, 12): exact, or an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any, NamedTuple

import duckdb
import numpy as np

from sretool.billing.journal import Record
from sretool.billing.recount.accumulator import CellRow
from sretool.billing.recount.ids import Addresses, Hashes, hashes_of
from sretool.billing.recount.meter_columns import MeterColumns
from sretool.billing.recount.metering import Meters
from sretool.billing.recount.tally import INDEXES

PART_EVENTS = 20_000
_SURE = """
CREATE TEMP TABLE sure AS
SELECT n FROM (
    SELECT n, count(*) AS events, sum(quotes) AS quotes, sum(commas) AS commas, sum(braces) AS braces,
        bool_and(is_sure AND customers.customer IS NOT NULL) AS is_sure
    FROM used LEFT JOIN customers USING (tenant, customer) GROUP BY n
) AS found JOIN batches USING (n)
WHERE found.is_sure AND found.events = batches.events AND found.quotes = batches.quotes
    AND found.commas + found.events - 1 = batches.commas AND found.braces = batches.braces
"""
_IDS = "SELECT n, string_agg(id, chr(10) ORDER BY i) FROM used SEMI JOIN sure USING (n) GROUP BY n ORDER BY n"
_OF_SURE = "used SEMI JOIN sure USING (n)"

_NO_HASHES: Hashes = np.array([], dtype=np.uint64)
_NO_ADDRESSES: Addresses = np.array([], dtype=np.int64)

Value = tuple[str, str, str, int, str]  # tenant, customer, meter, quarter-hour, value


class Part:
    """Some batches of a run, on their way through DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, records: Sequence[Record], columns: MeterColumns) -> None:
        texts = [(record, _text_of(record)) for record in records]
        self.doubtful = [record for record, text in texts if text is None]
        self._texts = [text for _, text in texts if text is not None]
        self._records = [record for record, text in texts if text is not None]
        self._connection = connection
        self._columns = columns
        self.positions = frozenset[int]()  # of the sure batches
        self.hashes, self.addresses = _NO_HASHES, _NO_ADDRESSES  # of their ids

    def read(self) -> None:
        """Sort batches into sure and doubtful ones, and find the ids of the sure ones."""
        try:
            sure = self._sure()
        except duckdb.InvalidInputException:  # One malformed text spoils a statement, and does not say which it is.
            sure = {}
        self.doubtful += [record for n, record in enumerate(self._records) if n not in sure]
        records = [self._records[n] for n in sure]
        self.positions = frozenset(record.position for record in records)
        keys = [_keys(record, ids) for record, ids in zip(records, sure.values(), strict=True)]
        if keys:
            self.hashes = hashes_of(chain.from_iterable(keys))
            self.addresses = np.concatenate(
                [record.position * INDEXES + np.arange(len(some)) for record, some in zip(records, keys, strict=True)]
            )

    def _sure(self) -> dict[int, str]:
        """The ids, as lines of text in quotes, of each batch that DuckDB is sure of."""
        if not self._texts:
            return {}
        self._connection.register("batches", _table(self._texts))
        self._connection.execute(self._columns.used)
        if not all(map(_are_names, self._rows("SELECT DISTINCT keys FROM used WHERE keys IS NOT NULL"))):
            return {}
        self._connection.execute(_SURE)
        return dict(self._rows(_IDS))

    def add_up(self, left_out: Sequence[tuple[int, int]]) -> list[Value]:
        """Add the sure batches to the totals, but for events at some positions and indexes; the distinct values."""
        if not self.positions:
            return []
        source = _OF_SURE
        if left_out:
            numbers = {record.position: n for n, record in enumerate(self._records)}
            places = {
                "n": np.array([numbers[position] for position, _ in left_out], dtype=np.int64),
                "i": np.array([index + 1 for _, index in left_out], dtype=np.int64),
            }
            self._connection.register("left_out", places)
            source = f"{_OF_SURE} ANTI JOIN left_out USING (n, i)"
        if self._columns.totals:
            sums = self._columns.sums.format(source=source)
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS totals AS FROM ({sums}) WHERE false")
            self._connection.execute(f"INSERT INTO totals {sums}")
        return [
            (tenant, customer, meter, quarter, value)
            for meter, query in self._columns.distinct.items()
            for tenant, customer, quarter, value in self._rows(query.format(source=source))
        ]

    def close(self) -> None:
        self._connection.close()

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()


class Columns:
    """Reads runs of batches on all cores. What DuckDB does holds no lock of Python's."""

    def __init__(self) -> None:
        self._database = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
        self._pool = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1))
        self._meters: Meters | None = None
        self._columns: MeterColumns | None = None

    def parts(self, batches: Sequence[Record], meters: Meters) -> Iterator[Part]:
        """The batches in parts, in order, each of them read. Parts are to be closed."""
        columns = self._columns_of(meters)
        futures: list[Future[Part]] = [self._pool.submit(self._part, some, columns) for some in _parted(batches)]
        for future in futures:
            yield future.result()

    def take_totals(self, *, cut_no: int) -> Iterator[tuple[str, list[CellRow]]]:
        """What parts have added up since this was asked last: cells, by aggregation, of the meters of that time."""
        if self._database.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'totals'").fetchall():
            assert self._columns is not None, "parts have columns"
            for meter, aggregation, query in self._columns.totals:
                yield aggregation, self._database.execute(query, [meter, cut_no]).fetchall()
            self._database.execute("DROP TABLE totals")

    def _part(self, records: Sequence[Record], columns: MeterColumns) -> Part:
        part = Part(self._database.cursor(), records, columns)
        part.read()
        return part

    def _columns_of(self, meters: Meters) -> MeterColumns:
        if self._columns is None or self._meters is not meters:
            self._meters, self._columns = meters, MeterColumns(meters)
            self._database.execute("CREATE OR REPLACE TABLE customers(tenant VARCHAR, customer VARCHAR)")
            for tenant, names in meters.customers.items():
                plain = [f'"{name}"' for name in sorted(names) if name.isascii()]
                self._database.execute("INSERT INTO customers SELECT ?, unnest(?::VARCHAR[])", [tenant, plain])
        return self._columns

    def close(self) -> None:
        self._pool.shutdown()
        self._database.close()


def _parted(batches: Sequence[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    events = 0
    for record in batches:
        part.append(record)
        events += record.count
        if events >= PART_EVENTS:
            yield part
            part, events = [], 0
    if part:
        yield part


class _Text(NamedTuple):
    """A batch as DuckDB gets it, and how often what builds JSON stands in it."""

    body: str
    tenant: str
    events: int
    quotes: int
    commas: int
    braces: int


def _text_of(record: Record) -> _Text | None:
    """None where the body is not printable ASCII without a backslash, or a list stands in its list."""
    body = record.body
    if not body.isascii() or b"\\" in body or not 1 <= record.count <= 100 or not body.startswith(b"["):
        return None
    characters = np.frombuffer(body, dtype=np.uint8)
    quotes, commas, braces, brackets = (int(np.count_nonzero(characters == ord(one))) for one in '",{[')
    if int(characters.min()) < 32 or brackets != 1:
        return None
    return _Text(body.decode(), record.tenant, record.count, quotes, commas, braces)


def _table(texts: Sequence[_Text]) -> dict[str, Any]:
    columns = dict(zip(_Text._fields, zip(*texts, strict=True), strict=True))
    table: dict[str, Any] = {"n": np.arange(len(texts))}
    for name, values in columns.items():
        table[name] = np.array(values, dtype=object if name in {"body", "tenant"} else np.int64)
    return table


def _keys(record: Record, ids: str) -> list[bytes]:
    """What a batch's ids are known by: tenant, NUL, id. No id has a quote or a line's end in it."""
    prefix = f"{record.tenant}\0"
    return (prefix + ids[1:-1].replace('"\n"', f"\n{prefix}")).encode().split(b"\n")


def _are_names(row: tuple[list[str]]) -> bool:
    """Whether these can be the names of an event's properties: each once."""
    (names,) = row
    return len(names) <= 32 and len(set(names)) == len(names) and all(len(name) <= 64 for name in names)
