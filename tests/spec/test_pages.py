"""The wrong example of a page about SLOs raises the page's code and nothing else, the right one nothing."""

import re
from pathlib import Path

import pytest
from specs import read

from sretool.settings.catalog import read_catalog
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping

PAGES = Path(__file__).parents[2] / "docs" / "checks"
# Their pages show rules, of which tests/lint/test_pages.py is the judge.
_OF_RULES = {"SL107"}
_FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def codes_raised_by(text: str) -> set[str]:
    if "apiVersion" in text or "version:" in text:
        return {diagnostic.code for diagnostic in read(text).diagnostics}
    notes = Notes()
    for document in load(text, "catalog.yaml").documents:
        assert isinstance(document, Mapping)
        read_catalog(document, notes)
    return {diagnostic.code for diagnostic in notes.diagnostics}


_SHOWN = [page for page in sorted(PAGES.glob("SL*.md")) if page.stem not in _OF_RULES]


@pytest.mark.parametrize("page", [*_SHOWN, PAGES / "PQ201.md"], ids=lambda page: page.stem)
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(page: Path):
    wrong, right = _FENCED.findall(page.read_text(encoding="utf-8"))

    assert codes_raised_by(wrong) == {page.stem}
    assert codes_raised_by(right) == set()
