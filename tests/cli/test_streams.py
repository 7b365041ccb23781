"""How a command ends when nobody reads what it says, when it cannot be written, or when there is nothing to read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from specs import native_document, native_slo

SRETOOL = f"{sys.executable} -m sretool"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/checkout.yaml").write_text(native_document())
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/a.md").write_text("# What to do\n")
    return tmp_path


def shell(line: str, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """The exit code of a line of bash, what it printed, and what it said."""
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; sretool() {{ {SRETOOL} "$@"; }}; {line}'],
        cwd=cwd,
        capture_output=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    "command",
    ["validate", "validate --output json", "list", "explain availability", "generate", "convert", "--help"],
)
def test_a_reader_that_leaves_is_not_a_finding(repository, command):
    assert shell(f"sretool slo {command} | true", repository) == (0, "", "")


@pytest.mark.parametrize(("objective", "code"), [("99.9%", 0), ("99.5%", 1)])
def test_a_verdict_is_the_same_whether_or_not_it_is_read(repository, objective, code):
    shell("sretool slo generate --out rules", repository)
    (repository / "slos/checkout.yaml").write_text(native_slo(f"objective: {objective}"))

    assert shell("sretool slo generate --out rules --check | true", repository)[0] == code


def test_wrong_input_is_wrong_input_though_nobody_hears_why(repository):
    (repository / "slos/empty.yaml").write_text("")

    assert shell("sretool slo validate 2>/dev/full", repository)[0] == 2
    assert shell("sretool slo validate 2>&-", repository)[0] == 2
    assert shell("sretool slo validate 2>&1 | true", repository)[0] == 2


@pytest.mark.parametrize("command", ["validate", "list", "list --output json", "generate", "convert", "--help"])
def test_a_result_that_cannot_be_written_is_told_in_one_sentence(repository, command):
    code, _, said = shell(f"sretool slo {command} > /dev/full", repository)

    assert (code, said) == (2, "sretool: the result cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", ["validate", "list", "explain availability", "generate --out rules"])
def test_a_closed_output_is_one_that_nobody_reads(repository, command):
    assert shell(f"sretool slo {command} >&-", repository) == (0, "", "")


def test_no_file_is_opened_in_the_place_of_a_closed_output(repository):
    shell("sretool slo generate --out rules", repository)
    whole = (repository / "rules/checkout.yaml").read_bytes()
    (repository / "rules/checkout.yaml").unlink()

    shell("sretool slo generate --out rules <&- >&- 2>&-", repository)

    assert (repository / "rules/checkout.yaml").read_bytes() == whole


def test_a_closed_input_is_wrong_input(repository):
    code, _, said = shell("sretool slo validate - <&-", repository)

    assert code == 2
    assert "<stdin>:1:1: YA018 standard input cannot be read: Bad file descriptor\n" in said


def test_a_terminal_that_lacks_a_character_gets_its_number_and_a_file_gets_the_character(repository):
    described = native_slo("description: Größe")
    (repository / "slos/checkout.yaml").write_text(described, encoding="utf-8")

    explained = shell("sretool slo explain availability", repository, PYTHONIOENCODING="ascii")
    converted = shell("sretool slo convert", repository, PYTHONIOENCODING="ascii")

    assert (explained[0], r"Gr\u00f6\u00dfe" in explained[1]) == (0, True)
    assert (converted[0], "description: Größe" in converted[1]) == (0, True)


def test_an_interrupt_while_the_command_is_loaded_leaves_no_traceback(repository):
    (repository / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
    )

    code, _, said = shell("sretool slo list", repository, PYTHONPATH=str(repository))

    assert (code, said) == (128 + signal.SIGINT, "")


ODD = os.fsdecode(b"caf\xe9.yaml")
RULE = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up ==\n"


@pytest.mark.parametrize(
    "command",
    [
        "lint rules",
        "lint rules --output json",
        "lint rules --output github",
        "slo validate rules",
        "slo validate rules --output json",
        "slo list rules",
    ],
)
def test_a_byte_in_a_name_that_is_no_utf_8_is_shown_as_what_is_unknown(repository, command):
    (repository / "rules").mkdir()
    (repository / "rules" / ODD).write_text(RULE)

    code, result, said = shell(f"sretool {command}", repository)  # Which decodes both.

    assert code in (1, 2)
    assert "rules/caf\ufffd.yaml" in result + said
    assert "udce9" not in result + said


def test_such_a_name_is_told_byte_by_byte_where_it_is_a_reference(repository):
    (repository / "rules").mkdir()
    (repository / "rules" / ODD).write_text(RULE)

    code, result, _ = shell("sretool lint rules --select PQ201 --output sarif", repository)

    (found,) = json.loads(result)["runs"][0]["results"]
    assert (code, found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) == (1, "rules/caf%E9.yaml")


def test_what_only_the_encoding_of_a_terminal_lacks_is_shown_by_its_number(repository):
    (repository / "rules").mkdir()
    (repository / "rules" / "é.yaml").write_text(RULE)

    _, result, _ = shell("sretool lint rules", repository, PYTHONIOENCODING="ascii")

    assert result.startswith("rules/\\u00e9.yaml:")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_json_says_the_same_where_the_encoding_lacks_what_it_says(repository, encoding):
    (repository / "rules").mkdir()
    (repository / "rules" / "é\U0001f600.yaml").write_text(RULE)
    told = f"sretool lint rules --output json | iconv -f {encoding} -t utf-8"

    _, result, _ = shell(told, repository, PYTHONIOENCODING=encoding)

    assert json.loads(result)["findings"][0]["path"] == "rules/é\U0001f600.yaml"
