"""What `sretool incident` says of input that is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SRETOOL = (sys.executable, "-m", "sretool", "incident")


@pytest.mark.parametrize("arguments", [("from-alert",), ("note", "inc-20261128-aaaaa", "-")])
def test_a_standard_input_that_is_closed_is_named_as_what_cannot_be_read(tmp_path: Path, arguments: tuple[str, ...]):
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *SRETOOL, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "standard input cannot be read: Bad file descriptor" in done.stderr


def test_a_time_that_is_no_number_does_not_deliver_for_ever(tmp_path: Path):
    command = [*SRETOOL, "deliver", "--seconds", "nan"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, "--seconds nan is no time" in done.stderr) == (2, True)
