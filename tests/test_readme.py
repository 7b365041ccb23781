"""What README.md shows of the command line is what a new repository answers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from sretool.demo.processes import wait_until

pytestmark = pytest.mark.long

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"\.venv/bin/sretool |curl |[A-Z]+=")
WRITTEN = ("2026-11", "2026-12", "2027-01")
PATIENCE_SECONDS = 900  # Of all its commands, one after another, on a machine that has much else to do.
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


def test_an_incident_goes_the_way_that_it_shows(repository):
    section = README.partition("\n## From a page to a decision\n")[2].partition("\n## ")[0]
    drill, *steps = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    words = shlex.split(drill.partition(" > ")[0])
    with (repository / "sandbox.env").open("wb") as variables, started(words, repository, variables):
        wait_until(lambda: is_complete(repository / "sandbox.env"), seconds_max=60, what="the sandbox")
        script = (
            "set -e\nsretool() { " + shlex.join([sys.executable, "-m", "sretool"]) + ' "$@"; }\n' + "\n".join(steps)
        )
        done = subprocess.run(["bash", "-c", script], cwd=repository, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "rolled back to release 41" in done.stdout
    page = next(repository.glob("postmortems/*.md")).read_text(encoding="utf-8")
    assert [word in page for word in ("Paged", "acknowledged by", "release 42 held its connections open")] == [True] * 3
    assert done.stderr.count("PagerDuty: ") == 4  # The page, the acknowledgement, the note and the resolution.


def is_complete(variables: Path) -> bool:
    return variables.read_bytes().endswith(b"PAGERDUTY_FROM=on-call@example.com\n")


@contextmanager
def started(words: list[str], cwd: Path, stdout: IO[bytes]) -> Iterator[None]:
    """A command of ours that runs until the block ends."""
    command = [sys.executable, "-m", "sretool", *words[1:]]
    with subprocess.Popen(command, cwd=cwd, stdout=stdout, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def walk() -> list[tuple[str, list[str]]]:
    """The commands that README.md gives for the service, each with the lines that it shows below."""
    section = README.partition("\n## The system that it measures\n")[2].partition("\n## ")[0]
    lines = [line[4:] for line in section.replace("\\\n", "\\\n    ").splitlines() if line.startswith("    ")]
    steps: list[tuple[str, list[str]]] = []
    is_whole = True
    for line in lines:
        if not is_whole:
            steps[-1] = (f"{steps[-1][0]}\n{line}", [])
        elif COMMAND.match(line):
            steps.append((line, []))
        else:
            steps[-1][1].append(line)
        is_whole = steps[-1][0].count("'") % 2 == 0 and not line.endswith("\\")
    return steps


def dated(text: str, today: date) -> str:
    """With this month, the next one and the one after it for those of README.md."""
    months = [(today.replace(day=1) + timedelta(days=31 * later + 1)).strftime("%Y-%m") for later in range(3)]
    return re.sub("2026-11|2026-12|2027-01", lambda month: months[WRITTEN.index(month[0])], text)


def told(text: str) -> list[str]:
    """Lines without their figures, which depend on how much was sent."""
    return [re.sub(r"[\d,.]+", "N", line).strip() for line in text.splitlines()]


@contextmanager
def serving(cwd: Path) -> Iterator[str]:
    """The address of the service that the walk begins with."""
    command = [sys.executable, "-m", "sretool", "billing", "serve", "--enable-faults", "--port", "0"]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("serving"))
            yield line.split(" at ")[1].partition(",")[0]
        finally:
            process.terminate()


def script(steps: list[tuple[str, list[str]]], url: str) -> str:
    """One shell, which keeps what each command says and its exit code. A short load is audited once it is applied."""
    applied = "until .venv/bin/sretool billing audit --output json | grep -q '\"pending\": 0'; do sleep 0.1; done\n"
    text = "".join(
        (applied if command.endswith("billing audit") else "")
        + f"{{ {command}\n}} > said.{number} 2>&1; echo $? > code.{number}\n"
        for number, (command, _) in enumerate(steps)
    )
    text = text.replace("--rate 20000 --seconds 10", "--rate 2000 --seconds 1")
    here = {".venv/bin/sretool": f"{sys.executable} -m sretool", "python3": sys.executable}
    for written, there in (here | {"http://localhost:8480": url}).items():
        text = text.replace(written, there)
    return dated(text, datetime.now(UTC).date())


def test_every_command_of_the_service_does_what_is_said_of_it(tmp_path):
    (served, _), *steps = walk()
    sretool("billing", "init", "--customers", "8", cwd=tmp_path)
    with serving(tmp_path) as url:
        subprocess.run(["bash", "-c", script(steps, url)], cwd=tmp_path, timeout=PATIENCE_SECONDS, check=True)

    assert "billing serve --enable-faults" in served
    for number, (command, shown_lines) in enumerate(steps):
        said, code = ((tmp_path / f"{name}.{number}").read_text(encoding="utf-8") for name in ("said", "code"))
        assert int(code) == (1 if "# exit 1" in command else 0), f"{command}: {said}"
        assert [line for line in told("\n".join(shown_lines)) if line not in told(said)] == [], f"{command}: {said}"
    assert "<h1>Invoice</h1>" in (tmp_path / "invoice.html").read_text(encoding="utf-8")
