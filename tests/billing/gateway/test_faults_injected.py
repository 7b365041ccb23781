"""What each fault of the gateway does to those who send, and what it must not do."""

import asyncio
import json
import threading
import time

import pytest
from billing.gateway.running import CATALOG, KEY, Running, batch, event, http, running

from sretool.billing.faults import Faults
from sretool.billing.gateway.trouble import Trouble
from sretool.billing.journal import Appended, Pending


def set_fault(gateway: Running, name: str, parameter: str = "") -> None:
    assert gateway.admin("POST", "faults", {"name": name, "parameter": parameter}).status == 200


def test_error_ratio_answers_503_and_stores_nothing(gateway):
    set_fault(gateway, "error-ratio", "1")

    answer = gateway.ingest(batch(event("t-1"), event("t-2")))

    assert answer.status == 503
    assert (gateway.batches(), gateway.outcomes()) == ([], {"error": 2})


def test_latency_delays_the_answer_and_its_measure(gateway):
    set_fault(gateway, "latency", "30")

    gateway.ingest(batch())

    assert gateway.metrics()["billing_ingest_ack_seconds_sum"] > 0.03


def test_a_dropped_acknowledgement_leaves_the_batch_stored_and_the_sender_without_an_answer(gateway, capfd, caplog):
    set_fault(gateway, "ack-dropped", "1")
    connection = gateway.connect()

    connection.send(http("POST", "/v1/ingest", key=KEY, body=batch(), headers={"content-type": "application/json"}))

    assert connection.is_closed()
    assert (len(gateway.batches()), gateway.outcomes()) == (1, {"accepted": 1})
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_duplicate_storm_appends_every_batch_again(gateway):
    set_fault(gateway, "duplicate-storm", "3")

    gateway.ingest(batch())

    assert len({record.body for record in gateway.batches()}) == 1
    assert len(gateway.batches()) == 4


def test_a_clock_that_is_behind_refuses_events_of_now(gateway):
    set_fault(gateway, "clock-skew")
    gateway.gateway.ingest.forget_window()

    answer = gateway.ingest(batch())

    assert answer.status == 400
    assert answer.json()["events"][0]["faults"][0]["reason"].endswith("is too far ahead")


def test_a_full_disk_is_503_until_there_is_room_and_nothing_acknowledged_is_lost(gateway, monkeypatch):
    writer, may_open = gateway.gateway.writer, threading.Event()
    writer.reopen_seconds = 0.01
    open_again = writer.open
    monkeypatch.setattr(writer, "open", lambda: may_open.wait(60) and open_again())
    gateway.ingest(batch(event("before")))

    set_fault(gateway, "disk-full")
    refused, not_ready = gateway.ingest(batch(event("lost"))).status, gateway.get("/readyz").status
    gateway.admin("DELETE", "faults")
    may_open.set()
    while gateway.get("/readyz").status != 200:
        time.sleep(0.01)
    gateway.ingest(batch(event("after")))

    assert (refused, not_ready) == (503, 503)
    stored = [json.loads(record.body)[0]["transaction_id"] for record in gateway.batches()]
    assert stored == ["before", "after"]
    assert gateway.metrics()["billing_journal_appended_events_total"] == 2


def test_a_slow_disk_makes_the_acknowledgement_wait(gateway):
    set_fault(gateway, "slow-disk", "30")

    gateway.ingest(batch())

    assert gateway.metrics()["billing_ingest_ack_seconds_sum"] > 0.03


class Appends:
    """A journal that keeps what is appended."""

    def __init__(self) -> None:
        self.appended: list[Pending] = []

    async def append(self, pending: Pending) -> Appended:
        self.appended.append(pending)
        return Appended(0, 0, 0)


@pytest.mark.parametrize(
    ("name", "customers"), [("poison-events", {"no-such-customer"}), ("late-flood", {"c-1", "g-1"})]
)
def test_events_of_a_fault_come_at_its_rate_in_batches_that_could_have_been_accepted(tmp_path, name, customers):
    journal, faults = Appends(), Faults(tmp_path / "faults.json", are_enabled=True)
    faults.set(name, "2500")
    trouble = Trouble(journal, faults, lambda: 1_764_000_000_000_000, CATALOG)

    for _ in range(4):
        asyncio.run(trouble.tick())

    events = [row for pending in journal.appended for row in json.loads(pending.body)]
    assert {row["customer_id"] for row in events} == customers
    assert {pending.count <= 100 for pending in journal.appended} == {True}
    assert len({row["transaction_id"] for row in events}) == len(events)
    assert len(events) == 4 * 250


def test_without_faults_nothing_is_appended(tmp_path):
    with running(tmp_path / "data", catalog=CATALOG) as gateway:
        gateway.ingest(batch())

        assert len(gateway.batches()) == 1
