"""Every check by the examples of its page, and by its table of cases, cases/<CODE>.txt.

A case is what is written in place of a section of the golden page, and what is said of it, or nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident.postmortem.pages import GOLDEN, KNOWN, codes, golden_with, report

from sretool.incident.postmortem.checks import CHECKS
from sretool.lint.check import Facts
from sretool.lint.linting import Choice
from sretool.yamltext.diagnostics import as_text

DOCS = Path(__file__).parents[3] / "docs" / "checks"
CASES = Path(__file__).with_name("cases")
_FENCED = re.compile(r"^```markdown\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CASE = re.compile(r"^=== (.*)\n((?:.*\n)*?)>>>\n((?:.*\n)*?)(?=\n===|\Z)", re.MULTILINE)
_IN_TABLES = [
    (path.stem, *case) for path in sorted(CASES.glob("*.txt")) for case in _CASE.findall(path.read_text("utf-8"))
]


def said_of(page: str, code: str) -> str:
    """The findings as they are printed, without the number of the line: the line itself is quoted."""
    texts = (as_text(each) for each in report(page, choice=Choice(select=(code,))).findings)
    return "\n".join(re.sub(r"^p\.md:\d+:(\d+): ", r"\1: ", text) for text in texts)


@pytest.mark.parametrize("code", [check.code for check in CHECKS])
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(code: str):
    wrong, right = _FENCED.findall((DOCS / f"{code}.md").read_text(encoding="utf-8"))

    assert codes(golden_with(wrong)) == {code}
    assert codes(golden_with(right)) == set()


@pytest.mark.parametrize(
    ("code", "title", "written", "said"), _IN_TABLES, ids=[f"{code}: {title}" for code, title, *_ in _IN_TABLES]
)
def test_a_case_is_judged_as_its_table_says(code: str, title: str, written: str, said: str):
    assert said_of(golden_with(written), code) == said.rstrip("\n")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_has_its_table_of_what_it_finds_and_what_it_does_not(check):
    said = [said for code, _, _, said in _IN_TABLES if code == check.code]

    assert any(said)
    assert not all(said)


def test_nothing_is_wrong_with_the_golden_page():
    assert report(GOLDEN).findings == ()


def test_without_a_catalogue_anybody_may_own():
    page = golden_with("## Actions\n\n| action | type | owner | due | verified by |\n|-|-|-|-|-|\n"
                       "| Rotate | prevent | zoe | 2026-12-11 | the disk stays free |\n")  # fmt: skip

    assert codes(page) == {"PM041"}
    assert codes(page, facts=replace(KNOWN, owners=None)) == set()


def test_without_a_ledger_and_without_slos_every_incident_and_every_slo_may_be_there():
    page = GOLDEN.replace("id: inc-20261128-7k3qd", "id: inc-20261128-aaaaa").replace("[billing-ingest/", "[other/")

    assert codes(page) == {"PM008", "PM009"}
    assert codes(page, facts=Facts()) == set()


def test_a_page_that_is_named_after_another_incident_than_its_id_is_found_without_a_ledger():
    said = report(GOLDEN, facts=Facts(), path="postmortems/inc-20261128-9w2ht.md").findings

    assert [(each.code, each.level, each.place.line) for each in said] == [("PM008", "error", 2)]
    assert said[0].message == "the page is named after inc-20261128-9w2ht"
    assert codes(GOLDEN, path="postmortems/inc-20261128-7k3qd.md") == set()


def test_a_comment_about_slos_is_not_called_unused_where_nobody_knows_which_there_are():
    page = GOLDEN.replace("slos: [", 'slos: [  # sretool: ignore[PM009] reason="gone since"\n  ')

    assert codes(page) == {"LN001"}
    assert codes(page, facts=Facts()) == set()


def test_a_comment_about_an_id_is_not_called_unused_where_nobody_knows_the_incidents():
    page = GOLDEN.replace("id: inc-20261128-7k3qd", 'id: inc-20261128-7k3qd  # sretool: ignore[PM008] reason="of old"')

    assert codes(page) == {"LN001"}
    assert codes(page, facts=Facts()) == set()


@pytest.mark.parametrize(
    "text",
    [" ".join("`" * length for length in range(1, 1_000)), "{{" * 100_000 + "{%" * 100_000, "<!--" * 50_000],
    ids=["backticks of every length", "tags that never end", "comments that never end"],
)
def test_what_never_ends_is_read_in_one_pass(text: str):
    assert codes(golden_with(f"## What went well\n\nIt did. {text}\n")) <= {"PM001"}


PIECES = [
    "\n", "\n\n", "| ", "|-|-|\n", "## Impact\n", "## Times\n", "## Actions\n", "---\n", "- ", "> ", "`", "```\n",
    "<!-- ", "-->", "TODO", "id: a\n", "severity: x\n", "| what | when |\n", "| action | due |\n", "| Paged | 2026 |\n",
    "é\u2028", "\\|", "we should have been ", "sretool: ignore[PM033]", "\0", "\t", "{{ a }}",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_a_page_holds_its_findings_stand_in_it(page: str):
    lines = page.replace("\r", "\n").split("\n")

    for each in report(page).findings:
        assert 1 <= each.place.line <= len(lines)
        assert each.place.end_column - 1 <= len(lines[each.place.line - 1])


WORDS = "## What went wrong\n\n{} should have looked.{}\n"
WHY = 'reason="quoted from the runbook"'


@pytest.mark.parametrize(
    "written",
    [
        WORDS.format("We", f" <!-- sretool: ignore[PM033] {WHY} -->"),
        WORDS.replace("\n\n", f"\n\n<!-- sretool: ignore[PM033] {WHY} -->\n").format("We", ""),
        WORDS.format("We", f"\n\n<!-- sretool: ignore-file[PM033] {WHY} -->"),
        WORDS.format("We", f"\n\n<!-- sretool: ignore-file[PM033] until=2026-12-05 {WHY} -->"),
    ],
    ids=["on its line", "above it", "the page", "up to today"],
)
def test_a_comment_accepts_a_finding_with_its_reason(written: str):
    found = report(golden_with(written))

    assert found.findings == ()
    assert [(each.code, reason) for each, reason in found.accepted] == [("PM033", "quoted from the runbook")]


def test_a_comment_in_a_row_of_a_table_accepts_what_is_in_the_row():
    row = "| Rotate | prevent | ingest | soon | the disk stays free | open |"
    comment = f" <!-- sretool: ignore[PM042] {WHY} -->"
    table = "## Actions\n\n| action | type | owner | due | verified by | status |\n|-|-|-|-|-|-|\n"

    assert codes(golden_with(f"{table}{row}\n")) == {"PM042"}
    assert codes(golden_with(f"{table}{row}{comment}\n")) == set()


def test_comments_that_are_over_without_a_reason_or_of_no_use_are_told():
    over = "<!-- sretool: ignore-file[PM033] until=2026-12-04 -->\n<!-- sretool: ignore-file[PM040] -->"
    found = report(golden_with(WORDS.format("We", f"\n\n{over}")), today=date(2026, 12, 5))

    assert sorted(each.code for each in found.findings) == ["LN001", "LN002", "LN003", "LN003", "PM033"]
