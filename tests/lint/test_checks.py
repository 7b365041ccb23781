"""Every check's table of cases, cases/<CODE>.txt: what is written, and what is said with the mark under it, or nothing.

What is written are the items of one group's list of rules, which begins on line 4; or a whole file, or a page.
"""

import re
from pathlib import Path

import pytest
from linted import as_file, complaints

from sretool.lint.check import Facts
from sretool.lint.checks import CHECKS
from sretool.lint.linting import Choice

CASES = Path(__file__).with_name("cases")
_CASE = re.compile(r"^=== (.*)\n((?:.*\n)*?)---\n((?:.*\n)*?)(?=\n===|\Z)", re.MULTILINE)
_IN_TABLES = [
    (path.stem, *case) for path in sorted(CASES.glob("*.txt")) for case in _CASE.findall(path.read_text("utf-8"))
]


@pytest.mark.parametrize(
    ("code", "title", "written", "said"), _IN_TABLES, ids=[f"{code}: {title}" for code, title, *_ in _IN_TABLES]
)
def test_a_case_is_judged_as_its_table_says(code: str, title: str, written: str, said: str):
    assert complaints(as_file(written), choice=Choice(select=(code,))) == said.rstrip("\n")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_has_its_own_name_level_and_table_of_what_it_finds_and_what_it_does_not(check):
    said = [said for code, _, _, said in _IN_TABLES if code == check.code]

    assert check.name
    assert check.level in ("error", "warning", "info")
    assert any(said)
    assert not all(said)


def test_no_two_checks_share_a_code():
    assert len({check.code for check in CHECKS}) == len(CHECKS)


def test_what_a_check_may_need_is_a_fact():
    assert {need for check in CHECKS for need in check.needs} <= set(Facts.__dataclass_fields__)
