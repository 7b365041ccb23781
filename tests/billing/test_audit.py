"""The audit finds each kind of loss and of excess, and nothing where nothing is wrong."""

import contextlib
import json
import sqlite3

import pytest

from sretool.billing.audit import NothingToAudit, audit
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.billing.ledger.schema import TABLES
from sretool.billing.manifest import ManifestWriter, read_manifests, transaction_id

METER = {"event_type": "api_call", "aggregation": "count", "property": None, "filter": {}}


class World:
    """A data directory in which a test writes both sides of the story."""

    def __init__(self, root, **journal):
        self.directory = DataDirectory(root)
        self.directory.create()
        self._now = 1_790_000_000_000_000
        self.journal = SegmentJournal.open(self.directory.journal, clock=self._clock, **journal)
        self.manifest = ManifestWriter(root / "manifests" / "run.manifest", "run")
        self.end = 0

    def _clock(self):
        self._now += 1
        return self._now

    def wait(self, *, days):
        self._now += days * 86_400_000_000

    def append(self, batch, *, tenant="load-1", indices=range(10), run="run", event_type="api_call"):
        events = [{"transaction_id": transaction_id(run, batch, index), "event_type": event_type} for index in indices]
        pending = Pending(Kind.BATCH, tenant, len(events), json.dumps(events).encode())
        (appended,) = self.journal.append_group([pending])
        self.end = appended.end
        return appended.position

    def send(self, batch, *, tenant="load-1", count=10):
        self.manifest.sent(batch, tenant, count)

    def exchange(self, batch, **rest):
        """Send, store, acknowledge."""
        self.send(batch, **({"tenant": rest["tenant"]} if "tenant" in rest else {}))
        self.manifest.acknowledged(batch, self.append(batch, **rest))

    def ledger(self, counted, *, applied=None, meters=None, held=0):
        """Rollups that say so many events of load-1 by meter."""
        with contextlib.closing(sqlite3.connect(self.directory.ledger, isolation_level=None)) as connection:
            connection.executescript(TABLES)
            connection.execute("INSERT INTO applied VALUES (0, ?, 1)", (self.end if applied is None else applied,))
            body = json.dumps({"catalog": {"meters": meters or {"api_calls": METER}}})
            connection.execute("INSERT INTO catalogs VALUES (0, ?)", (body,))
            rows = [("load-1", "c", meter, 7, 0, count, 0, 0, 0, None, None) for meter, count in counted.items()]
            connection.executemany(f"INSERT INTO rollup VALUES ({', '.join('?' * 11)})", rows)
            for index in range(held):
                row = (index, 0, "load-1", "x", "c", "why", "quarantined", "held", 0)
                connection.execute(f"INSERT INTO quarantine VALUES ({', '.join('?' * 9)})", row)

    def audit(self, **options):
        self.manifest.publish()
        return audit(self.directory, **options)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.manifest.close()
    made.journal.close()


def test_everything_acknowledged_and_counted_once_is_clean(world):
    for batch in range(5):
        world.exchange(batch)
    world.ledger({"api_calls": 50})

    found = world.audit()

    assert found.is_clean
    assert (found.acknowledged, found.found, found.counted, found.pending) == (50, 50, 50, 0)


def test_an_acknowledged_batch_that_the_journal_does_not_have_is_lost(world):
    world.exchange(0)
    world.send(1)
    world.manifest.acknowledged(1, 10_000)

    found = world.audit()

    assert (found.lost, found.is_clean) == (10, False)
    assert found.examples["lost"][0] == "run-0000000100"


def test_one_event_missing_of_a_batch_is_lost(world):
    world.send(0)
    world.manifest.acknowledged(0, world.append(0, indices=[0, 1, 2, 4, 5, 6, 7, 8, 9]))

    found = world.audit()

    assert (found.lost, found.examples["lost"]) == (1, ["run-0000000003"])


def test_an_indeterminate_batch_may_be_there_or_not(world):
    world.send(0)
    world.append(0)
    world.send(1)

    found = world.audit()

    assert (found.indeterminate, found.findings) == (20, 0)


def test_a_refused_batch_in_the_journal_is_unexpected(world):
    world.send(0)
    world.manifest.refused(0, 429)
    world.append(0)

    assert world.audit().unexpected == 10


@pytest.mark.parametrize("strange", [{"batch": 9}, {"batch": 0, "tenant": "load-2"}, {"batch": 0, "indices": [10]}])
def test_an_event_of_our_run_that_was_never_sent_is_unexpected(world, strange):
    world.exchange(0)
    world.send(1, tenant="load-2")
    world.append(**strange)

    assert world.audit().unexpected > 0


def test_events_of_somebody_else_are_no_finding(world):
    world.exchange(0)
    world.append(0, run="other")
    world.append(3, tenant="acme", run="other")

    found = world.audit()

    assert (found.foreign, found.findings) == (10, 0)


