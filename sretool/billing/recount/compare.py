"""Comparing what was recounted with what the service has, each hour and each document once.

Only what both sides have finished is compared. An ingest hour is over for a side that has taken in everything before
the first record of a later hour. A document never changes once it is issued, and rests on nothing behind its control
record, so that it can be judged as soon as it is there and the recount has passed that record; that one is lacking is
known when the biller says that it has finished the record. Whatever else the two sides do meanwhile makes no
difference.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import NamedTuple

from sretool.billing.recount import theirs
from sretool.billing.recount.bill import Due
from sretool.billing.recount.fold import due_of
from sretool.billing.recount.judge import Difference, Verdict, judge, uncalled
from sretool.billing.recount.shelf import Shelf
from sretool.billing.recount.store import Store

DOCUMENTS_AT_ONCE = 200


class Hour(NamedTuple):
    """The events of an ingest hour: how many, and the sum of their hashes modulo 2**64."""

    events: int
    digest: int


def hour_differences(store: Store, ledger: sqlite3.Connection, *, above: int, up_to: int) -> list[Difference]:
    """Where the counted events of ingest hours in (above, up_to] are not the same."""
    query = "SELECT hour, events, digest FROM hours WHERE hour > ? AND hour <= ?"
    ours = {hour: Hour(events, int(digest)) for hour, events, digest in store.rows(query, above, up_to)}
    found = {hour: Hour(*of_hour) for hour, of_hour in theirs.hours(ledger, above=above, up_to=up_to).items()}
    nothing = Hour(0, 0)
    return [
        Difference(f"ingest hour {hour}", "counted events", _said(ours.get(hour)), _said(found.get(hour)))
        for hour in sorted(ours.keys() | found.keys())
        if ours.get(hour, nothing) != found.get(hour, nothing)
    ]


def compare_hours(store: Store, ledger: sqlite3.Connection) -> bool:
    """Compare the hours that have ended for both sides, in a transaction; False if there is none."""
    query = "SELECT MAX(hour) FROM closings WHERE position <= ?"
    up_to = store.rows(query, theirs.applied(ledger))[0][0]
    if up_to is None:
        return False
    above = store.number("SELECT hour_compared FROM progress")
    differences = hour_differences(store, ledger, above=above, up_to=up_to)
    with store.transaction():
        store.count("hour_mismatch", by=len(differences))
        _keep(store, differences)
        store.many("UPDATE progress SET hour_compared = ?", [(up_to,)])
        store.many("DELETE FROM closings WHERE hour <= ?", [(up_to,)])
    return True


def compare_documents(store: Store, invoices: sqlite3.Connection, shelf: Shelf) -> bool:
    """Judge some documents that nobody has judged yet, in a transaction; False if there is nothing to note."""
    verdicts = judged(store, invoices, shelf, due_of(store, "state = 'open'", limit=DOCUMENTS_AT_ONCE))
    before, finished = store.number("SELECT issued_compared FROM progress"), _finished(store, invoices)
    if not verdicts and finished <= before:
        return False
    strays = uncalled_for(store, invoices, first=before, stop=finished)
    with store.transaction():
        for due, verdict in verdicts:
            _settle(store, due, verdict)
        for stray in strays:
            _count(store, stray.currency, (uncalled(stray),), delta_minor=abs(stray.total_minor))
        store.many("UPDATE progress SET issued_compared = ?", [(max(before, finished),)])
    return True


def judged(store: Store, invoices: sqlite3.Connection, shelf: Shelf, dues: list[Due]) -> list[tuple[Due, Verdict]]:
    """Verdicts on those documents that are issued, or that the biller says it has nothing to do for."""
    issued = theirs.issued_for(invoices, [due.id for due in dues])
    finished = _finished(store, invoices)
    ready = [due for due in dues if due.id in issued or due.control < finished]
    verdicts = []
    for place, of_customer in groupby(sorted(ready, key=_whose), key=_whose):
        books = shelf.books(*place, invoices)
        verdicts += [(due, judge(due, books, issued.get(due.id))) for due in of_customer]
    return verdicts


def _whose(due: Due) -> tuple[str, str]:
    return due.tenant, due.customer


def _finished(store: Store, invoices: sqlite3.Connection) -> int:
    """Control records before this position are folded here, and all their documents are issued there."""
    return min(store.position, theirs.billed_up_to(invoices))


def uncalled_for(store: Store, invoices: sqlite3.Connection, *, first: int, stop: int) -> list[theirs.Issued]:
    """Documents of control records at positions in [first, stop) that the journal does not call for."""
    issued = theirs.issued_between(invoices, first, stop) if first < stop else ()
    return [one for one in issued if not store.rows("SELECT 1 FROM dues WHERE id = ?", one.id)]


def _settle(store: Store, due: Due, verdict: Verdict) -> None:
    if verdict.called_for:
        state = "mismatch" if verdict.differences else "match"
        store.many("UPDATE dues SET state = ? WHERE id = ?", [(state, due.id)])
    else:  # A final document without adjustments is none, and has no later version.
        whose = (due.tenant, due.customer, due.final)
        store.many("UPDATE dues SET state = 'void' WHERE (tenant, customer, final) = (?, ?, ?)", [whose])
    if verdict.called_for or verdict.differences:
        _count(store, verdict.currency, verdict.differences, delta_minor=verdict.delta_minor)


def _count(store: Store, currency: str, differences: tuple[Difference, ...], *, delta_minor: int) -> None:
    store.count("mismatch" if differences else "match")
    if differences:
        store.count(f"delta:{currency}", by=delta_minor)
        _keep(store, differences)


def _keep(store: Store, differences: list[Difference] | tuple[Difference, ...]) -> None:
    for difference in differences:
        store.find(difference.place, difference.what, recounted=difference.recounted, found=difference.found)


def _said(hour: Hour | None) -> str:
    return "none" if hour is None else f"{hour.events} with digest {hour.digest:016x}"
