"""The supervisor: what it refuses, what it starts, and that nothing of it is left when it is gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from sretool.billing.catalog.starter import write_starter
from sretool.billing.directory import Admin, DataDirectory, InUse
from sretool.billing.faults import Faults, write_faults
from sretool.billing.serve import CannotServe, ServeOptions, serve

PATIENCE_SECONDS = 60.0  # which only matters to a test that fails
SERVE = """
import sys
from pathlib import Path
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import Faults
from sretool.billing.serve import ServeOptions, serve
from sretool.billing.supervision import Process

processes = (Process("gateway"),)
is_permitted = sys.argv[2] == "permitted"
options = ServeOptions(DataDirectory(Path(sys.argv[1])), port=0, processes=processes, are_faults_enabled=is_permitted)
serve(options, announce=lambda ready: print(ready.url, len(ready.keys), flush=True))
"""


@contextmanager
def served(
    root: Path, *, permission: str = "permitted", **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A supervisor with a gateway, and the line that it announced itself with."""
    command = [sys.executable, "-c", SERVE, str(root), permission]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.wait()
        wait_until(lambda: not is_held(DataDirectory(root)))


def wait_until(holds: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def is_held(directory: DataDirectory) -> bool:
    try:
        with directory.lock():
            return False
    except InUse:
        return True


def gateway_pid(directory: DataDirectory) -> int:
    pid: int = directory.status("supervisor")["processes"]["gateway"]["pid"]
    return pid


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for has ended."""
    try:
        return (
            "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
            if sys.platform == "linux"
            else not os.kill(pid, 0)
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


def ready(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/readyz", timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer) == {"ready": True}


def is_appended(admin: Admin) -> bool:
    """Whether a decision was acknowledged, which a gateway that dies meanwhile does not."""
    body = json.dumps({"kind": "DISCARD", "body": {"position": 0, "index": 0, "reason": ""}}).encode()
    request = urllib.request.Request(f"{admin.url}/admin/v1/journal", body, {"authorization": f"Bearer {admin.token}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_serve_makes_its_data_says_where_it_is_and_stops_when_asked_to(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with served(directory.root) as (process, line):
        url, keys = line.split()
        admin = directory.admin()
        was_ready, child = ready(url), gateway_pid(directory)
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE_SECONDS)

    assert admin is not None
    assert (was_ready, admin.url, int(keys) > 0, code) == (True, url, True, 0)
    assert (directory.admin(), is_alive(child), directory.faults.exists()) == (None, False, False)


def test_a_child_that_is_killed_is_started_again_and_connections_wait_for_it(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with served(directory.root) as (_, line):
        first = gateway_pid(directory)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not is_alive(first))

        assert ready(line.split()[0])
        wait_until(lambda: directory.status("gateway")["pid"] == gateway_pid(directory) != first)
        assert directory.status("supervisor")["processes"]["gateway"]["restarts"] == 1


def test_a_crash_that_was_asked_for_happens_once(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with served(directory.root) as (_, line):
        admin = directory.admin()
        assert admin is not None
        assert is_appended(admin)
        faults = Faults(directory.faults, are_enabled=True)
        faults.set("crash", "journal.after_write")
        wait_until(lambda: not is_appended(admin))

        assert ready(line.split()[0])
        assert faults.active() == {}


def test_without_the_permission_faults_written_by_hand_do_nothing(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with served(directory.root, permission="none", SRETOOL_FAIL_POINT="journal.after_write") as (_, line):
        admin = directory.admin()
        assert admin is not None
        write_faults(directory.faults, {"disk-full": "", "crash": "journal.after_write"})
        appended = [is_appended(admin) for _ in range(2)]
        with urllib.request.urlopen(f"{line.split()[0]}/metrics", timeout=PATIENCE_SECONDS) as answer:
            shown = [row for row in answer.read().decode().splitlines() if row.startswith("billing_fault_active{")]

        assert appended == [True, True]
        assert {row.rsplit(" ", 1)[1] for row in shown} == {"0"}
        assert directory.status("supervisor")["processes"]["gateway"]["restarts"] == 0


def test_children_die_with_a_supervisor_that_is_killed_and_hold_the_lock_until_then(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with served(directory.root) as (process, _):
        child = gateway_pid(directory)
        process.kill()
        process.wait()

        wait_until(lambda: not is_held(directory))

        # A process that ends gives up its locks a moment before it counts as ended.
        wait_until(lambda: not is_alive(child))


def test_a_second_service_on_the_same_data_is_refused(tmp_path):
    directory = DataDirectory(tmp_path / "data")

    with (
        served(directory.root) as (process, _),
        pytest.raises(CannotServe, match=f"in use by process {process.pid}: stop it, or give another --directory"),
    ):
        serve(ServeOptions(directory, port=0, processes=()), announce=lambda _: None)


def test_a_port_in_use_is_said(tmp_path):
    write_starter(tmp_path, today=date(2026, 1, 1), customers=1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotServe, match=rf"127\.0\.0\.1:{port} cannot be bound \(.*\): give another --port"):
            serve(ServeOptions(DataDirectory(tmp_path), port=port, processes=()), announce=lambda _: None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_needs_no_tls(host):
    assert ServeOptions(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "no.such.host.invalid"])
def test_a_public_bind_needs_tls_or_that_somebody_says_so(host):
    with pytest.raises(CannotServe, match="in clear: give --tls-cert and --tls-key, or say --insecure-bind"):
        ServeOptions(host=host)
    assert ServeOptions(host=host, is_insecure_bind_allowed=True).host == host
    assert ServeOptions(host=host, tls_cert=Path("cert"), tls_key=Path("key")).host == host


def test_faults_are_refused_on_a_public_bind_whatever_else_is_said():
    with pytest.raises(CannotServe, match="--enable-faults lets anybody break"):
        ServeOptions(host="0.0.0.0", are_faults_enabled=True, is_insecure_bind_allowed=True)


@pytest.mark.parametrize("days", [-1, 0, 37])
def test_a_journal_is_not_kept_for_less_than_an_event_can_be_sent_again(days):
    with pytest.raises(CannotServe, match=f"--journal-days {days} would drop .*: give at least 38"):
        ServeOptions(journal_days=days)
    assert ServeOptions(journal_days=38).journal_days == 38


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(CannotServe, match="TLS needs both"):
        ServeOptions(tls_cert=Path("cert"))
