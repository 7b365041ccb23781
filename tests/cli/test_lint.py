"""`sretool lint` as a process: files with one mistake a check, in each format; exit codes; the examples of CI."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from sretool.lint.checks import CHECKS
from sretool.yamltext.codes import CODES

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGES = CHECKOUT / "docs" / "checks"
_WRONG = re.compile(r"^## Raises it\n\n```(yaml|markdown)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What a specification or YAML alone is wrong with is shown by their own tests; and while specifications have mistakes,
# nobody can say what they make.
SHOWN = sorted({check.code for check in CHECKS} - {"GD601"} | {"LN001", "LN002", "LN003"})


def sretool(*arguments: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "sretool"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the wrong example of every check's page, each a file."""
    home = tmp_path_factory.mktemp("broken")
    (home / "sretool.yaml").write_text("scrape_interval: 1m\nslos: slos/\n", encoding="utf-8")
    for place in ("rules", "slos", "runbooks"):
        (home / place).mkdir()
    for code in SHOWN:
        ((kind, text),) = _WRONG.findall((PAGES / f"{code}.md").read_text(encoding="utf-8"))
        directory = "slos" if text.startswith("apiVersion") else "runbooks" if kind == "markdown" else "rules"
        suffix = "md" if kind == "markdown" else "yaml"
        unique = text.replace("service: checkout", f"service: checkout-{code.lower()}")
        (home / directory / f"{code}.{suffix}").write_text(unique, encoding="utf-8")
    return home


def codes_by_file(found: list[tuple[str, str]]) -> dict[str, set[str]]:
    return {path: {code for where, code in found if where == path} for path, _ in found}


def expected(home: Path) -> dict[str, str]:
    """The code that each file was written for."""
    files = [path.relative_to(home) for path in home.rglob("*") if path.stem in SHOWN]
    return {path.as_posix(): path.stem for path in files}


def test_people_are_told_of_every_file(broken: Path):
    done = sretool("lint", ".", cwd=broken)

    found = re.findall(r"^(?:\./)?([^ :]+):[0-9]+:[0-9]+: ([A-Z]{2}[0-9]{3}) ", done.stdout, re.MULTILINE)
    told = codes_by_file(found)
    assert done.returncode == 1
    assert {path: code for path, code in expected(broken).items() if code not in told.get(path, set())} == {}


def test_programs_are_told_the_same_as_json(broken: Path):
    done = sretool("lint", ".", "--output", "json", cwd=broken)

    findings = json.loads(done.stdout)["findings"]
    told = codes_by_file([(each["path"].removeprefix("./"), each["code"]) for each in findings])
    assert done.returncode == 1
    assert {path: code for path, code in expected(broken).items() if code not in told.get(path, set())} == {}


def test_code_hosts_are_told_the_same_as_sarif(broken: Path):
    done = sretool("lint", ".", "--output", "sarif", cwd=broken)

    document = json.loads(done.stdout)
    schema = json.loads((CHECKOUT / "tests/lint/sarif.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    results = document["runs"][0]["results"]
    paths = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]
    told = codes_by_file(list(zip(paths, [each["ruleId"] for each in results], strict=True)))
    assert {path: code for path, code in expected(broken).items() if code not in told.get(path, set())} == {}


def test_github_is_told_the_same_in_commands(broken: Path):
    done = sretool("lint", ".", "--output", "github", cwd=broken)

    pattern = r"^::(?:error|warning|notice) file=(?:\./)?([^,]+),line=[0-9]+,.*?,title=([A-Z]{2}[0-9]{3}) "
    told = codes_by_file(re.findall(pattern, done.stdout, re.MULTILINE))
    assert {path: code for path, code in expected(broken).items() if code not in told.get(path, set())} == {}
    assert all(line.startswith("::") for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("rules/RB701.yaml",), 0),
        (("rules/RB701.yaml", "--fail-on", "warning"), 1),
        (("rules/AL301.yaml",), 1),
        (("rules/AL301.yaml", "--ignore", "AL301"), 0),
        (("rules/AL301.yaml", "--select", "PQ,RB"), 0),
        (("rules/AL301.yaml", "--select", "PX"), 2),
        (("nowhere.yaml",), 2),
        (("nowhere.yaml", "--ignore", "YA"), 2),
        (("runbooks/nowhere.md",), 2),
        (("rules/PQ202.yaml", "--target-version", "2.49"), 0),
        (("rules/PQ202.yaml", "--target-version", "newest"), 2),
    ],
)
def test_the_exit_code_says_what_came_of_it(broken: Path, arguments: tuple[str, ...], code: int):
    done = sretool("lint", *arguments, cwd=broken)

    assert done.returncode == code, done.stdout + done.stderr


