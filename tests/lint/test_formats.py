"""What is found, as text, as JSON, as SARIF and as commands to GitHub."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from linted import report, rules

from sretool.lint import formats
from sretool.lint.sarif import sarif

SCHEMA = json.loads(Path(__file__).with_name("sarif.schema.json").read_text(encoding="utf-8"))
TEXT = rules(
    "- alert: A\n  expr: rate(sum(a)[5m:]) > 5\n  labels: {severity: page}\n"
    '- alert: B\n  expr: up == 0\n# sretool: ignore[AL301] reason="on purpose"\n- alert: C\n  expr: up'
)
FOUND = report({"rules/a b.yaml": TEXT})


def test_text_is_each_finding_with_its_mark():
    told = formats.human(FOUND).split("\n")
    at = next(number for number, line in enumerate(told) if "PQ204" in line)

    assert told[at].startswith("rules/a b.yaml:5:15: PQ204 rate() takes a counter, and sum() hides the resets")
    assert told[at + 1 : at + 3] == ["  expr: rate(sum(a)[5m:]) > 5", "        ^^^^^^^^^^^^^^^^^"]
    assert told[at + 3] == "  remedy: write sum(rate(a[5m]))"


def test_the_summary_counts_levels_files_and_what_was_accepted():
    assert formats.summary(FOUND) == "1 error, 5 warnings in 1 file; 1 accepted by comments"
    assert formats.summary(report({"r.yaml": "groups: []"})) == "ok in 1 file"
    assert formats.summary(report({"r.yaml": "a: b"})) == "nothing to look at in 0 files; 1 file without SLOs or rules"


def test_json_has_places_the_comment_that_would_accept_and_counts():
    document = json.loads(formats.as_json_text(FOUND))

    first = next(each for each in document["findings"] if each["code"] == "PQ204")
    assert (first["path"], first["line"], first["column"], first["end_column"]) == ("rules/a b.yaml", 5, 15, 32)
    assert first["suppression"] == '# sretool: ignore[PQ204] reason=""'
    assert [(each["code"], each["reason"]) for each in document["accepted"]] == [("AL301", "on purpose")]
    assert document["counts"] == {"error": 1, "warning": 5, "info": 0}


def test_github_is_told_in_commands_whose_signs_are_escaped():
    text = rules("- alert: A\n  expr: up == 0\n  labels: {severity: pag}")
    line = next(each for each in formats.github(report({"a,b%.yaml": text})).splitlines() if "NL403" in each)

    properties, message = line.removeprefix("::warning ").split("::")
    assert properties == "file=a%2Cb%25.yaml,line=6,col=28,endColumn=31,title=NL403 severity"
    assert message == "pag is no usual severity, so that no route may wait for it; remedy: write page"


def test_sarif_is_as_its_schema_says():
    document = json.loads(sarif(FOUND, version="0.1.0", explained={"PQ204": "# PQ204\n"}))

    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_sarif_has_rules_places_and_what_was_accepted():
    (run,) = json.loads(sarif(FOUND, version="0.1.0", explained={"PQ204": "# PQ204\n"}))["runs"]

    first = next(each for each in run["results"] if each["ruleId"] == "PQ204")
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "PQ204"
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "rules/a%20b.yaml"
    assert {key: location["region"][key] for key in ("startLine", "startColumn", "endColumn")} == {
        "startLine": 5,
        "startColumn": 15,
        "endColumn": 32,
    }
    accepted = [each for each in run["results"] if "suppressions" in each]
    assert [(each["ruleId"], each["suppressions"][0]["justification"]) for each in accepted] == [
        ("AL301", "on purpose")
    ]


def test_a_finding_keeps_its_fingerprint_when_lines_move_and_two_alike_differ():
    def prints(text: str) -> list[str]:
        (run,) = json.loads(sarif(report({"r.yaml": text}), version="0.1.0", explained={}))["runs"]
        return [each["partialFingerprints"]["codeAndLine/v1"] for each in run["results"]]

    twice = rules("- alert: A\n  expr: up\n- alert: A\n  expr: up")

    assert sorted(prints(twice)) == sorted(prints("# Moved.\n\n" + twice))
    assert len(set(prints(twice))) == len(prints(twice))
