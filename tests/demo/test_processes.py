"""What is started is stopped, whatever comes between."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sretool.demo.processes import (
    ServerFailed,
    announced,
    interruptible,
    run,
    started,
    stopped_at_the_end,
    uninterrupted,
)

PYTHON = sys.executable
WAITS = [PYTHON, "-c", "import signal; signal.pause()"]


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


def test_an_interruption_stops_what_was_started(ctrl_c, tmp_path):
    with pytest.raises(KeyboardInterrupt), started(WAITS, log=tmp_path / "log") as process:
        signal.raise_signal(ctrl_c)

    assert process.poll() is not None


def test_a_second_interruption_is_not_heeded_while_things_are_stopped(ctrl_c):
    stopped: list[str] = []

    def stop(name: str) -> None:
        signal.raise_signal(signal.SIGTERM)
        stopped.append(name)

    def tell() -> None:
        with interruptible(), stopped_at_the_end() as parts:
            parts.callback(stop, "the first")
            parts.callback(stop, "the second")
            signal.raise_signal(ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        tell()
    assert stopped == ["the second", "the first"]


def test_what_was_heeded_before_is_heeded_after(ctrl_c):
    with interruptible():
        assert signal.getsignal(ctrl_c) is not signal.default_int_handler

    assert signal.getsignal(ctrl_c) is signal.default_int_handler


def test_a_process_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path):
    dies = [PYTHON, "-c", "import sys; sys.exit('no room left')"]

    with pytest.raises(ServerFailed, match=r"did not start:\nno room left"), announced(dies, log=tmp_path / "log"):
        pass


def test_a_command_that_fails_is_told_with_what_it_printed():
    fails = [PYTHON, "-c", "import sys; print('half done', flush=True); sys.exit('and no more')"]

    with pytest.raises(ServerFailed, match=r"failed:\nhalf done\nand no more"):
        run(fails)


def test_an_exit_code_that_is_expected_is_no_failure(tmp_path):
    where = [PYTHON, "-c", "import os, sys; print(os.getcwd()); sys.exit(3)"]

    assert Path(run(where, directory=tmp_path, codes=(0, 3)).strip()) == tmp_path.resolve()
