"""A clock that somebody sets while the gateway runs makes nothing count twice."""

from collections.abc import Callable

import pytest
from billing.gateway.running import CATALOG, Running, batch, event, running

from sretool import clock

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of gateways that are started from now on, so far ahead of the true one."""
    true_us, ahead = clock.now_us, [0]
    monkeypatch.setattr(clock, "now_us", lambda: true_us() + ahead[0])
    return lambda us: ahead.__setitem__(0, us)


def ingest(one: Running, transaction_id: str) -> int:
    one.gateway.ingest.forget_window()
    return one.ingest(batch(event(transaction_id))).status


def test_a_clock_that_jumps_ahead_stops_usage_and_readiness_until_it_is_right(tmp_path, set_clock, capfd):
    with running(tmp_path / "data", catalog=CATALOG) as one:
        before = ingest(one, "t-1")
        set_clock(40 * DAY_US)
        meanwhile = [ingest(one, "t-2"), ingest(one, "t-3")]
        ready = one.get("/readyz")
        decided = one.admin("POST", "journal", {"kind": "DISCARD", "body": {"position": 0, "index": 0, "reason": ""}})
        one.gateway.writer.reopen_seconds = 0.0
        set_clock(0)
        after = ingest(one, "t-2")

        assert (before, meanwhile, after) == (200, [503, 503], 200)
        assert (ready.status, one.get("/readyz").status, decided.status) == (503, 200, 503)
        assert "the clock jumped 960.0 hours ahead" in ready.json()["error"]
        assert max(record.ingest_us for record in one.batches()) <= clock.now_us()
        assert capfd.readouterr().err.count("the clock jumped") == 1


def test_what_was_sent_before_a_start_with_a_clock_that_is_ahead_is_refused_after_it(tmp_path, set_clock):
    sent = batch(event("t-1"))
    with running(tmp_path / "data", catalog=CATALOG) as one:
        first = one.ingest(sent).status
    set_clock(40 * DAY_US)
    with running(tmp_path / "data") as one:
        refused = one.ingest(sent).status
        decided = one.admin("POST", "journal", {"kind": "DISCARD", "body": {"position": 0, "index": 0, "reason": ""}})
    set_clock(0)
    with running(tmp_path / "data") as one:
        replayed = one.ingest(sent)

    assert (first, refused, decided.status, replayed.status) == (200, 400, 200, 400)
    assert "too old" in replayed.json()["events"][0]["faults"][0]["reason"]
