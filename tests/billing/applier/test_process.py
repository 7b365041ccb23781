"""The process dies wherever it is told to, and the next one goes on as if nothing had been."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from billing.usage import CATALOG, usage_event

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.billing.ledger import LedgerReader

DIED = 137  # as by kill -9


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


def start(directory: DataDirectory, *, fail_point: str = "", is_permitted: bool = True) -> subprocess.Popen[str]:
    environment = os.environ | ({"SRETOOL_FAIL_POINT": fail_point} if fail_point else {})
    command = [sys.executable, "-m", "sretool.billing.applier", "--directory", str(directory.root)]
    command += ["--enable-faults"] if is_permitted else []
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    "fail_point", ["applier.before_commit", "applier.before_commit:2", "applier.after_commit", "applier.after_commit:2"]
)
def test_an_applier_that_was_killed_loses_nothing_and_counts_nothing_twice(
    directory: DataDirectory, fail_point: str
) -> None:
    assert start(directory, fail_point=fail_point).wait(30) == DIED

    with start(directory) as successor:
        until = time.monotonic() + 30
        while directory.status("applier").get("counts", {}).get("duplicate") != 30 and time.monotonic() < until:
            time.sleep(0.02)
        successor.send_signal(signal.SIGTERM)
        assert (successor.wait(30), successor.stderr.read() if successor.stderr else "") == (0, "")

    reader = LedgerReader.open(directory.ledger)
    assert reader.counts() == {"counted": 30, "duplicate": 30, "conflict": 0, "quarantined": 0}
    assert [usage.count for usage in reader.usage(0, 60 * 366 * 86_400_000_000) if usage.meter == "calls"] == [30]


def test_a_fail_point_of_the_environment_needs_the_permission(directory: DataDirectory) -> None:
    with start(directory, fail_point="applier.before_commit", is_permitted=False) as process:
        until = time.monotonic() + 30
        while directory.status("applier").get("counts", {}).get("duplicate") != 30 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
