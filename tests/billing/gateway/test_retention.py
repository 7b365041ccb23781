"""Old segments go only when that is asked for, and nobody can need them: not who lags, and not what waits."""

import asyncio
import json

import pytest
from billing.gateway.running import CATALOG, running

from sretool.billing.directory import DataDirectory
from sretool.billing.gateway import retention
from sretool.billing.gateway.retention import JOURNAL_DAYS_MIN, drop, keep_dropping
from sretool.billing.gateway.window import FUTURE, PAST
from sretool.billing.invoices.store import Store as InvoiceStore
from sretool.billing.journal import Appended, Kind, Pending, SegmentJournal
from sretool.billing.ledger import Address, Effects, Held, SqliteLedger, ingest_day
from sretool.billing.ledger.generations import DEDUPE_DAYS
from sretool.billing.ledger.protocol import DAY_US, id_key
from sretool.billing.recount.store import Store as RecountStore

DAY = 20_000
OLD_DAYS = JOURNAL_DAYS_MIN + 2


def old_journal(directory: DataDirectory) -> list[Appended]:
    """A catalogue and two batches of 40 days before DAY, a segment each, a batch of DAY and one of 40 days after it."""
    directory.create()
    days = iter((DAY - OLD_DAYS, DAY - OLD_DAYS, DAY - OLD_DAYS, DAY, DAY + OLD_DAYS))
    journal = SegmentJournal.open(directory.journal, clock=lambda: next(days) * DAY_US + 1, segment_bytes=1)
    catalog = Pending(Kind.CATALOG, "", 0, json.dumps({"catalog": CATALOG}).encode())
    pendings = (catalog, *(Pending(Kind.BATCH, "acme", 1, b"[]") for _ in range(4)))
    places = [journal.append_group([pending])[0] for pending in pendings]
    journal.close()
    return places


def apply(directory: DataDirectory, to: Appended, *, held: list[Held] | None = None) -> None:
    """What an applier would have left that has come so far."""
    ledger = SqliteLedger.open(directory.ledger)
    catalogs = [(0, json.dumps({"catalog": CATALOG}).encode())]
    effects = Effects(
        ingest_day(to.ingest_us),
        sightings=[(id_key("acme", "t"), Address(to.position, 0).packed(), 0)],
        held=held or [],
        counts={"counted": 3},
        catalogs=catalogs,
    )
    ledger.apply(0, ledger.acquire(), from_=ledger.applied(), to=to.end, effects=effects)
    ledger.close()


def recount(directory: DataDirectory, to: Appended) -> None:
    store = RecountStore(directory.recount)
    store.many("UPDATE progress SET position = ?, ingest_us = ?", [(to.end, to.ingest_us)])
    store.close()


def bill(directory: DataDirectory, to: Appended) -> None:
    store = InvoiceStore(directory.invoices)
    store.set_progress("position", to.end)
    store.close()


@pytest.fixture
def directory(tmp_path):
    return DataDirectory(tmp_path / "data")


def test_what_was_followed_by_all_and_is_old_goes(directory):
    places = old_journal(directory)
    for follow in (apply, bill, recount):
        follow(directory, places[3])

    assert len(drop(directory, days=JOURNAL_DAYS_MIN)) == 3


def test_what_one_of_them_has_not_followed_stays(directory):
    places = old_journal(directory)
    left = []
    for follow in (apply, bill, recount):
        left.append(drop(directory, days=JOURNAL_DAYS_MIN))
        follow(directory, places[3])

    assert left == [[], [], []]


@pytest.mark.parametrize("lagging", [apply, recount])
def test_age_is_measured_from_where_the_slowest_is_and_not_from_now(directory, lagging):
    """The next record that it comes to may repeat an event which the dropped segments would hold."""
    places = old_journal(directory)
    for follow in (apply, bill, recount):
        follow(directory, places[2] if follow is lagging else places[4])

    assert drop(directory, days=JOURNAL_DAYS_MIN) == []


def test_what_is_younger_than_was_asked_for_stays(directory):
    places = old_journal(directory)
    for follow in (apply, bill, recount):
        follow(directory, places[3])

    assert drop(directory, days=OLD_DAYS) == []


def test_an_event_that_waits_for_a_decision_keeps_its_segment(directory):
    places = old_journal(directory)
    since_us = places[1].ingest_us
    apply(directory, places[3], held=[Held(Address(0, 0), "acme", "t", "c", "unknown", "quarantined", since_us)])
    bill(directory, places[3])
    recount(directory, places[3])

    assert drop(directory, days=JOURNAL_DAYS_MIN) == []


def test_no_event_can_be_sent_again_when_its_first_may_be_dropped():
    assert JOURNAL_DAYS_MIN > DEDUPE_DAYS + 1 > (PAST + FUTURE).days
    with pytest.raises(ValueError, match="37 days are fewer than 38"):
        drop(DataDirectory(), days=JOURNAL_DAYS_MIN - 1)


def test_nothing_is_dropped_unless_somebody_asks_for_it(directory, monkeypatch):
    asked = []

    async def note(_: DataDirectory, *, days: int) -> None:
        asked.append(days)

    monkeypatch.setattr("sretool.billing.gateway.server.keep_dropping", note)
    with running(directory.root, catalog=CATALOG) as one:
        assert one.get("/readyz").status == 200

    assert asked == []


def test_what_is_dropped_is_said(directory, monkeypatch, capsys):
    said = ""
    monkeypatch.setattr(retention, "HOUR_SECONDS", 0.0)
    places = old_journal(directory)
    for follow in (apply, bill, recount):
        follow(directory, places[3])

    async def until_said() -> None:
        nonlocal said
        task = asyncio.create_task(keep_dropping(directory, days=JOURNAL_DAYS_MIN))
        while said.count("\n") < 3:
            await asyncio.sleep(0.001)
            said += capsys.readouterr().err
        task.cancel()

    asyncio.run(asyncio.wait_for(until_said(), 60))

    assert said.count("is followed and older than 38 days") == 3
    assert len(list(directory.journal.glob("*.seg"))) == 2


def test_a_gateway_starts_on_what_retention_left_with_its_count_and_its_catalogue(directory):
    places = old_journal(directory)
    for follow in (apply, bill, recount):
        follow(directory, places[4])
    drop(directory, days=JOURNAL_DAYS_MIN)

    with running(directory.root) as one:
        assert one.metrics()["billing_journal_appended_events_total"] == 3
        assert one.get("/readyz").status == 200