def test_rules_come_through_a_pipe(broken: Path):
    done = sretool("lint", "-", cwd=broken, stdin=(broken / "rules/AL301.yaml").read_text(encoding="utf-8"))

    assert done.stdout.startswith("<stdin>:5:15: AL301 ")
    assert done.returncode == 1


def test_a_code_is_explained_by_its_page(tmp_path: Path):
    done = sretool("lint", "--explain", "pq204", cwd=tmp_path)

    assert done.stdout == (PAGES / "PQ204.md").read_text(encoding="utf-8")


def test_all_codes_are_listed_with_level_name_and_title(tmp_path: Path):
    done = sretool("lint", "--list", cwd=tmp_path)

    listed = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
    assert listed == [[code.code, code.level, code.slug, code.title] for code in CODES.values()]


def test_this_repository_has_no_findings():
    done = sretool("lint", "slos", "runbooks", "examples/rules", "examples/operator", "--fail-on", "info", cwd=CHECKOUT)

    assert (done.returncode, done.stdout) == (0, "")


def test_rules_that_are_no_longer_those_of_the_slos_are_found(tmp_path: Path):
    assert sretool("init", "new", cwd=tmp_path).returncode == 0
    home = tmp_path / "new"
    assert sretool("slo", "generate", "--out", "rules", cwd=home).returncode == 0
    slos = home / "slos/checkout.yaml"

    as_made = sretool("lint", "rules", cwd=home)
    slos.write_text(slos.read_text(encoding="utf-8").replace("objective: 99.9%", "objective: 99.95%"), encoding="utf-8")
    drifted = sretool("lint", "rules", cwd=home)

    assert (as_made.returncode, as_made.stdout) == (0, "")
    assert drifted.returncode == 1
    assert re.match(r"rules/checkout\.yaml:[0-9]+:1: GD601 ", drifted.stdout)


def test_a_page_that_git_does_not_have_is_not_in_the_commit(tmp_path: Path):
    (tmp_path / "sretool.yaml").write_text("slos: slos/\n", encoding="utf-8")
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/a.md").write_text("# A\n\nLook.\n", encoding="utf-8")
    rule = "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    annotations: {runbook: runbooks/a.md}\n"
    (tmp_path / "r.yaml").write_text(rule, encoding="utf-8")

    without_git = sretool("lint", "r.yaml", cwd=tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    untracked = sretool("lint", "r.yaml", cwd=tmp_path)
    subprocess.run(["git", "add", "runbooks"], cwd=tmp_path, check=True)
    staged = sretool("lint", "r.yaml", cwd=tmp_path)

    assert [done.returncode for done in (without_git, untracked, staged)] == [0, 1, 0]
    assert "RB702 this commit has no such page" in untracked.stdout


def test_the_workflow_of_the_examples_passes_a_new_repository_and_fails_a_broken_one(tmp_path: Path, broken: Path):
    workflow = yaml.safe_load((CHECKOUT / "examples/ci/github-lint.yaml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["lint"]["steps"] if "run" in step]
    assert sretool("init", "new", cwd=tmp_path).returncode == 0
    assert sretool("slo", "generate", "--out", "rules", cwd=tmp_path / "new").returncode == 0
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PATHS": workflow["env"]["PATHS"]}

    def ended(script: str, home: Path) -> int:
        command = ["bash", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=home, env=environment, check=False, capture_output=True).returncode

    (lints,) = [script for script in steps if "pip install" not in script]
    assert (ended(lints, tmp_path / "new"), ended(lints, broken)) == (0, 1)
