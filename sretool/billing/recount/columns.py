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
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np

from sretool.billing.journal import Record
from sretool.billing.recount.accumulator import Added
from sretool.billing.recount.ids import Hashes, Unsure, hashes_of
from sretool.billing.recount.meter_columns import MeterColumns
from sretool.billing.recount.metering import Meters

PART_EVENTS = 20_000
_FIELDS = ("transaction_id", "customer_id", "event_type", "timestamp", "properties")
_STRUCTURE = "[{" + ", ".join(f'"{name}": "JSON"' for name in _FIELDS) + "}]"
_TIMESTAMP = (
    '"20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?'
    '([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"'
)
_WHOLE = "-?(0|[1-9][0-9]{0,14})"
_VALUE = f'("[^"]*"|{_WHOLE}|true|false|null)'
_PROPERTIES = f'\\{{"[^"]*":{_VALUE}(,"[^"]*":{_VALUE})*\\}}'

#: Events with their place (batch, index), instant, and what is to be counted in their batch's text.
_EVENTS = f"""
CREATE TEMP TABLE events AS
WITH items AS (
    SELECT n, tenant, generate_subscripts(items, 1) AS i, unnest(items, recursive := true)
    FROM (SELECT n, tenant, from_json(body, '{_STRUCTURE}') AS items FROM batches)
), texts AS (
    SELECT n, tenant, i, {", ".join(f"{name}::VARCHAR AS {name}" for name in _FIELDS)} FROM items
), shapes AS (
    SELECT *, regexp_full_match(timestamp, '{_TIMESTAMP}') AS is_timestamp,
        IF(timestamp[-2] IN ('Z', 'z'), 2, 7) AS zone,
        length(properties) - length(replace(properties, '"', '')) AS quotes, json_keys(properties) AS keys
    FROM texts
), instants AS (
    SELECT *, CASE WHEN is_timestamp THEN epoch_us(TRY_CAST(timestamp[2:-zone - 1] AS TIMESTAMP)) - CASE
        WHEN zone = 2 THEN 0
        ELSE (TRY_CAST(timestamp[-6:-5] AS BIGINT) * 60 + TRY_CAST(timestamp[-3:-2] AS BIGINT))
            * IF(timestamp[-7] = '-', -60000000, 60000000)
        END END AS us
    FROM shapes
)
SELECT n, tenant, i, transaction_id[2:-2] AS id, customer_id AS customer, event_type, us, properties, keys,
    16 + IF(properties IS NULL, 0, 2 + quotes) AS quotes,
    3 + IF(properties IS NULL, 0, 1 + greatest(len(keys) - 1, 0)) AS commas,
    1 + IF(properties IS NULL, 0, 1) AS braces,
    coalesce(
        starts_with(transaction_id, '"') AND length(transaction_id) BETWEEN 3 AND 130
        AND starts_with(customer_id, '"') AND length(customer_id) BETWEEN 3 AND 130
        AND starts_with(event_type, '"') AND length(event_type) BETWEEN 3 AND 66
        AND us IS NOT NULL AND us > 946684800000000
        AND CASE WHEN properties IS NULL OR properties = '{{}}' THEN true
            WHEN NOT starts_with(properties, '{{') OR length(properties) > 514 THEN false
            WHEN quotes = 4 * len(keys) THEN true
            ELSE regexp_full_match(properties, '{_PROPERTIES}') END,
    false) AS is_sure
FROM instants
"""  # noqa: S608

_SURE = """
CREATE TEMP TABLE sure AS
SELECT n FROM (
    SELECT n, count(*) AS events, sum(quotes) AS quotes, sum(commas) AS commas, sum(braces) AS braces,
        bool_and(is_sure) AS is_sure
    FROM used GROUP BY n
) AS found JOIN batches USING (n)
WHERE found.is_sure AND found.events = batches.events AND found.quotes = batches.quotes
    AND found.commas + found.events - 1 = batches.commas AND found.braces = batches.braces
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What events add up to, and the distinct values among them."""

    added: list[Added]
    values: list[tuple[str, str, str, int, str]]  # tenant, customer, meter, quarter-hour, value


