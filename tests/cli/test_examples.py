"""What examples/ shows is what the commands make today."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DIALECTS = sorted((CHECKOUT / "examples/dialects").glob("*.yaml"))


def sretool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sretool", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["prometheus", "operator", "alertmanager"])
def test_the_generated_examples_have_not_drifted(target):
    directory = {"prometheus": "rules"}.get(target, target)

    done = sretool("slo", "generate", "slos/", "--target", target, "--out", f"examples/{directory}", "--check")

    assert done.returncode == 0, f"{done.stderr}\nrun: make examples"


@pytest.mark.parametrize("path", DIALECTS, ids=lambda path: path.stem)
def test_rules_of_every_dialect_are_accepted_by_promtool(path, promtool, tmp_path):
    done = sretool("slo", "generate", path, "--out", tmp_path)
    assert done.returncode == 0, done.stderr

    checked = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", *tmp_path.glob("*.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
