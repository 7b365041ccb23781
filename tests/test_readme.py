"""What README.md shows of the command line is what a new repository answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LEFT_OUT = "(the queries, then)"


def sretool(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "sretool", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def shown(command: str) -> list[str]:
    """The lines that README.md shows below a command, without those that are empty."""
    block = README.partition(f"\n    $ {command}\n")[2]
    lines = re.match(r"(?: {4}.*\n|\n)+", block)
    assert lines is not None, f"README.md does not show {command}"
    return [line[4:] for line in lines[0].splitlines() if line]


def printed(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    sretool("init", "new", cwd=tmp_path)
    return tmp_path / "new"


def test_the_mistakes_it_shows_are_told_so(repository):
    slos = repository / "slos/checkout.yaml"
    right = slos.read_text(encoding="utf-8")
    slos.write_text(right.replace("objective: 99.9%", "objective: 99.9").replace("period:", "perod:"), encoding="utf-8")

    assert printed(sretool("slo", "validate", cwd=repository)) == shown("sretool slo validate")


def test_the_promise_it_shows_is_explained_so(repository):
    explained = printed(sretool("slo", "explain", "checkout/availability", cwd=repository))
    begin, _, end = "\n".join(shown("sretool slo explain checkout/availability")).partition(f"{LEFT_OUT}\n")

    assert begin.splitlines() == explained[: len(begin.splitlines())]
    assert end.splitlines() == explained[-len(end.splitlines()) :]
