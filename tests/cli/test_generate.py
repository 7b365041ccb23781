"""What `sretool slo generate` does with the directory that it writes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from specs import native_document

from sretool.rules import directory


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/checkout.yaml").write_text(native_document())
    return tmp_path


def started(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sretool", "slo", "generate", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_run_waits_for_another_one_and_says_so(repository):
    out = repository / "rules"
    with directory.held(out, [], waiting=lambda: None):
        run = started("--out", "rules", cwd=repository)
        assert run.stderr
        said = run.stderr.readline()
        written_meanwhile = list(out.iterdir())

    output = run.communicate(timeout=60)

    assert said == "sretool slo generate: waiting for another run, which writes to rules\n"
    assert written_meanwhile == []
    assert (run.returncode, output[1]) == (0, "")
    assert [path.name for path in out.iterdir()] == ["checkout.yaml"]
