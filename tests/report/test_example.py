"""examples/report is what the command makes of a real Prometheus, ledger and postmortems, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "examples" / "report"


@pytest.fixture(scope="module")
def made(prometheus_binary: Path, promtool: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    done = subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "example_report.py", out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", ["report.html", "report.md", "report.json"])
def test_the_report_of_the_made_up_quarter_is_made_again_byte_for_byte(made: Path, name: str):
    assert (made / name).read_bytes() == (EXAMPLE / name).read_bytes(), "run: make examples"
