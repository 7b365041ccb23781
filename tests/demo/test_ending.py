"""Whatever ends the demonstration, and whenever: nothing that it started runs on, and nothing of it is left but what is
meant to be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sretool.demo.processes import wait_until

# As from a terminal: whoever runs these tests may ignore what ends it, as nohup does.
DEMO = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from sretool.__main__ import run
run()
"""
SERVES, LOADS, RECEIVES = "billing serve", "billing load", "incident from-alert"


def descendants(pid: int) -> dict[int, str]:
    """What a process started, and what that started: their ids and command lines."""
    lines = [line.split(None, 2) for line in processes()]
    found = {pid: ""}
    for _ in lines:
        more = {int(child): command for child, parent, command in lines if int(parent) in found}
        if more.keys() <= found.keys():
            break
        found |= more
    return {child: command for child, command in found.items() if child != pid}


def processes() -> list[str]:
    """Process, parent and command line of each."""
    if sys.platform != "linux":
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        return listed.stdout.splitlines()
    found = []  # `ps` is a package of its own there.
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = (directory / "stat").read_text().rpartition(")")[2].split()[1]
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):  # It has ended meanwhile.
            continue
        found.append(f"{directory.name} {parent} {command or '-'}")
    return found


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("part", "endings"),
    [(SERVES, [signal.SIGINT]), (LOADS, [signal.SIGTERM]), (RECEIVES, [signal.SIGHUP, signal.SIGTERM])],
    ids=["while it starts", "half-way", "as a terminal is closed"],
)
def test_whatever_ends_the_demonstration_ends_what_it_started(
    part, endings, tmp_path, promtool, prometheus_binary, alertmanager_binary
):
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-c", DEMO, "demo", "--out", out],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    seen: dict[int, str] = {}

    def is_there_yet() -> bool:
        seen.update(descendants(demo.pid))
        return demo.poll() is not None or any(part in command for command in seen.values())

    wait_until(is_there_yet, seconds_max=120, what=part)
    for ending in (signal.SIGSTOP, *endings, signal.SIGCONT):  # So that all have come when it goes on.
        demo.send_signal(ending)
    _, said = demo.communicate(timeout=60)

    assert [seen[pid] for pid in seen if is_there(pid)] == []
    assert (demo.returncode, said.splitlines()[-1]) == (
        130,
        b"sretool demo: interrupted; everything that it started is stopped",
    )
    assert b"Traceback" not in said
    assert list(temporary.iterdir()) == []
    assert (out / "transcript.txt").is_file()


def test_what_is_in_a_directory_is_not_written_over(tmp_path):
    (tmp_path / "mine").touch()

    ended = subprocess.run(
        [sys.executable, "-m", "sretool", "demo", "--out", tmp_path], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sretool demo: {tmp_path} is not empty: name a new directory\n"
