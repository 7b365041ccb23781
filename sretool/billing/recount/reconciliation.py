"""Recounting everything from the first record, in a database of its own, and listing each difference."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader
from sretool.billing.recount import theirs
from sretool.billing.recount.advance import NotThere, Recount
from sretool.billing.recount.bill import Due
from sretool.billing.recount.compare import hour_differences, judged, uncalled_for
from sretool.billing.recount.fold import due_of
from sretool.billing.recount.judge import Difference, Verdict, place_of, uncalled
from sretool.billing.recount.shelf import Shelf
from sretool.billing.recount.store import Store
from sretool.billing.recount.totals import usage_differences

#: Position reached, position to reach.
Progress = Callable[[int, int], None]
Engine = Literal["auto", "python", "duckdb"]
Opened = Callable[[Store, JournalReader], AbstractContextManager[Recount]]

_CUSTOMERS_AT_ONCE = 200


class NoEngine(Exception):
    """What was asked to recount is not installed. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What a recount from zero found. `waiting` documents are called for, and the biller has not come to them."""

    found: tuple[Difference, ...]
    events: int
    documents: int
    waiting: int
    position: int

    def __bool__(self) -> bool:
        return bool(self.found)


def reconcile(directory: DataDirectory, *, progress: Progress | None = None, engine: Engine = "auto") -> Differences:
    """Recount the whole journal and compare hours, usage, quarantine and documents with what the service has.

    The service may go on meanwhile: the ledger is compared at exactly the position that it has applied, and documents
    with all of the journal that they can rest on. The engine makes no difference but in time: `auto` is `duckdb` where
    that is installed. Raises NotThere, NoEngine, and PositionGone where retention has dropped records.
    """
    is_there = find_spec("duckdb") is not None
    if engine == "duckdb" and not is_there:
        raise NoEngine("the engine duckdb needs a package that the extra brings: pip install 'sretool[duckdb]'")
    progress = progress or (lambda _done, _all: None)
    if engine != "python" and is_there:
        from sretool.billing.recount.fast import fast_recount
        from sretool.billing.recount.ids import Unsure

        with contextlib.suppress(Unsure):
            return _reconciled(fast_recount, directory, progress)
    return _reconciled(_plain_recount, directory, progress)


@contextlib.contextmanager
def _plain_recount(store: Store, reader: JournalReader) -> Iterator[Recount]:
    yield Recount(store, reader)


def _reconciled(recount_of: Opened, directory: DataDirectory, progress: Progress) -> Differences:
    with (
        tempfile.TemporaryDirectory(prefix="sretool-recount-") as scratch,
        JournalReader(directory.journal) as reader,
        contextlib.closing(Store(Path(scratch) / "recount.db", durable=False)) as store,
        recount_of(store, reader) as recount,
    ):
        return _compared(recount, directory, progress, reader)


def _compared(recount: Recount, directory: DataDirectory, progress: Progress, reader: JournalReader) -> Differences:
    with theirs.ledger_view(directory.ledger) as ledger:
        applied = theirs.applied(ledger)
    _advance(recount, applied, progress)
    with theirs.ledger_view(directory.ledger) as ledger, ThreadPoolExecutor(1) as beside:
        applied = theirs.applied(ledger)
        summing = None if ledger is None else beside.submit(theirs.sums, ledger)
        _advance(recount, applied, progress)
        recount.settle()
        found = (
            [] if ledger is None or summing is None else _ledger_differences(recount.store, ledger, summing.result())
        )
    with theirs.invoices_view(directory.invoices) as invoices:
        # Read after the view was taken: nothing in it rests on a record behind this.
        _advance(recount, reader.durable_end(), progress)
        recount.settle()
        documents, waiting = 0, recount.store.number("SELECT COUNT(*) FROM dues")
        if invoices is not None:
            differences, documents, waiting = _document_differences(recount.store, invoices)
            found += differences
    found += _findings(recount.store)
    events = recount.store.number("SELECT SUM(value) FROM counters WHERE name GLOB 'outcome:*'")
    return Differences(tuple(found), events, documents, waiting, recount.store.position)


def _advance(recount: Recount, until: int, progress: Progress) -> None:
    while recount.store.position < until:
        if not recount.advance(until=until):
            raise NotThere(
                f"the service stands at position {until} of a journal that has no record ending there; "
                "if the machine lost power, let `sretool billing serve` start once"
            )
        progress(recount.store.position, until)


def _ledger_differences(store: Store, ledger: sqlite3.Connection, sums: theirs.Sums) -> list[Difference]:
    """Everything that the ledger derives from events, at the position that both stand at."""
    return [
        *_outcome_differences(store, ledger),
        *hour_differences(store, ledger, above=-1, up_to=2**62),
        *usage_differences(store, ledger, sums),
        *_quarantine_differences(store, ledger),
    ]


def _outcome_differences(store: Store, ledger: sqlite3.Connection) -> Iterator[Difference]:
    counters, found = store.counters(), theirs.outcomes(ledger)
    for outcome in ("counted", "duplicate", "conflict", "quarantined"):
        ours = counters.get(f"outcome:{outcome}", 0)
        if ours != found.get(outcome, 0):
            yield Difference("ledger", f"events {outcome}", str(ours), str(found.get(outcome, 0)))


def _quarantine_differences(store: Store, ledger: sqlite3.Connection) -> Iterator[Difference]:
    ours = {row[:2]: row[2:] for row in store.rows("SELECT position, number, kind, state FROM held")}
    found = {row[:2]: row[2:] for row in theirs.held(ledger)}
    for place in sorted(ours.keys() | found.keys()):
        one, other = ours.get(place, ("none",)), found.get(place, ("none",))
        if one != other:
            yield Difference(f"event {place[0]}-{place[1]}", "quarantine", " ".join(one), " ".join(other))


def _document_differences(store: Store, invoices: sqlite3.Connection) -> tuple[list[Difference], int, int]:
    """Differences, how many documents were judged, and how many the biller has not come to."""
    shelf, found, documents, waiting = Shelf(store), list[Difference](), 0, 0
    billed_up_to = theirs.billed_up_to(invoices)
    for dues in _by_customers(store):
        issued = theirs.issued_for(invoices, [due.id for due in dues])
        found += _state_differences(dues, issued.values(), billed_up_to)
        standing = [due for due in dues if due.id not in issued or issued[due.id].state == "finalized"]
        verdicts = judged(store, invoices, shelf, standing)
        documents += len(verdicts)
        waiting += len(standing) - len(verdicts)
        found += _of_those_called_for(verdicts)
    found += [uncalled(one) for one in uncalled_for(store, invoices, first=0, stop=2**62)]
    return found, documents, waiting


def _of_those_called_for(verdicts: Sequence[tuple[Due, Verdict]]) -> Iterator[Difference]:
    """Differences, but not of later versions of a final document that is none, for want of adjustments."""
    none = {(due.tenant, due.customer, due.final) for due, verdict in verdicts if not verdict.called_for}
    for due, verdict in verdicts:
        if not verdict.called_for or (due.tenant, due.customer, due.final) not in none:
            yield from verdict.differences


def _by_customers(store: Store) -> Iterator[list[Due]]:
    """All documents called for, those of some customers at a time."""
    customers = store.rows("SELECT DISTINCT tenant, customer FROM dues ORDER BY tenant, customer")
    for start in range(0, len(customers), _CUSTOMERS_AT_ONCE):
        some = customers[start : start + _CUSTOMERS_AT_ONCE]
        yield [due for whose in some for due in due_of(store, "tenant = ? AND customer = ?", *whose)]


def _state_differences(dues: Sequence[Due], issued: Iterable[theirs.Issued], billed_up_to: int) -> Iterator[Difference]:
    """Documents that one side takes for void. A void that the biller has not come to is none."""
    states = {one.id: one.state for one in issued}
    for due in dues:
        state = states.get(due.id)
        is_void = due.voided is not None and due.voided < billed_up_to
        if state == "voided" and due.voided is None:
            yield Difference(place_of(due), "state", "finalized", "voided")
        elif state == "finalized" and is_void:
            yield Difference(place_of(due), "state", "voided", "finalized")


def _findings(store: Store) -> list[Difference]:
    """What was found on the way, such as batches that cannot be read."""
    return [Difference(*row) for row in store.rows("SELECT place, what, recounted, found FROM findings")]
