"""The recount as a process, killed where it hurts."""

import os
import signal
import subprocess
import sys
import time

import pytest
from billing.recount.kit import HOUR_US, a_catalog, an_event
from billing.recount.service import Service

from sretool.billing.recount.store import Store
from sretool.billing.recount.worker import status

JAN, FEB = "2025-12-31T23:00Z", "2026-01-31T23:00Z"
DEADLINE_SECONDS = 60


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    service.catalog(a_catalog({"id": "calls", "meter": "calls", "per_unit": "0.01"}))
    service.batch(*[an_event(f"e{n}") for n in range(50)])
    service.batch(*[an_event(f"e{n}") for n in range(40, 60)])
    service.cut(JAN, FEB)
    service.now_us += HOUR_US
    service.batch(an_event("later"))
    service.apply()
    service.bill()
    yield service
    service.close()


def start(service, *, is_permitted=True, **environment):
    command = [sys.executable, "-m", "sretool.billing.recount", "--directory", str(service.directory.root)]
    command += ["--enable-faults"] if is_permitted else []
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def wait_until_recounted(service):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        said = service.directory.status("recount")
        if said and said["billing_invoice_recheck_total"]["match"]:
            return said
        time.sleep(0.02)
    raise AssertionError(f"nothing recounted after {DEADLINE_SECONDS} s: {service.directory.status('recount')}")


@pytest.mark.parametrize(
    "point", ["recount.before_commit", "recount.after_commit", "recount.before_commit:3", "recount.after_commit:2"]
)
def test_a_killed_recount_goes_on_and_counts_nothing_twice(service, point):
    killed = start(service, SRETOOL_FAIL_POINT=point)
    assert killed.wait(DEADLINE_SECONDS) == 137
    killed.stderr.close()

    process = start(service)
    wait_until_recounted(service)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=DEADLINE_SECONDS)

    assert (process.returncode, said) == (0, "")
    store = Store(service.directory.recount)
    counters = store.counters()
    assert counters == {
        "delta:EUR": 0,
        "hour_mismatch": 0,
        "match": 1,
        "outcome:counted": 61,
        "outcome:duplicate": 10,
    }
    assert status(store)["recounted_position"] == service.journal.durable_end
    store.close()


def test_a_recount_of_another_journal_says_so_in_a_sentence(service, tmp_path):
    service.recount()
    with service.store.transaction():
        service.store.db.execute("UPDATE progress SET position = 10 * position")

    process = start(service)
    _, said = process.communicate(timeout=DEADLINE_SECONDS)

    assert process.returncode == 3
    assert said.startswith("recount: ")
    assert "Traceback" not in said


def test_a_fail_point_of_the_environment_needs_the_permission(service):
    process = start(service, is_permitted=False, SRETOOL_FAIL_POINT="recount.before_commit")
    wait_until_recounted(service)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=DEADLINE_SECONDS)

    assert (process.returncode, said) == (0, "")
