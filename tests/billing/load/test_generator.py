"""The generator against services of each temper, on real sockets."""

import asyncio
import signal
import time

import pytest

from sretool.billing.keys import Client
from sretool.billing.load.figures import OUTCOMES
from sretool.billing.load.generator import Generator, Plan, Unreachable, run
from sretool.billing.load.traffic import Source, Traffic
from sretool.billing.manifest import ManifestWriter, read_manifest

CLIENTS = (Client("load-1", "k.s", ("a", "b")), Client("load-2", "k.s", ("c",)))


def _source(run_name="run", **traffic):
    return Source(CLIENTS, Traffic(**traffic), run=run_name, now_us=lambda: 1_790_000_000_000_000)


def _stop_when(is_enough):
    """Progress that presses Ctrl-C when the tally is one that a test waits for, however long that takes."""
    return lambda _plan, _elapsed, tally: signal.raise_signal(signal.SIGINT) if is_enough(tally) else None


def _against(answers, tmp_path, *, rate=2_000.0, seconds=0.2, timeout_seconds=60.0, connections=4, progress=None):
    """Figures and manifest of a short load against a service that answers each request with the next of `answers`."""

    async def serve(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                await reader.readexactly(int(length.split(b":")[1]))
                answer = answers()
                if answer is None:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def story():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        plan = Plan(url, rate, seconds, connections=connections, timeout_seconds=timeout_seconds)
        with ManifestWriter(tmp_path / "m.manifest", "run") as manifest:
            figures = await Generator(plan, _source(), manifest, progress).run()
        server.close()
        return figures, read_manifest(manifest.path)

    return asyncio.run(story())


def _answer(status, body=b'{"accepted":100,"position":7}'):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


def _nonzero(figures):
    return {outcome: events for outcome, events in figures.events.items() if events}


def test_every_batch_that_was_due_is_sent_and_acknowledged(tmp_path):
    figures, manifest = _against(lambda: _answer(200), tmp_path)

    assert _nonzero(figures) == {"acknowledged": 400}
    assert manifest.events("acknowledged") == 400
    assert {batch.position for batch in manifest.batches.values()} == {7}


@pytest.mark.parametrize(("status", "outcome"), [(429, "throttled"), (401, "refused")])
def test_a_refused_batch_is_refused_in_the_manifest_too(tmp_path, status, outcome):
    figures, manifest = _against(lambda: _answer(status, b'{"error": "no"}'), tmp_path)

    assert _nonzero(figures) == {outcome: 400}
    assert figures.refusals == {status: "no"}
    assert manifest.events("refused") == 400


@pytest.mark.parametrize(("status", "outcome"), [(503, "shed"), (500, "error")])
def test_an_answer_that_promises_nothing_leaves_a_batch_indeterminate(tmp_path, status, outcome):
    figures, manifest = _against(lambda: _answer(status, b'{"error": "no"}'), tmp_path)

    assert _nonzero(figures) == {outcome: 400}
    assert manifest.events("indeterminate") == 400


def test_a_connection_that_is_cut_before_the_answer_leaves_a_batch_indeterminate(tmp_path):
    figures, manifest = _against(lambda: None, tmp_path)

    assert figures.events["broken"] == manifest.events("indeterminate") > 0
    assert sum(figures.events.values()) == 400


def test_half_an_answer_is_none(tmp_path):
    progress = _stop_when(lambda tally: tally.events["timeout"])
    closed_loop = {"rate": None, "seconds": 3_600.0, "timeout_seconds": 0.3}

    figures, manifest = _against(lambda: _answer(200)[:-3], tmp_path, **closed_loop, progress=progress)

    assert figures.events["timeout"] == manifest.events("indeterminate") > 0
    assert manifest.events("acknowledged") == 0


def test_nonsense_for_an_answer_is_a_broken_connection(tmp_path):
    figures, _ = _against(lambda: b"220 mail.example.com ESMTP\r\n\r\n", tmp_path)

    assert figures.events["broken"] > 0


def test_latency_counts_from_the_instant_at_which_a_batch_was_due(tmp_path):
    """One connection, each answer takes 50 ms, a batch due every 10 ms: the tenth waits for nine others."""

    def slow():
        time.sleep(0.05)
        return _answer(200)

    figures, _ = _against(slow, tmp_path, rate=10_000.0, seconds=0.1, connections=1)

    assert figures.events["acknowledged"] == 1_000
    assert figures.ack_seconds[100.0] > 0.05 * 10 - 0.1 - 0.01


def test_nobody_there_is_said_in_a_sentence(tmp_path):
    with ManifestWriter(tmp_path / "m.manifest", "run") as manifest, pytest.raises(Unreachable, match="start sretool"):
        run(Plan("http://127.0.0.1:9", 100.0, 1.0), _source(), manifest)


def test_a_closed_loop_drives_far_more_than_a_service_takes(tmp_path, dummy_url):
    """It costs a second of this process to send two million events, however many others want the machine."""
    progress, began = _stop_when(lambda tally: tally.events["acknowledged"] >= 100_000), time.process_time()
    with ManifestWriter(tmp_path / "m.manifest", "run") as manifest:
        figures = run(Plan(dummy_url, None, 3_600.0, connections=16), _source(), manifest, progress=progress)
    seconds = time.process_time() - began

    assert tuple(figures.events) == OUTCOMES
    assert figures.events["acknowledged"] / seconds > 100_000
