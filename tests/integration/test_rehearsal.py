"""The rehearsal of docs/rehearsal.md works as it is written, but for its ports."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PAGE = (Path(__file__).parents[2] / "docs/rehearsal.md").read_text(encoding="utf-8")
BURNS = "checkout/availability spends its error budget"
PATIENCE_SECONDS = 600  # Of the whole, on a machine that has much else to do.


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, below those that the system gives to whoever asks for any."""
    found: list[int] = []
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)):
                found.append(port)
    return found[:number]


def walk() -> str:
    """All commands of the page, in order."""
    text = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    written = sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text)))
    for port, free in zip(written, free_ports(len(written)), strict=True):
        text = text.replace(port, str(free))
    # The way back takes most of the time and is looked at where the demonstration is.
    text, ends = re.subn(r"^until .*no incident is open.*\n", "", text, flags=re.MULTILINE)
    assert ends == 1
    return f"set -e\ntrap 'kill $(jobs -p) 2> /dev/null || :' EXIT\n{text}"


def commands_in(directory: Path) -> None:
    """The `sretool` and `python3` of these tests."""
    directory.mkdir()
    for name, words in {"sretool": f"{sys.executable} -m sretool", "python3": sys.executable}.items():
        (directory / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        (directory / name).chmod(0o755)


def stop_group(leader: int) -> None:
    """Stop what a script that was not heeded in time has left running."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGTERM)


def test_a_fault_is_rehearsed_from_a_new_repository_to_its_page_and_report(
    tmp_path: Path, prometheus_binary: Path, alertmanager_binary: Path
) -> None:
    commands_in(tmp_path / "bin")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SRETOOL_", "PAGERDUTY_"))}
    here = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "NO_PROXY": "127.0.0.1,localhost"}
    script = walk().replace("prometheus-alertmanager", alertmanager_binary.name)

    with subprocess.Popen(
        ["bash", "-c", script], cwd=tmp_path, env=kept | here, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as shell:
        try:
            said, _ = shell.communicate(timeout=PATIENCE_SECONDS)
        finally:
            stop_group(shell.pid)

    assert shell.returncode == 0, said
    pages = json.loads(re.search(r'^\{"pages":.*\}', said, re.MULTILINE)[0])["pages"]
    assert [page["who"] for page in pages if page["title"].startswith(BURNS)] == ["on-call@example.com"]
    assert BURNS in said.partition("## Incidents")[2]
