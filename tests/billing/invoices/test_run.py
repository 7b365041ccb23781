"""The fold: the same documents however often it is interrupted, the rounding fault, amounts that only grow."""

from pathlib import Path

import pytest
from billing.invoices.books import STANDARD, Books, catalog

from sretool.billing.invoices import cuts as cuts_module
from sretool.billing.invoices import run as run_module
from sretool.billing.invoices.controls import Cut
from sretool.billing.periods import billing_period


class Interrupted(RuntimeError):
    pass


def many(path: Path | str = ":memory:", *, chunk: int = 3) -> Books:
    names = [f"c{number}" for number in range(10)]
    books = Books(path, first=catalog("\n".join(f"    {name}: {STANDARD}" for name in names)), chunk=chunk)
    for number, name in enumerate(names):
        books.use("calls", number, "2026-01-10", customer=name)
    return books


def rows(books: Books) -> list[tuple[object, ...]]:
    tables = ("documents", "lines", "drawdowns", "customers", "due", "totals", "progress")
    return [row for table in tables for row in books.store.connection.execute(f"SELECT * FROM {table}").fetchall()]


def test_one_cut_makes_a_document_of_everybody():
    books = many()
    books.cut("2026-01")

    totals = books.store.connection.execute("SELECT customer, total_minor FROM documents ORDER BY customer").fetchall()

    assert totals == [(f"c{number}", number) for number in range(10)]


@pytest.mark.parametrize("point", ["biller.before_commit", "biller.after_commit"])
@pytest.mark.parametrize("visit", [1, 2, 3, 4, 5])
def test_a_run_that_is_interrupted_anywhere_is_resumed_to_the_same_documents(
    monkeypatch: pytest.MonkeyPatch, point: str, visit: int
):
    uninterrupted, books = many(), many()
    uninterrupted.cut("2026-01")
    visits = iter(range(1, 100))

    def die(name: str) -> None:
        if name == point and next(visits) == visit:
            raise Interrupted

    for module in (cuts_module, run_module):
        monkeypatch.setattr(module, "fail_point", die)
    with pytest.raises(Interrupted):
        books.cut("2026-01")
    monkeypatch.undo()
    books.new_run(chunk=2).advance(2**60)

    assert rows(books) == rows(uninterrupted)


def test_a_decision_is_followed_once():
    books = many()
    books.cut("2026-01")
    before = rows(books)

    assert books.new_run().advance(2**60) == 0
    assert rows(books) == before


def test_a_decision_waits_until_the_ledger_has_passed_it():
    books = Books()
    period = billing_period("UTC", books.store.catalog(100).customers["acme"]["c"].from_day)
    position = books.append(Cut(period.start_us, period.end_us, period.end_us))

    assert books.run.advance(position + 99) == 0
    assert books.run.advance(position + 100) == 1


def test_ids_are_the_same_wherever_a_document_is_made():
    books = Books()
    books.cut("2026-01")

    # As sha1sum and RFC 9562 say for "acme|c|1767225600000000|1" in the namespace of documents.
    assert books.document("2026-01").id == "5c908840-8159-5b06-bd45-82ab53ff505d"


def test_the_rounding_fault_is_on_the_invoice_and_gone_after_void_and_reissue():
    books = Books()
    books.use("calls", 100, "2026-01-10")
    books.faults.add("rounding-bug")
    books.cut("2026-01")
    books.faults.clear()
    books.void(books.document("2026-01"))

    assert [books.shown("2026-01", version=version).total for version in (1, 2)] == [101, 100]


def test_what_a_fault_billed_too_much_is_corrected_by_the_next_invoice():
    books = Books()
    books.use("calls", 100, "2026-01-10")
    books.faults.add("rounding-bug")
    books.cut("2026-01")
    books.faults.clear()
    late = books.late()
    books.cut("2026-02")

    assert late == {"EUR": -1}
    assert books.shown("2026-02").lines == [("2026-02", "calls", 0), ("+2026-01", "calls", -1)]


def test_amounts_are_cumulative_and_kept():
    books = Books()
    books.use("calls", 100, "2026-01-10")
    books.cut("2026-01")
    books.void(books.document("2026-01"))

    totals = {name: books.store.totals(name) for name in ("billed", "voided", "finalized")}

    assert totals == {"billed": {"EUR": 200}, "voided": {"EUR": 100}, "finalized": {"": 2}}


def test_the_digest_changes_with_what_a_document_is_made_of():
    one, other = many(), many()
    other.use("calls", 0, "2026-01-11", customer="c3")
    other.use("calls", 5, "2026-01-11", customer="c4")
    for books in (one, other):
        books.cut("2026-01")

    def digests(books: Books) -> list[str]:
        found = books.store.connection.execute("SELECT digest FROM documents ORDER BY customer")
        return [digest for (digest,) in found]

    differ = [mine != theirs for mine, theirs in zip(digests(one), digests(other), strict=True)]
    assert differ == [number == 4 for number in range(10)]
