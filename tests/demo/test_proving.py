"""promtool at work beside other things: what it says of a wrong rule, and that nothing outlives an interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sretool.demo.processes import uninterrupted, wait_until
from sretool.demo.proving import ProofFailed, prove

RULES = "groups: [{name: g, rules: [{record: two, expr: vector(2)}]}]"
TEST = """\
rule_files: [rules.yaml]
tests:
  - promql_expr_test:
      - {expr: two, eval_time: 1m, exp_samples: [{labels: two, value: %s}]}
"""

# As from a terminal: whoever runs these tests may ignore what ends it, as nohup does.
DEMO = """\
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
runpy.run_module("sretool.demo", run_name="__main__")
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def test_every_file_is_proved_and_told(rules, promtool):
    tests = [rules / f"{name}.test.yaml" for name in "abc"]
    for test in tests:
        test.write_text(TEST % 2)
    told: list[str] = []

    prove(promtool, tests, proved=lambda: told.append("one"))

    assert told == ["one", "one", "one"]


def test_what_promtool_says_of_a_wrong_rule_is_said(rules, promtool):
    (rules / "wrong.test.yaml").write_text(TEST % 3)

    with pytest.raises(ProofFailed, match=r"wrong\.test\.yaml failed:(?s:.*)exp: .* 3E\+00(?s:.*)got: .* 2E\+00"):
        prove(promtool, [rules / "wrong.test.yaml"], proved=lambda: None)


@pytest.fixture
def ctrl_c() -> Iterator[signal.Signals]:
    """The signal, heeded as at a terminal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.SIGINT
    signal.signal(signal.SIGINT, before)


def test_an_interruption_waits_until_it_is_known_what_there_is_to_stop(ctrl_c):
    known: list[str] = []

    def start() -> None:
        with uninterrupted():
            signal.raise_signal(ctrl_c)
            known.append("a process")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert known == ["a process"]


def children(pid: int) -> list[int]:
    if sys.platform == "linux":  # Where `ps` is a package of its own.
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in map(str.split, listed.splitlines()) if int(parent) == pid]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda ending: ending.name)
def test_whatever_ends_the_demonstration_ends_what_it_started(ending, promtool, prometheus_binary):
    demo = subprocess.Popen([sys.executable, "-c", DEMO], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(lambda: len(children(demo.pid)) == 3, seconds_max=60, what="a Prometheus and two promtools")
    started = children(demo.pid)

    demo.send_signal(ending)
    said = demo.communicate(timeout=60)[1]

    assert [pid for pid in started if is_there(pid)] == []
    assert (demo.returncode, said) == (130, b"sretool demo: interrupted; everything that it started is stopped\n")
