"""A service that has followed a journal starts with that journal, or says in a sentence why it does not."""

import shutil

import pytest

from sretool.billing.ahead import open_journal
from sretool.billing.directory import DataDirectory
from sretool.billing.invoices.store import Store as InvoiceStore
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.ledger import Effects, SqliteLedger
from sretool.billing.recount.store import Store as RecountStore
from sretool.billing.serve import CannotServe, ServeOptions, serve


def followed(directory: DataDirectory, name: str, position: int) -> None:
    """Say in one of the databases that the journal was followed up to a position."""
    if name == "ledger.db":
        ledger = SqliteLedger.open(directory.ledger)
        ledger.apply(0, ledger.acquire(), from_=0, to=position, effects=Effects(1))
        ledger.close()
    elif name == "invoices.db":
        invoices = InvoiceStore(directory.invoices)
        invoices.set_progress("position", position)
        invoices.close()
    else:
        recount = RecountStore(directory.recount)
        recount.many("UPDATE progress SET position = ?", [(position,)])
        recount.close()


@pytest.mark.parametrize("name", ["ledger.db", "invoices.db", "recount.db"])
@pytest.mark.parametrize("is_journal_there", [False, True])
def test_what_was_made_of_a_longer_journal_keeps_the_service_from_starting(tmp_path, name, is_journal_there):
    directory = DataDirectory(tmp_path)
    directory.create()
    end = 0
    if is_journal_there:
        journal = SegmentJournal.open(directory.journal)
        end = journal.append_group([Pending(Kind.BATCH, "acme", 1, b"[]")])[0].end
        journal.close()
    followed(directory, name, 3_411_775)
    before = sorted(path.name for path in directory.journal.iterdir())

    with pytest.raises(CannotServe, match=rf"ends at {end}, but was followed by {name} to 3411775.*remedy: restore"):
        serve(ServeOptions(directory, port=0, processes=()), announce=lambda _: None)

    with JournalReader(directory.journal) as reader:
        assert reader.durable_end() == end
    assert sorted(path.name for path in directory.journal.iterdir()) == before
    assert not directory.catalog.exists()


def journal_of(directory: DataDirectory, *, batches: int) -> SegmentJournal:
    """The journal of a directory, opened as a start does and closed again."""
    directory.create()
    journal = open_journal(directory)
    for _ in range(batches):
        journal.append_group([Pending(Kind.BATCH, "acme", 1, b"[]")])
    journal.close()
    return journal


@pytest.mark.parametrize("name", ["ledger.db", "invoices.db", "recount.db"])
def test_another_journal_that_is_longer_keeps_the_service_from_starting(tmp_path, name):
    directory, other = DataDirectory(tmp_path / "data"), DataDirectory(tmp_path / "other")
    followed(directory, name, journal_of(directory, batches=1).durable_end)
    journal_of(other, batches=2)
    shutil.rmtree(directory.journal)
    other.journal.rename(directory.journal)

    for _ in range(2):
        with pytest.raises(CannotServe, match=rf"is not the journal that {name} was made of; remedy: restore"):
            serve(ServeOptions(directory, port=0, processes=()), announce=lambda _: None)


def test_a_journal_is_the_same_across_starts_and_segments(tmp_path):
    directory = DataDirectory(tmp_path)
    first = journal_of(directory, batches=1)
    followed(directory, "ledger.db", first.durable_end)

    rolled = SegmentJournal.open(directory.journal, segment_bytes=1)
    rolled.append_group([Pending(Kind.BATCH, "acme", 1, b"[]")])
    rolled.close()

    assert {rolled.identity, journal_of(directory, batches=1).identity} == {first.identity}


def test_where_nothing_was_made_of_a_journal_another_one_may_take_its_place(tmp_path):
    directory = DataDirectory(tmp_path)
    first = journal_of(directory, batches=1)
    shutil.rmtree(directory.journal)

    second = journal_of(directory, batches=1)
    followed(directory, "ledger.db", second.durable_end)

    assert journal_of(directory, batches=1).identity == second.identity != first.identity
