"""The probe against a service that a test makes behave: what it counts, what it finds lost, what it survives."""

import asyncio
import contextlib
import json
import re
from datetime import UTC, datetime

import pytest

from sretool.billing.keys import Client
from sretool.billing.manifest import read_manifests
from sretool.billing.probe.memory import QUARTER_US, Memory, read_memory, write_memory
from sretool.billing.probe.prober import BATCH, ProbeOptions, Prober, probe

NOW_US = 1_790_000_000_000_000
CANARY = Client("canary", "canary-1.secret", ("canary-1",))


class FakeService:
    """Takes batches into a list and answers as it is told to."""

    def __init__(self):
        self.stored: list[str] = []
        self.ingest_status = 200
        self.applied = True
        self.usage: int | None = None
        self.forget: set[str] = set()
        self.mute = False

    async def answer(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                assert "Authorization: Bearer canary-1.secret\r\n" in head
                length = re.search(r"Content-Length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if self.mute:
                    await asyncio.sleep(3600)
                status, said = self.said(head.split(" ")[1], body)
                text = json.dumps(said).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(text)) + text)
        writer.close()

    def said(self, target, body):
        if target == "/v1/ingest":
            if self.ingest_status == 200:
                self.stored += [event["transaction_id"] for event in json.loads(body)]
            return self.ingest_status, {"accepted": BATCH, "position": len(self.stored)}
        if target.startswith("/v1/events/"):
            event = target.rpartition("/")[2]
            if not self.applied:
                return 200, {"outcome": "pending"}
            return (200, {"outcome": "counted"}) if event in self.stored and event not in self.forget else (404, {})
        counted = len(set(self.stored)) if self.usage is None else self.usage
        return 200, {"usage": [{"meter": "api_calls", "events": counted, "quantity": "1"}]}


