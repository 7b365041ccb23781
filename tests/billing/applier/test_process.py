"""The process dies wherever it is told to, and the next one goes on as if nothing had been."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from billing.usage import CATALOG, usage_event

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.billing.ledger import LedgerReader

DIED = 137  # as by kill -9
PATIENCE_SECONDS = 60.0  # which only matters to a test that fails


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    """A journal of thirty events, each of which came twice."""
    directory = DataDirectory(tmp_path / "home")
    directory.create()
    journal = SegmentJournal.open(directory.journal)
    journal.append_group([Pending(Kind.CATALOG, "", 0, json.dumps({"catalog": CATALOG}).encode())])
    bodies = [json.dumps([usage_event(f"t-{n}") for n in range(first, first + 10)]).encode() for first in (0, 10, 20)]
    for body in bodies * 2:
        journal.append_group([Pending(Kind.BATCH, "acme", 10, body)])
    journal.close()
    return directory


@contextmanager
def started(
    directory: DataDirectory, *, fail_point: str = "", is_permitted: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """An applier, which is gone afterwards also when the test fails."""
    environment = os.environ | ({"SRETOOL_FAIL_POINT": fail_point} if fail_point else {})
    command = [sys.executable, "-m", "sretool.billing.applier", "--directory", str(directory.root)]
    command += ["--enable-faults"] if is_permitted else []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(ended: subprocess.Popen[str]) -> str:
    return ended.stderr.read() if ended.stderr else ""


def wait_until_applied(directory: DataDirectory) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while directory.status("applier").get("counts", {}).get("duplicate") != 30:
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "fail_point", ["applier.before_commit", "applier.before_commit:2", "applier.after_commit", "applier.after_commit:2"]
)
def test_an_applier_that_was_killed_loses_nothing_and_counts_nothing_twice(
    directory: DataDirectory, fail_point: str
) -> None:
    with started(directory, fail_point=fail_point) as process:
        assert (process.wait(PATIENCE_SECONDS), said(process)) == (DIED, "")

    with started(directory) as successor:
        wait_until_applied(directory)
        successor.send_signal(signal.SIGTERM)
        assert (successor.wait(PATIENCE_SECONDS), said(successor)) == (0, "")

    reader = LedgerReader.open(directory.ledger)
    assert reader.counts() == {"counted": 30, "duplicate": 30, "conflict": 0, "quarantined": 0}
    assert [usage.count for usage in reader.usage(0, 60 * 366 * 86_400_000_000) if usage.meter == "calls"] == [30]


def test_a_fail_point_of_the_environment_needs_the_permission(directory: DataDirectory) -> None:
    with started(directory, fail_point="applier.before_commit", is_permitted=False) as process:
        wait_until_applied(directory)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
