"""Reading a piece of the journal while the one before is counted."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from sretool.billing.journal import Record
from sretool.billing.recount.advance import Source


class ReadAhead:
    """A source of records, which only a thread of this one's own asks, as a journal's reader wants it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._thread = ThreadPoolExecutor(1)
        self._next: tuple[int, Future[list[Record]]] | None = None  # records from a position on

    def durable_end(self) -> int:
        return self._thread.submit(self._source.durable_end).result()

    def read(self, after: int, max_bytes: int) -> list[Record]:
        """As the source says. What was read ahead may be less than there is by now, but it is never taken for none."""
        begun, self._next = self._next, None
        records = begun[1].result() if begun is not None and begun[0] == after else []
        if not records:
            records = self._thread.submit(self._source.read, after, max_bytes).result()
        if records:
            end = records[-1].end
            self._next = end, self._thread.submit(self._source.read, end, max_bytes)
        return records

    def at(self, position: int) -> Record:
        return self._thread.submit(self._source.at, position).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
