"""`sretool slo backfill` on a running Prometheus: it writes history, and the server finds it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.shop import SPEC
from integration.backfill import write_counters

from sretool.demo.server import running

DAYS, EVENTS_A_MINUTE, BAD_EVERY = 2, 600, 10
RULE_DAYS = 1  # Windows of a day look back on the day before.


def counters(end: int) -> list[str]:
    """Two days of six hundred events a minute, of which one fails in every tenth minute."""
    minutes = range((DAYS + RULE_DAYS) * 1_440 + 1)
    began = end - minutes[-1] * 60
    lines = [f'requests_total{{code="500"}} {minute // BAD_EVERY} {began + minute * 60}\n' for minute in minutes]
    return lines + [
        f'requests_total{{code="200"}} {minute * EVENTS_A_MINUTE - minute // BAD_EVERY} {began + minute * 60}\n'
        for minute in minutes
    ]


def backfill(home: Path, data: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (home / "slos").mkdir(exist_ok=True)
    (home / "slos/shop.yaml").write_text(SPEC.replace("30d", "1d"))
    command = [sys.executable, "-m", "sretool", "slo", "backfill", "--data-dir", str(data), *options]
    return subprocess.run(command, cwd=home, env=os.environ | variables, capture_output=True, text=True, check=False)


@pytest.mark.soak
def test_a_running_server_finds_the_history_of_new_rules(promtool: Path, prometheus_binary: Path, tmp_path: Path):
    end = int(time.time()) // 60 * 60 - 3 * 3_600
    write_counters(promtool, tmp_path, counters(end))
    with running(prometheus_binary, tmp_path) as server:
        past = ("--last", f"{DAYS}d", "--until", str(end))
        done = backfill(tmp_path, tmp_path / "data", "--against", server.api.url, *past)
        assert done.returncode == 0, done.stderr
        asked = (
            f"sum_over_time(slo:bad_events:tile30m[{DAYS}d:30m]) / sum_over_time(slo:all_events:tile30m[{DAYS}d:30m])"
        )
        found: list[float] = []
        deadline = time.monotonic() + 180  # The server loads the last pass within a minute or two.
        while not found:
            assert time.monotonic() < deadline, "the last pass is not found"
            found = [float(sample.value) for sample in server.api.query(asked, at=end).samples]
            time.sleep(1)
        samples = server.api.query(f"count_over_time(slo:all_events:rate[{DAYS}d])", at=end).samples

    assert found == [pytest.approx(1 / (BAD_EVERY * EVENTS_A_MINUTE), rel=0.02)]
    assert [int(sample.value) for sample in samples] == [pytest.approx(DAYS * 2_880, abs=3)]
    assert "pass 3 of 3: promtool evaluates" in done.stderr
    assert not list((tmp_path / "data").glob(".sretool-backfill-*"))


def test_a_directory_that_is_not_there_is_one_sentence(tmp_path: Path):
    done = backfill(tmp_path, tmp_path / "nowhere", "--against", "http://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"sretool slo backfill: {tmp_path}/nowhere is no directory: name the server's, that of --storage.tsdb.path\n"
    )


def test_without_promtool_nothing_is_begun(tmp_path: Path):
    done = backfill(tmp_path, tmp_path, "--against", "http://127.0.0.1:1", PATH="")

    assert (done.returncode, done.stderr) == (2, "promtool is not on PATH: it comes with Prometheus\n")


def test_a_server_that_does_not_answer_is_one_sentence_and_leaves_nothing(promtool: Path, tmp_path: Path):
    (tmp_path / "data").mkdir()

    with socket.socket() as nobody:  # A port that is taken, so that nobody else takes it, and at which nobody listens.
        nobody.bind(("127.0.0.1", 0))
        done = backfill(tmp_path, tmp_path / "data", "--against", f"http://127.0.0.1:{nobody.getsockname()[1]}")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1), done.stderr
    assert list((tmp_path / "data").iterdir()) == []
