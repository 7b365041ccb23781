"""`sretool lint` as a process: files with one mistake a check, in each format; exit codes; the examples of CI."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from sretool.cli.inputs import repository
from sretool.cli.main import app
from sretool.yamltext.codes import CODES

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGES = CHECKOUT / "docs" / "checks"
BROKEN = CHECKOUT / "examples" / "broken"
FILES = {path.relative_to(BROKEN).as_posix(): path.name[:5] for path in sorted(BROKEN.rglob("[A-Z][A-Z][0-9]*"))}
# Codes that no file of a repository can show, each with the reason why.
NOT_SHOWN = {
    "YA007": "a file of more than 16 MiB is nothing to keep",
    "YA018": "a file that nobody can read ends the command with 2, and hides how it ends otherwise",
}
# What is told beside the code of a file.
BESIDE = {
    "LN002": {"AL301"},  # What is accepted no longer is told again.
}
# While any specification among the paths has mistakes, nobody can say what they make: told where it is alone.
ONLY_ALONE = {"GD601"}
OF_OTHERS = ("BL", "PM")  # What `sretool billing` says of price lists, and `sretool postmortem lint` of postmortems.


def sretool(*arguments: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "sretool"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


def codes_by_file(found: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    by_file: dict[str, set[str]] = {}
    for path, code in found:
        by_file.setdefault(path.removeprefix("./"), set()).add(code)
    return by_file


def expected() -> dict[str, set[str]]:
    """What is told of each file where all are linted at once."""
    return {path: {code} | BESIDE.get(code, set()) for path, code in FILES.items() if code not in ONLY_ALONE}


def test_every_code_has_a_broken_file_or_a_reason_to_have_none():
    codes = {code for code in CODES if not code.startswith(OF_OTHERS)}

    assert set(FILES.values()) | NOT_SHOWN.keys() == codes
    assert len(set(FILES.values())) == len(FILES)
    assert {Path(path).stem for path in FILES} == {f"{code}-{CODES[code].slug}" for code in FILES.values()}


@pytest.mark.parametrize("path", FILES)
def test_a_broken_file_alone_has_its_code_and_no_other(path: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(BROKEN)
    repository.cache_clear()
    code = FILES[path]

    done = CliRunner().invoke(app, ["lint", path, "--output", "json"])
    repository.cache_clear()

    assert {each["code"] for each in json.loads(done.stdout)["findings"]} == {code} | BESIDE.get(code, set())
    assert done.exit_code == (1 if CODES[code].level == "error" or code in BESIDE else 0)


def test_people_are_told_of_every_broken_file_and_of_nothing_else():
    done = sretool("lint", ".", cwd=BROKEN)

    found = re.findall(r"^([^ :]+):[0-9]+:[0-9]+: ([A-Z]{2}[0-9]{3}) ", done.stdout, re.MULTILINE)
    assert (done.returncode, codes_by_file(found)) == (1, expected())


def test_programs_are_told_the_same_as_json():
    done = sretool("lint", ".", "--output", "json", cwd=BROKEN)

    found = [(each["path"], each["code"]) for each in json.loads(done.stdout)["findings"]]
    assert (done.returncode, codes_by_file(found)) == (1, expected())


def test_code_hosts_are_told_the_same_as_sarif():
    done = sretool("lint", ".", "--output", "sarif", cwd=BROKEN)

    document = json.loads(done.stdout)
    schema = json.loads((CHECKOUT / "tests/lint/sarif.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    results = [each for each in document["runs"][0]["results"] if "suppressions" not in each]
    paths = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]
    found = zip(paths, [each["ruleId"] for each in results], strict=True)
    assert (done.returncode, codes_by_file(found)) == (1, expected())


def test_github_is_told_the_same_in_commands():
    done = sretool("lint", ".", "--output", "github", cwd=BROKEN)

    pattern = r"^::(?:error|warning|notice) file=([^,]+),line=[0-9]+,.*?,title=([A-Z]{2}[0-9]{3}) "
    found = re.findall(pattern, done.stdout, re.MULTILINE)
    assert (done.returncode, codes_by_file(found)) == (1, expected())
    assert all(line.startswith("::") for line in done.stdout.splitlines())


def broken(code: str) -> str:
    return next(path for path, shown in FILES.items() if shown == code)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((broken("RB701"),), 0),
        ((broken("RB701"), "--fail-on", "warning"), 1),
        ((broken("AL301"),), 1),
        ((broken("AL301"), "--ignore", "AL301"), 0),
        ((broken("AL301"), "--select", "PQ,RB"), 0),
        ((broken("AL301"), "--select", "PX"), 2),
        (("nowhere.yaml",), 2),
        (("nowhere.yaml", "--ignore", "YA"), 2),
        (("runbooks/nowhere.md",), 2),
        ((broken("PQ202"), "--target-version", "2.49"), 0),
        ((broken("PQ202"), "--target-version", "newest"), 2),
    ],
)
def test_the_exit_code_says_what_came_of_it(arguments: tuple[str, ...], code: int):
    done = sretool("lint", *arguments, cwd=BROKEN)

    assert done.returncode == code, done.stdout + done.stderr


def test_what_would_block_or_never_end_is_told_and_not_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "endless.md").symlink_to("/dev/zero")
    (tmp_path / "above").symlink_to(".")

    done = sretool("lint", "pipe.md", "pipe.yaml", "endless.md", "above", cwd=tmp_path)

    told = re.findall(r"^(\S+):1:1: YA018 (.*)", done.stdout, re.MULTILINE)
    kinds = {"pipe.md": "a pipe", "pipe.yaml": "a pipe", "endless.md": "a device"}
    assert done.returncode == 2
    assert dict(told) == {path: f"this is {kind}, not a file" for path, kind in kinds.items()}


def test_a_page_that_is_no_text_is_told(tmp_path: Path):
    (tmp_path / "page.md").write_bytes(b"# A\n\xff\n")

    done = sretool("lint", "page.md", cwd=tmp_path)

    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "page.md:2:1: YA006 byte 0xff is not UTF-8")


def test_a_tree_without_anything_of_ours_is_a_wrong_path_and_not_a_clean_one(tmp_path: Path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts/values.yaml").write_text("replicas: 3\n", encoding="utf-8")

    done = sretool("lint", "charts", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "sretool lint: charts holds no SLOs, no rules and no runbooks: check the path",
        "nothing to look at in 0 files; 1 file without SLOs or rules",
    ]


def test_rules_come_through_a_pipe():
    done = sretool("lint", "-", cwd=BROKEN, stdin=(BROKEN / broken("AL301")).read_text(encoding="utf-8"))

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


@pytest.mark.parametrize("slos", ["slos/", "[slos/, more/*.yaml]"])
def test_the_settings_of_a_repository_below_are_no_broken_slos(tmp_path: Path, slos: str):
    assert sretool("init", "a/new", cwd=tmp_path).returncode == 0
    (tmp_path / "a/new/sretool.yaml").write_text(f"slos: {slos}\n", encoding="utf-8")

    done = sretool("lint", "a", "--select", "SL120", cwd=tmp_path)
    named = sretool("lint", "a/new/sretool.yaml", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "")
    assert (named.returncode, named.stdout) == (2, "")
    assert named.stderr.startswith("sretool lint: a/new/sretool.yaml holds no SLOs, no rules and no runbooks")


def test_slos_of_which_nothing_but_names_is_written_yet_are_broken_beside_whole_ones(tmp_path: Path):
    assert sretool("init", "new", cwd=tmp_path).returncode == 0
    (tmp_path / "new/slos/cart.yaml").write_text("service: cart\nslos: [availability]\n", encoding="utf-8")

    done = sretool("lint", "slos", cwd=tmp_path / "new")

    assert (done.returncode, "slos/cart.yaml:1:1: SL120" in done.stdout) == (1, True)


def test_a_page_that_is_no_runbook_is_not_taken_for_a_clean_one(tmp_path: Path):
    (tmp_path / "README.md").write_text("# A\n\n## Blank\n", encoding="utf-8")
    (tmp_path / "page.md").write_text("# A\n\nLook.\n", encoding="utf-8")
    unmarked = [sretool("lint", name, cwd=tmp_path) for name in ("README.md", "page.md")]
    assert [done.returncode for done in unmarked] == [2, 0]

    (tmp_path / "sretool.yaml").write_text("runbooks: pages\n", encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/README.md").write_text("# A\n\nLook.\n", encoding="utf-8")
    beside = sretool("lint", "README.md", "pages", cwd=tmp_path)
    alone = sretool("lint", "page.md", cwd=tmp_path)

    assert (beside.returncode, beside.stderr) == (0, "ok in 1 file; 1 file without SLOs or rules\n")
    assert (alone.returncode, alone.stdout) == (2, "")
    assert alone.stderr.splitlines() == [
        "sretool lint: nothing in page.md is linted: a page is a runbook below pages (runbooks: of sretool.yaml)",
        "nothing to look at in 0 files; 1 file without SLOs or rules",
    ]


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
    assert "RB702 this commit has no page runbooks/a.md" in untracked.stdout


def test_every_page_that_slos_link_to_has_to_be_in_the_commit_and_is_missed_once(tmp_path: Path):
    assert sretool("init", "new", cwd=tmp_path).returncode == 0
    home = tmp_path / "new"
    other = (home / "slos/checkout.yaml").read_text(encoding="utf-8").replace("service: checkout", "service: other")
    (home / "slos/other.yaml").write_text(other, encoding="utf-8")
    (home / "runbooks/slo-no-data.md").unlink()
    subprocess.run(["git", "init", "-q"], cwd=home, check=True)
    subprocess.run(["git", "add", "."], cwd=home, check=True)
    subprocess.run(["git", "rm", "-q", "--cached", "runbooks/checkout-availability.md"], cwd=home, check=True)
    assert sretool("slo", "generate", "--out", "rules", cwd=home).returncode == 0

    for paths in (("slos",), ("slos", "rules")):
        done = sretool("lint", *paths, cwd=home)

        found = [line.partition(" RB702 ")[2].split(" (")[0] for line in done.stdout.splitlines() if " RB702 " in line]
        assert (done.returncode, sorted(found)) == (
            1,
            [f"this commit has no page runbooks/{page}.md" for page in ("checkout-availability", "slo-no-data")],
        )


def test_a_repository_that_has_no_postmortem_yet_lints_none(tmp_path: Path):
    assert sretool("init", "new", cwd=tmp_path).returncode == 0

    for command in (("lint", "slos", "postmortems"), ("postmortem", "lint", "postmortems/")):
        done = sretool(*command, cwd=tmp_path / "new")

        assert (done.returncode, done.stdout) == (0, "")
        assert "there is no postmortem yet: postmortems is not there\n" in done.stderr


def test_the_workflow_of_the_examples_passes_a_new_repository_and_fails_a_broken_one(tmp_path: Path):
    workflow = yaml.safe_load((CHECKOUT / "examples/ci/github-lint.yaml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["lint"]["steps"] if "run" in step]
    assert sretool("init", "new", cwd=tmp_path).returncode == 0
    assert sretool("slo", "generate", "--out", "rules", cwd=tmp_path / "new").returncode == 0
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PATHS": workflow["env"]["PATHS"]}

    def ended(script: str, home: Path) -> int:
        command = ["bash", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=home, env=environment, check=False, capture_output=True).returncode

    (lints,) = [script for script in steps if "pip install" not in script]
    assert (ended(lints, tmp_path / "new"), ended(lints, BROKEN)) == (0, 1)