def test_a_single_event_of_another_sender_hides_no_event_that_was_counted_twice(world):
    for batch in range(5):
        world.exchange(batch)
    world.append(0, run="other", indices=[0])
    world.ledger({"api_calls": 2 * 50 + 1})

    found = world.audit()

    assert (found.counted_twice, found.foreign, found.is_clean) == (50, 1, False)


def test_an_id_of_another_sender_is_expected_once_for_36_days_and_again_after_them(world):
    world.exchange(0)
    world.append(0, run="other", indices=[0, 0])
    world.append(0, run="other", indices=[0])
    world.wait(days=37)
    world.append(0, run="other", indices=[0])
    world.ledger({"api_calls": 10 + 2})

    assert world.audit().is_clean


def test_of_a_tenant_with_more_other_events_than_are_kept_nothing_is_said(world):
    world.exchange(0)
    world.exchange(1, tenant="load-2")
    world.append(0, tenant="load-2", run="other", indices=range(4))
    world.ledger({"api_calls": 10})

    found = world.audit(other_ids_max=3)

    assert (found.tenants, found.not_compared, found.counted, found.is_clean) == (2, 1, 10, True)


@pytest.mark.parametrize("applied", [None, 0])
def test_where_nothing_was_compared_counting_has_no_clean_verdict(world, applied):
    world.exchange(0)
    if applied is not None:
        world.ledger({}, applied=applied)

    found = world.audit()

    assert (found.findings, found.not_compared, found.is_clean) == (0, 1, False)


def test_where_nothing_was_taken_there_is_nothing_to_compare(world):
    world.send(0)
    world.manifest.refused(0, 400)

    assert world.audit().is_clean


def test_a_duplicate_in_the_journal_is_expected_once_in_the_rollups(world):
    world.exchange(0)
    world.exchange(0)
    world.append(0, indices=[3, 1, 2])
    world.ledger({"api_calls": 10})

    assert world.audit().is_clean


def test_a_duplicate_counted_again_is_counted_twice(world):
    world.exchange(0)
    world.exchange(0)
    world.ledger({"api_calls": 20})

    found = world.audit()

    assert (found.counted_twice, found.is_clean) == (10, False)
    assert found.examples["counted twice"] == ["load-1 api_calls: 20 counted of 10"]


def test_an_event_that_no_meter_took_is_not_counted(world):
    world.exchange(0)
    world.ledger({"api_calls": 9})

    assert world.audit().not_counted == 1


def test_what_quarantine_holds_is_not_missed(world):
    world.exchange(0)
    world.ledger({"api_calls": 9}, held=1)

    assert world.audit().is_clean


def test_a_meter_with_a_filter_may_count_less_and_never_more(world):
    meters = {"api_calls": METER, "eu": METER | {"filter": {"region": "eu"}}}
    world.exchange(0)
    world.ledger({"api_calls": 10, "eu": 3}, meters=meters)
    assert world.audit().is_clean

    with contextlib.closing(sqlite3.connect(world.directory.ledger, isolation_level=None)) as connection:
        connection.execute("UPDATE rollup SET count = 11 WHERE meter = 'eu'")

    assert world.audit().counted_twice == 1


def test_what_is_not_applied_yet_is_pending_and_no_finding(world):
    world.exchange(0)
    applied = world.end
    world.exchange(1)
    world.ledger({"api_calls": 10}, applied=applied)

    found = world.audit()

    assert (found.pending, found.counted, found.is_clean) == (10, 10, True)


def test_without_a_ledger_the_journal_alone_is_audited(world):
    world.exchange(0)

    found = world.audit()

    assert (found.found, found.counted) == (10, None)


def test_what_retention_dropped_is_expired_and_not_lost(tmp_path):
    world = World(tmp_path, segment_bytes=2_000)
    for batch in range(10):
        world.exchange(batch)
    first = min((tmp_path / "journal").glob("*.seg"))
    first.unlink()

    found = world.audit()

    assert 0 < found.expired < 100
    assert (found.findings, found.is_clean) == (0, False)  # Of what was dropped, the rollups know more.
    assert found.found + found.expired == 100


def test_without_a_manifest_there_is_nothing_to_audit(tmp_path):
    directory = DataDirectory(tmp_path)
    directory.create()

    with pytest.raises(NothingToAudit, match="run sretool billing load"):
        audit(directory)


def test_what_is_sent_while_the_audit_looks_is_no_finding(world, monkeypatch):
    """The audit comes to it, though its line was not in the manifest when that was read."""
    from sretool.billing import audit as module

    def read_and_go_on(directory):
        yield from read_manifests(directory)
        world.append(1)

    monkeypatch.setattr(module, "read_manifests", read_and_go_on)
    world.exchange(0)
    found = world.audit()

    assert (found.found, found.foreign, found.findings) == (10, 0, 0)
