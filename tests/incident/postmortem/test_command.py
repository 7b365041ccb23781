"""`sretool postmortem` and `sretool lint` on postmortems, as processes: what is printed, formats and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from incident.postmortem.pages import GOLDEN, golden_with
from specs import native_document

SCHEMA = Path(__file__).parents[2] / "lint" / "sarif.schema.json"
BROKEN = golden_with(
    "## Actions\n\n| action | type | owner | due | verified by |\n|-|-|-|-|-|\n| Do | prevent | | | |\n"
)
WORDY = golden_with("## What went wrong\n\nWe should have looked.\n")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A repository with a postmortem in which nothing is wrong, and others."""
    (tmp_path / "sretool.yaml").write_text("slos: slos/\n", encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text("teams: {ingest: }\npeople: {ada: }\n", encoding="utf-8")
    (tmp_path / "slos").mkdir()
    slos = native_document("service: billing-ingest\nowner: ingest")
    (tmp_path / "slos/a.yaml").write_text(slos, encoding="utf-8")
    (tmp_path / "postmortems").mkdir()
    for name, text in {"good": GOLDEN, "wordy": WORDY, "broken": BROKEN, "README": "# All of them\n"}.items():
        (tmp_path / "postmortems" / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def sretool(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
    command = [sys.executable, "-m", "sretool", *arguments]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


def test_all_pages_of_the_repository_are_linted_with_places_and_remedies(home: Path):
    done = sretool(home, "postmortem", "lint")

    assert done.returncode == 1
    assert "postmortems/broken.md:71:18: PM041 this action has no owner\n" in done.stdout
    assert "postmortems/wordy.md:54:4: PM033 warning: this tells what did not happen\n" in done.stdout
    assert done.stderr == "2 errors, 2 warnings in 3 files\n"


def test_warnings_fail_where_that_is_asked_for(home: Path):
    wordy = "postmortems/wordy.md"

    assert sretool(home, "postmortem", "lint", wordy).returncode == 0
    assert sretool(home, "postmortem", "lint", wordy, "--fail-on", "warning").returncode == 1
    assert sretool(home, "postmortem", "lint", wordy, "--fail-on", "warning", "--ignore", "PM03").returncode == 0


def test_programs_read_json_and_sarif(home: Path):
    by_json = json.loads(sretool(home, "postmortem", "lint", "--output", "json").stdout)
    by_sarif = json.loads(sretool(home, "postmortem", "lint", "--output", "sarif").stdout)

    jsonschema.validate(by_sarif, json.loads(SCHEMA.read_text(encoding="utf-8")))
    codes = sorted(finding["code"] for finding in by_json["findings"])
    assert codes == ["PM033", "PM041", "PM042", "PM047"]
    assert sorted(result["ruleId"] for result in by_sarif["runs"][0]["results"]) == codes
    assert by_json["findings"][0]["suppression"] == '<!-- sretool: ignore[PM041] reason="" -->'


def test_a_name_that_is_no_utf_8_is_shown_as_what_is_unknown(home: Path):
    (home / "postmortems" / os.fsdecode(b"p\xe9.md")).write_text(BROKEN, encoding="utf-8")

    assert "postmortems/p\ufffd.md:71:18: PM041" in sretool(home, "postmortem", "lint").stdout
    found = json.loads(sretool(home, "postmortem", "lint", "--output", "json").stdout)["findings"]
    assert "postmortems/p\ufffd.md" in {each["path"] for each in found}


def test_lint_has_the_postmortems_among_its_paths_too(home: Path):
    for path in ("postmortems", ".", "postmortems/broken.md"):
        done = sretool(home, "lint", path, "--output", "github")

        assert done.returncode == 1, path
        assert "file=postmortems/broken.md,line=71,col=18,endColumn=18,title=PM041 no-owner::" in done.stdout, path


def test_what_cannot_be_read_is_wrong_input(home: Path):
    (home / "postmortems/binary.md").write_bytes(b"\x00\xff")
    (home / "empty").mkdir()

    for path in ("nowhere.md", "empty"):
        done = sretool(home, "postmortem", "lint", path)
        assert (done.returncode, "YA018" in done.stdout) == (2, True)
    done = sretool(home, "postmortem", "lint", "postmortems/binary.md")
    assert (done.returncode, "YA006" in done.stdout) == (1, True)


def test_an_incident_is_linted_by_its_id_or_a_part_of_it_as_new_takes_it(home: Path):
    for title in ("Orders fail", "Orders are slow"):
        sretool(home, "incident", "open", "--title", title, "--service", "billing-ingest", "--again")
    first, second = (one["id"] for one in json.loads(sretool(home, "incident", "list", "--output", "json").stdout))
    sretool(home, "postmortem", "new", first)

    for name in (first, first[-5:], first[-5:].upper()):
        done = sretool(home, "postmortem", "lint", name)
        assert (done.returncode, f"postmortems/{first}.md:" in done.stdout) == (1, True), name
        assert done.stderr.endswith(" in 1 file\n")
    for name, words in {
        second: f"{second} has no postmortem yet: sretool postmortem new {second}",
        "inc-2": "there is no file inc-2, and inc-2 may be any of 2 incidents: say more of one of these",
        "nobody": "there is no file nobody, and no incident is called nobody: sretool incident list --all shows all",
    }.items():
        done = sretool(home, "postmortem", "lint", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr


def test_a_repository_without_postmortems_has_none_that_is_wrong(home: Path):
    (home / "sretool.yaml").write_text("postmortems: elsewhere/\n", encoding="utf-8")
    done = sretool(home, "postmortem", "lint")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "there is no postmortem yet: elsewhere is not there\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("new", "7k3qd"), "7k3qd"),
        (("new", "7k3qd", "--answers", "nowhere.yaml"), "YA018"),
        (("new", "7k3qd", "--answers", "wrong.yaml"), "YA003"),
    ],
)
def test_new_refuses_what_it_cannot_find_or_read(home: Path, arguments: tuple[str, ...], words: str):
    (home / "wrong.yaml").write_text("sumary: It failed.\n", encoding="utf-8")
    done = sretool(home, "postmortem", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_one_question_that_is_left_is_one_question(home: Path):
    answers = "{summary: s, customers: c, detection: d, factors: [f, g], went_well: w, went_wrong: w, lucky: l}\n"
    (home / "answers.yaml").write_text(answers, encoding="utf-8")
    sretool(home, "incident", "open", "--title", "Orders fail", "--service", "billing-ingest")
    done = sretool(home, "postmortem", "new", "--answers", "answers.yaml")

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "1 question is left: answer each TODO, then sretool postmortem lint"


def test_the_template_is_printed_as_it_is_shipped(home: Path):
    shipped = Path(__file__).parents[3] / "templates/postmortem.md.j2"

    assert sretool(home, "postmortem", "template").stdout == shipped.read_text(encoding="utf-8")
