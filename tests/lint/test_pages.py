"""The wrong example of a page about rules raises the page's code and nothing else, the right one nothing."""

import re
from pathlib import Path

import pytest
from linted import as_file, codes

from sretool.lint.checks import CHECKS

PAGES = Path(__file__).parents[2] / "docs" / "checks"
_FENCED = re.compile(r"^```(?:yaml|markdown)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Their pages show a specification, of which tests/spec/test_pages.py is the judge.
OF_SPECIFICATIONS = {"PQ201", "SL104", "SL112"}
CODES = sorted({check.code for check in CHECKS} - OF_SPECIFICATIONS | {"LN001", "LN002", "LN003"})


@pytest.mark.parametrize("code", CODES)
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(code: str):
    wrong, right = _FENCED.findall((PAGES / f"{code}.md").read_text(encoding="utf-8"))
    expected = {code, "AL301"} if code == "LN002" else {code}  # What is accepted no longer is told again.

    assert codes(as_file(wrong)) == expected
    assert codes(as_file(right)) == set()
