"""Old segments go only when they are out of every window, applied, recounted, and hold nothing that waits."""

import json

import pytest
from billing.gateway.running import CATALOG, running

from sretool.billing.directory import DataDirectory
from sretool.billing.gateway.retention import KEPT_US, drop
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.billing.ledger.protocol import Address, Effects, Held
from sretool.billing.ledger.writing import SqliteLedger

NOW_US = 1_764_000_000_000_000


def old_journal(directory: DataDirectory) -> int:
    """A catalogue and two batches of 40 days ago, a segment each, and a batch of now; its end."""
    directory.create()
    instants = iter((NOW_US - KEPT_US - 3_000_000, NOW_US - KEPT_US - 2_000_000, NOW_US - KEPT_US - 1_000_000, NOW_US))
    journal = SegmentJournal.open(directory.journal, clock=lambda: next(instants), segment_bytes=1)
    catalog = Pending(Kind.CATALOG, "", 0, json.dumps({"catalog": CATALOG}).encode())
    for pending in (catalog, *(Pending(Kind.BATCH, "acme", 1, b"[]") for _ in range(3))):
        end = journal.append_group([pending])[0].end
    journal.close()
    return end


def apply(directory: DataDirectory, end: int, *, held: list[Held] | None = None) -> None:
    ledger = SqliteLedger.open(directory.ledger)
    catalogs = [(0, json.dumps({"catalog": CATALOG}).encode())]
    effects = Effects(1, held=held or [], counts={"counted": 3}, catalogs=catalogs)
    ledger.apply(0, ledger.acquire(), from_=0, to=end, effects=effects)
    ledger.close()


@pytest.fixture
def directory(tmp_path):
    return DataDirectory(tmp_path / "data")


def test_what_is_old_applied_and_recounted_goes(directory):
    end = old_journal(directory)
    apply(directory, end)
    directory.write_status("recount", {"recounted_position": end})

    assert len(drop(directory, NOW_US)) == 3


def test_what_is_not_recounted_or_not_applied_or_not_old_stays(directory):
    end = old_journal(directory)
    before = drop(directory, NOW_US)
    apply(directory, end)
    not_recounted = drop(directory, NOW_US)
    directory.write_status("recount", {"recounted_position": end})
    not_old = drop(directory, NOW_US - 3_600_000_000)

    assert (before, not_recounted, not_old) == ([], [], [])


def test_an_event_that_waits_for_a_decision_keeps_its_segment(directory):
    end = old_journal(directory)
    held = Held(Address(0, 0), "acme", "t", "c", "unknown", "quarantined", NOW_US - KEPT_US - 2_000_000)
    apply(directory, end, held=[held])
    directory.write_status("recount", {"recounted_position": end})

    assert len(drop(directory, NOW_US)) == 1


def test_a_gateway_starts_on_what_retention_left_with_its_count_and_its_catalogue(directory):
    end = old_journal(directory)
    apply(directory, end)
    directory.write_status("recount", {"recounted_position": end})
    drop(directory, NOW_US)

    with running(directory.root) as one:
        assert one.metrics()["billing_journal_appended_events_total"] == 3
        assert one.get("/readyz").status == 200
