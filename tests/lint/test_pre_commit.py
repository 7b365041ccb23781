"""The hook and the example of its configuration, as pre-commit itself runs them. Needs `pre-commit` on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.extra
BROKEN = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up\n        labels: {severity: page}\n"


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    identity = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **identity, "PRE_COMMIT_COLOR": "never", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A new repository as `sretool init` and `slo generate` leave it, in git."""
    if shutil.which("pre-commit") is None:
        pytest.fail("pre-commit is not on PATH: run `make test-extra`, which fetches it", pytrace=False)
    sretool = Path(sys.executable).with_name("sretool")
    assert run(sretool, "init", "repository", cwd=tmp_path).returncode == 0
    home = tmp_path / "repository"
    assert run(sretool, "slo", "generate", "--out", "rules", cwd=home).returncode == 0
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Begin")):
        assert run("git", *arguments, cwd=home).returncode == 0
    return home


def test_the_hook_of_this_repository_finds_what_is_wrong_with_another(repository: Path, tmp_path: Path):
    (repository / "rules" / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    run("git", "add", "-A", cwd=repository)

    done = run(
        *("pre-commit", "try-repo", CHECKOUT, "sretool-lint", "--all-files"),
        cwd=repository,
        PRE_COMMIT_HOME=str(tmp_path / "cache"),
        PIP_CONSTRAINT=str(CHECKOUT / "constraints.txt"),
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "rules/broken.yaml:5:15: AL301" in done.stdout


def test_the_example_of_a_configuration_passes_a_new_repository(repository: Path, tmp_path: Path):
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")
    assert run(*pip, "-w", tmp_path / "wheels", CHECKOUT, cwd=tmp_path).returncode == 0
    shutil.copy(CHECKOUT / "examples/ci/.pre-commit-config.yaml", repository)
    run("git", "add", "-A", cwd=repository)

    done = run(
        *("pre-commit", "run", "--all-files"),
        cwd=repository,
        PRE_COMMIT_HOME=str(tmp_path / "cache"),
        PIP_FIND_LINKS=str(tmp_path / "wheels"),
        PIP_CONSTRAINT=str(CHECKOUT / "constraints.txt"),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "sretool lint" in done.stdout
    assert "Passed" in done.stdout