class Stage:
    """A prober, a service, and a clock that stands until it is moved."""

    def __init__(self, root, *, timeout_seconds):
        self.root = root
        self.timeout_seconds = timeout_seconds
        self.service = FakeService()
        self.now_us = NOW_US

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.service.answer, "127.0.0.1", 0)
        self.options = ProbeOptions(
            f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}",
            CANARY,
            self.root,
            port=0,
            timeout_seconds=self.timeout_seconds,
            now_us=lambda: self.now_us,
        )
        self.prober = Prober(self.options)
        return self

    async def __aexit__(self, *_):
        self.prober.close()
        self.server.close()

    async def send(self):
        await self.prober.send_one(asyncio.get_running_loop().time())

    def metric(self, name):
        (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", self.prober.page(), re.MULTILINE)
        return float(found)


@pytest.fixture
def play(tmp_path):
    def play(story, *, timeout_seconds=60.0):
        async def whole():
            async with Stage(tmp_path, timeout_seconds=timeout_seconds) as stage:
                await story(stage)

        asyncio.run(whole())

    return play


def test_every_metric_of_the_contract_is_there_at_zero_before_anything_was_sent(play):
    async def story(stage):
        page = stage.prober.page()
        for outcome in ("ok", "refused", "timeout", "error"):
            assert f'billing_probe_events_total{{outcome="{outcome}"}} 0' in page
        for histogram in ("ack", "visible"):
            assert f"billing_probe_{histogram}_seconds_count 0" in page
        for counter in ("acked", "acked_missing", "double_applied"):
            assert f"billing_audit_{counter}_total 0" in page

    play(story)


def test_what_is_acknowledged_and_decided_is_audited_and_visible(play):
    async def story(stage):
        await stage.send()
        stage.now_us += 3_000_000

        assert await stage.prober.look_once()
        assert stage.metric("billing_audit_acked_total") == BATCH
        assert stage.metric("billing_audit_acked_missing_total") == 0
        assert stage.metric('billing_probe_visible_seconds_bucket{le="5"}') == BATCH
        assert stage.metric('billing_probe_visible_seconds_bucket{le="1"}') == 0

    play(story)


def test_some_batches_are_sent_twice_and_counted_as_different_events_once(play):
    async def story(stage):
        await stage.send()

        assert len(stage.service.stored) == 2 * BATCH
        assert stage.metric('billing_probe_events_total{outcome="ok"}') == 2 * BATCH
        await stage.prober.count_quarter(NOW_US // QUARTER_US)
        assert stage.metric("billing_audit_double_applied_total") == 0

    play(story)


def test_an_acknowledged_event_that_the_service_does_not_know_is_missing(play):
    async def story(stage):
        await stage.send()
        stage.service.forget = {stage.service.stored[1]}
        for _ in range(5):
            await stage.prober.look_once()

        assert stage.metric("billing_audit_acked_missing_total") == 1
        assert stage.metric("billing_audit_acked_total") == BATCH

    play(story)


def test_one_answer_that_an_event_is_unknown_pages_nobody(play):
    async def story(stage):
        await stage.send()
        stage.service.forget = set(stage.service.stored)
        await stage.prober.look_once()
        stage.service.forget = set()
        await stage.prober.look_once()

        assert stage.metric("billing_audit_acked_missing_total") == 0

    play(story)


def test_while_nothing_is_applied_the_audit_waits(play):
    async def story(stage):
        stage.service.applied = False
        await stage.send()

        assert not await stage.prober.look_once()
        assert stage.metric("billing_audit_acked_total") == 0

    play(story)


def test_what_is_not_visible_for_minutes_is_slower_than_every_bucket_and_audited_all_the_same(play):
    async def story(stage):
        stage.service.applied = False
        await stage.send()
        stage.now_us += 301_000_000
        await stage.prober.look_once()
        stage.service.applied = True
        await stage.prober.look_once()

        assert stage.metric("billing_probe_visible_seconds_count") == BATCH
        assert stage.metric('billing_probe_visible_seconds_bucket{le="3600"}') == 0
        assert stage.metric("billing_audit_acked_total") == BATCH

    play(story)


def test_more_usage_than_was_sent_was_counted_twice_and_is_reported_once(play):
    async def story(stage):
        stage.prober.memory.first_quarter = 0
        await stage.send()
        stage.service.usage = BATCH + 2
        for _ in range(2):
            for quarter in stage.prober.memory.quarters():
                await stage.prober.count_quarter(quarter)

        assert stage.metric("billing_audit_double_applied_total") == 2

    play(story)


@pytest.mark.parametrize(
    ("status", "outcome"), [(503, "error"), (500, "error"), (429, "refused"), (401, "refused"), (400, "refused")]
)
def test_what_the_service_does_not_take_is_counted_by_its_answer(play, status, outcome):
    async def story(stage):
        stage.service.ingest_status = status
        await stage.send()

        assert stage.metric(f'billing_probe_events_total{{outcome="{outcome}"}}') == BATCH
        assert stage.metric("billing_probe_ack_seconds_count") == 0
        assert not stage.prober.memory.waiting

    play(story)


def test_a_silent_service_is_a_time_out_and_a_dead_one_an_error(play, capsys):
    async def story(stage):
        stage.service.mute = True
        await stage.send()
        assert stage.metric('billing_probe_events_total{outcome="timeout"}') == BATCH
        stage.server.close()
        await stage.send()
        assert stage.metric('billing_probe_events_total{outcome="error"}') == BATCH

    play(story, timeout_seconds=0.2)

    assert capsys.readouterr().err.count("does not answer") == 1


def test_the_next_life_audits_what_this_one_left_and_goes_on_counting(play, tmp_path):
    async def story(stage):
        await stage.send()
        await stage.prober.look_once()
        await stage.send()
        stage.prober.close()

        stage.prober = Prober(stage.options)
        assert stage.metric("billing_audit_acked_total") == BATCH
        assert await stage.prober.look_once()
        assert stage.metric("billing_audit_acked_total") == 2 * BATCH

    play(story)


def test_what_was_sent_stands_in_a_manifest(play, tmp_path):
    async def story(stage):
        await stage.send()
        stage.service.ingest_status = 429
        await stage.send()

    play(story)
    (manifest,) = read_manifests(tmp_path / "manifests")

    assert (manifest.events("acknowledged"), manifest.events("refused")) == (BATCH, BATCH)


def test_the_whole_probe_serves_its_metrics_and_ends_when_told_to(tmp_path):
    async def story():
        async with Stage(tmp_path, timeout_seconds=60.0) as stage:
            stop, urls = asyncio.Event(), []
            running = asyncio.create_task(probe(stage.options, stop, ready=urls.append))
            while not urls:
                await asyncio.sleep(0)
            port = int(re.search(r":(\d+)/", urls[0])[1])
            for target, status in (("/metrics", "200"), ("/healthz", "200"), ("/", "404")):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                answer = (await reader.read()).decode()
                assert answer.startswith(f"HTTP/1.1 {status} ")
                writer.close()
            stop.set()
            await running

    asyncio.run(story())


def test_without_a_memory_the_quarter_hour_that_runs_is_not_judged(tmp_path):
    memory = read_memory(tmp_path / "none.json", now_us=NOW_US)
    memory.send(NOW_US, 5)
    memory.send(NOW_US + QUARTER_US, 5)

    assert list(memory.quarters()) == [NOW_US // QUARTER_US + 1]


def test_a_memory_is_read_as_it_was_written_and_forgets_old_quarter_hours(tmp_path):
    memory = Memory(audited=3)
    for quarter in range(20):
        memory.send(quarter * QUARTER_US, 5)
    memory.hold_against(19, 7)
    write_memory(tmp_path / "m.json", memory)

    read = read_memory(tmp_path / "m.json", now_us=0)

    assert read == memory
    assert len(read.sent) == 8
    assert (read.doubled, read.reported) == (2, {19: 2})


def test_a_broken_memory_is_put_aside(tmp_path):
    (tmp_path / "m.json").write_text("{")

    assert read_memory(tmp_path / "m.json", now_us=0).audited == 0
    assert (tmp_path / "m.broken").read_text() == "{"


def test_stamps_are_rfc_3339(play):
    async def story(stage):
        body = json.loads(stage.prober._body("run", 0, NOW_US + 7))

        assert datetime.fromisoformat(body[0]["timestamp"]) == datetime.fromtimestamp(NOW_US / 1e6, UTC).replace(
            microsecond=7
        )

    play(story)
