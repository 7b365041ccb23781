"""The watermark ages when the applier does, and the status is stamped whatever the loop is doing."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from billing.usage import CATALOG, START_US, FakeJournal, usage_event

from sretool import clock
from sretool.billing.applier import Applier, run
from sretool.billing.applier.bulks import bulks
from sretool.billing.applier.figures import Progress, Watermark
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import Faults
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.ledger import Effects, LedgerReader, SqliteLedger


def watermark(journal: FakeJournal, *, now_us: int) -> Watermark:
    return Watermark(journal, now_us=lambda: now_us)  # type: ignore[arg-type]


def test_the_watermark_is_now_if_all_that_is_durable_is_applied() -> None:
    journal = FakeJournal()
    record = journal.batch(usage_event("t-1"))

    assert watermark(journal, now_us=START_US + 5).at(record.end) == START_US + 5
    assert watermark(FakeJournal(), now_us=7).at(0) == 7


def test_the_watermark_is_when_the_first_record_came_that_is_not_applied() -> None:
    journal = FakeJournal()
    journal.catalog()
    journal.ingest_us += 10
    waiting = journal.batch(usage_event("t-1"))
    journal.ingest_us += 10
    journal.batch(usage_event("t-2"))
    ours = watermark(journal, now_us=START_US + 100)

    assert ours.at(0) == START_US
    assert ours.at(waiting.position) == START_US + 10
    assert ours.at(waiting.end) == START_US + 20


def test_there_is_no_watermark_where_the_journal_cannot_say() -> None:
    journal = FakeJournal()
    journal.batch(usage_event("t-1"))

    assert watermark(journal, now_us=START_US).at(3) is None
    assert watermark(journal, now_us=START_US).at(journal.durable_end() + 1) is None


def test_how_long_events_took_to_become_visible_is_weighed_by_their_number() -> None:
    journal, progress = FakeJournal(), Progress()
    bulk = [journal.catalog(), journal.batch(usage_event("t-1"), usage_event("t-2"))]
    journal.ingest_us += 9_000_000
    bulk.append(journal.batch(usage_event("t-3")))

    progress.passed(bulk, {"counted": 3}, journal.ingest_us + 1_000_000)

    status = progress.status(5_000_000)
    assert status["visible"] == {"counts": [1, 0, 2, 0, 0, 0, 0, 0, 0, 0], "sum": 21.0}
    assert status["counts"]["counted"] == 3
    assert status["metrics"]["billing_applied_watermark_timestamp_seconds"] == {"0": 5.0}
    assert status["metrics"]["billing_quarantine_oldest_timestamp_seconds"] == {"": 0.0}


def test_a_clock_that_went_back_makes_no_negative_age() -> None:
    journal, progress = FakeJournal(), Progress()

    progress.passed([journal.batch(usage_event("t-1"))], {}, START_US - 10**9)

    assert progress.status(None)["visible"]["sum"] == 0


def test_counts_and_the_oldest_held_event_start_from_the_ledger(tmp_path: Path) -> None:
    journal = FakeJournal()
    journal.catalog()
    journal.batch(usage_event("t-1"), usage_event("bad", customer_id="eve"))
    statuses = []
    for _ in range(2):
        progress = Progress()
        applier = Applier.opened(tmp_path / "ledger.db", tmp_path / "filter", journal, progress)
        applier.step()
        applier.close()
        statuses.append(progress.status(None))

    assert statuses[0]["metrics"]["billing_quarantine_oldest_timestamp_seconds"] == {"": START_US / 1e6}
    assert statuses[1]["counts"] == statuses[0]["counts"] == {
        "counted": 1, "duplicate": 0, "conflict": 0, "quarantined": 1,
    }  # fmt: skip
    assert statuses[1]["metrics"]["billing_quarantine_oldest_timestamp_seconds"] == {"": START_US / 1e6}


def test_bulks_hold_batches_of_a_day_or_decisions_and_a_release_is_alone() -> None:
    journal = FakeJournal()
    journal.catalog()
    journal.say(Kind.GRANT)
    journal.batch(usage_event("1"), usage_event("2"))
    journal.batch(usage_event("3"))
    journal.batch(usage_event("4"))
    journal.ingest_us += 86_400_000_000
    journal.batch(usage_event("5"))
    journal.say(Kind.CUT)
    journal.say(Kind.RELEASE)
    journal.say(Kind.DISCARD)
    journal.say(Kind.CUT)

    lengths = [len(bulk) for bulk in bulks(journal.records, events_max=3)]

    assert lengths == [2, 2, 1, 1, 1, 1, 1, 1]
    assert [record for bulk in bulks(journal.records) for record in bulk] == journal.records


# --- the process


class Service:
    """A journal on the disk and the applier's process loop in a thread."""

    def __init__(self, root: Path) -> None:
        self.directory = DataDirectory(root)
        self.directory.create()
        self.journal = SegmentJournal.open(self.directory.journal, clock=clock.now_us)
        body = json.dumps({"catalog": CATALOG}).encode()
        self.journal.append_group([Pending(Kind.CATALOG, "", 0, body)])
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=run, args=(self.directory, self.stop), kwargs={"are_faults_enabled": True}
        )

    def batch(self, *names: str) -> int:
        body = json.dumps([usage_event(name) for name in names]).encode()
        return self.journal.append_group([Pending(Kind.BATCH, "acme", len(names), body)])[0].end

    def status(self) -> dict[str, object]:
        return self.directory.status("applier")

    def stamped_at_ns(self) -> int | None:
        """When the status was written last; None before it is."""
        path = self.directory.status_file("applier")
        return path.stat().st_mtime_ns if path.exists() else None

    def __enter__(self) -> "Service":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(60)
        self.journal.close()
        assert not self.thread.is_alive()


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "home")


