"""What `sretool init` writes works as it stands: its README's commands, and every check of its CI workflow."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
STARTER = ROOT / "templates/starter"


def shell(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a CI runner does: it ends at the first command that fails."""
    search = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": search, "HOME": str(directory), "LANG": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=directory,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, promtool: Path) -> Path:
    """A new repository, its README's first steps done."""
    directory = tmp_path_factory.mktemp("new")
    for script in ("sretool init repository", f"cd repository\n{first_steps()}"):
        done = shell(script, directory)
        assert done.returncode == 0, done.stdout
    return directory / "repository"


def first_steps() -> str:
    """The commands that the README of a new repository says to begin with."""
    begin = (STARTER / "README.md").read_text(encoding="utf-8").partition("## Begin\n")[2]
    return "\n".join(re.findall(r"^    (.+)$", begin.partition("\n\nCommit ")[0], re.MULTILINE))


def checks(repository: Path) -> dict[str, str]:
    """The workflow's steps by name, without those that install something."""
    workflow = yaml.safe_load((repository / ".github/workflows/slo.yaml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    return {step["name"]: step["run"] for step in steps if not re.match("Install|Unpack", step["name"])}


def test_the_first_steps_of_a_new_repository_generate_rules_and_their_tests(repository):
    generated = {path.relative_to(repository).parts[:-1] for path in (repository / "rules").rglob("checkout*.yaml")}

    assert generated == {("rules",), ("rules", "tests")}


def test_a_new_repository_passes_its_own_workflow_once_its_rules_are_there(repository):
    # What the first steps have run already, as they stand here, has passed.
    new = {name: run for name, run in checks(repository).items() if run not in first_steps().splitlines()}
    done = {name: shell(run, repository) for name, run in new.items()}

    assert "The rules are those of the SLOs" in done
    assert {name: ended.stdout for name, ended in done.items() if ended.returncode} == {}


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        ("runbooks/slo-no-data.md", "SLOs, rules and runbooks are sound"),
        ("postmortems/one.md", "Postmortems are whole"),
    ],
)
def test_the_workflow_fails_for_a_page_that_lacks_and_for_a_postmortem_that_is_none(repository, tmp_path, broken, step):
    changed = shutil.copytree(repository, tmp_path / "changed")
    page = changed / broken
    if page.exists():
        page.unlink()
    else:
        page.parent.mkdir()
        page.write_text("# One\n", encoding="utf-8")

    steps = checks(changed)

    assert shell(steps[step], changed).returncode == 1


def test_the_workflow_fails_when_an_slo_changed_and_its_rules_did_not(repository, tmp_path):
    changed = shutil.copytree(repository, tmp_path / "changed")
    slo = changed / "slos/checkout.yaml"
    slo.write_text(slo.read_text(encoding="utf-8").replace("objective: 99.9%", "objective: 99.95%"), encoding="utf-8")

    failed = next(name for name, run in checks(changed).items() if shell(run, changed).returncode)

    assert failed == "The rules are those of the SLOs"


def test_the_workflows_pin_the_version_that_they_come_with():
    workflows = ["templates/starter/.github/workflows/slo.yaml", "examples/ci/github-workflow.yaml"]
    workflows.append("examples/ci/github-lint.yaml")
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)

    pinned = {yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))["env"]["SRETOOL"] for path in workflows}

    assert pinned == {f"sretool=={version[1]}"}