@dataclass(frozen=True, slots=True)
class Ids:
    """Of one batch: the hashes of its ids, in order."""

    record: Record
    hashes: Hashes


class Part:
    """Some batches of a run, on their way through DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, records: Sequence[Record], columns: MeterColumns) -> None:
        texts = [(record, _text_of(record)) for record in records]
        self.doubtful = [record for record, text in texts if text is None]
        self._texts = [text for _, text in texts if text is not None]
        self._records = [record for record, text in texts if text is not None]
        self._connection = connection
        self._columns = columns
        self._ids: list[tuple[int, str]] = []
        self.usage = Usage([], [])

    def read(self) -> None:
        """Sort batches into sure and doubtful ones, and add the sure ones up."""
        try:
            self._read()
        except duckdb.InvalidInputException:  # One malformed text spoils a statement, and does not say which it is.
            self.doubtful += self._records
            self._ids, self.usage = [], Usage([], [])

    def _read(self) -> None:
        if not self._texts:
            return
        self._connection.register("batches", _table(self._texts))
        self._connection.execute(_EVENTS)
        if not all(map(_are_names, self._rows("SELECT DISTINCT keys FROM events WHERE keys IS NOT NULL"))):
            self.doubtful += self._records
            return
        self._connection.execute(self._columns.used)
        self._connection.execute(_SURE)
        query = (
            "SELECT n, string_agg(id, chr(10) ORDER BY i) FROM events SEMI JOIN sure USING (n) GROUP BY n ORDER BY n"
        )
        self._ids = self._rows(query)
        sure = {n for n, _ in self._ids}
        self.doubtful += [record for n, record in enumerate(self._records) if n not in sure]
        self.usage = self._usage("used SEMI JOIN sure USING (n)")

    def ids(self) -> Iterator[Ids]:
        """The ids of the sure batches."""
        for n, text in self._ids:
            record = self._records[n]
            prefix = f"{record.tenant}\0".encode()
            yield Ids(record, hashes_of([prefix + one for one in text.encode().split(b"\n")]))

    def without(self, places: Sequence[tuple[int, int]]) -> Usage:
        """Usage of the sure batches but for the events at these positions and indexes."""
        numbers = {record.position: n for n, record in enumerate(self._records)}
        left_out = {
            "n": np.array([numbers[position] for position, _ in places], dtype=np.int64),
            "i": np.array([index + 1 for _, index in places], dtype=np.int64),
        }
        self._connection.register("left_out", left_out)
        return self._usage("used SEMI JOIN sure USING (n) ANTI JOIN left_out USING (n, i)")

    def close(self) -> None:
        self._connection.close()

    def _usage(self, source: str) -> Usage:
        added: list[Added] = []
        if self._columns.measured:
            for tenant, customer, number, *figures in self._rows(self._columns.sums.format(source=source)):
                place = tenant, customer, number
                for index, meter in enumerate(self._columns.measured):
                    events, amount, us, identity = figures[4 * index : 4 * index + 4]
                    if events:
                        added.append(Added(place, *meter, events, _pico(amount), us or 0, identity or ""))
        values = [
            (tenant, customer, meter, quarter, value)
            for meter, query in self._columns.distinct.items()
            for tenant, customer, quarter, value in self._rows(query.format(source=source))
        ]
        return Usage(added, values)

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
            try:
                yield future.result()
            except duckdb.Error as error:
                raise Unsure(f"DuckDB could not do it: {error}") from error

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


def _are_names(row: tuple[list[str]]) -> bool:
    """Whether these can be the names of an event's properties: each once."""
    (names,) = row
    return len(names) <= 32 and len(set(names)) == len(names) and all(len(name) <= 64 for name in names)


def _pico(amount: str | None) -> int:
    """`12.340000000000`, of which DuckDB writes all twelve decimals, in units of 10**-12."""
    return int(amount.replace(".", "")) if amount else 0