def test_what_is_appended_is_applied_and_told(service: Service) -> None:
    service.batch("t-1", "t-2")
    with service:
        end = service.batch("t-2", "t-3")
        wait_until(lambda: service.status().get("applied") == end)

    assert service.status()["counts"] == {"counted": 3, "duplicate": 1, "conflict": 0, "quarantined": 0}
    assert LedgerReader.open(service.directory.ledger).applied() == end


def test_an_idle_applier_goes_on_stamping(service: Service) -> None:
    with service:
        wait_until(lambda: service.status().get("applied") == service.journal.durable_end)
        before = service.status()["watermark_us"]
        wait_until(lambda: service.status()["watermark_us"] != before)


def test_a_stalled_applier_ages_and_goes_on_stamping_until_it_is_stalled_no_more(service: Service) -> None:
    faults, stamps = Faults(service.directory.faults, are_enabled=True), set()
    faults.set("applier-stalled")  # Before it is started, so that it cannot but have seen it.
    with JournalReader(service.directory.journal) as reader:
        catalog_us = reader.at(0).ingest_us
    service.batch("t-1")

    def has_stamped_again() -> bool:
        stamps.add(service.stamped_at_ns())
        return len(stamps - {None}) == 3

    with service:
        wait_until(has_stamped_again)
        aged = service.status()
        faults.clear()
        wait_until(lambda: service.status()["counts"]["counted"] == 1)  # type: ignore[index]

    assert (aged["applied"], aged["watermark_us"]) == (0, catalog_us)


def test_a_ledger_that_cannot_be_written_is_tried_again(
    service: Service, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = iter([True])
    write = SqliteLedger._write

    def write_when_there_is_room(ledger: SqliteLedger, effects: Effects) -> None:
        write(ledger, effects)
        if next(full, False):
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(SqliteLedger, "_write", write_when_there_is_room)
    with service:
        end = service.batch("t-1")
        wait_until(lambda: service.status().get("applied") == end)

    assert "database or disk is full" in capfd.readouterr().err
    assert service.status()["counts"]["counted"] == 1  # type: ignore[index]
