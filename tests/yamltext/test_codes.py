import re
from pathlib import Path

import pytest

from sretool.yamltext import codes
from sretool.yamltext.codes import CODES
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping

PAGES = Path(__file__).parents[2] / "docs" / "checks"
_FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What their pages show cannot be said in an example: the bytes, the size or the permissions of a file.
NOT_SHOWN_BY_TEXT = {"YA006", "YA007", "YA018"}
# Their pages show rules, of which tests/lint/test_pages.py is the judge.
OF_RULES = {"YA004", "YA005"}


def codes_raised_by(text: str) -> set[str]:
    """What loading the text reports, and reading it as a small specification where it says that it is one."""
    loaded = load(text, "page.yaml")
    notes = Notes(loaded.diagnostics)
    for document in loaded.documents:
        if isinstance(document, Mapping) and "apiVersion" in document:
            with Fields(document, notes) as fields:
                fields.text("apiVersion", required=True)
                fields.text("service", required=True)
                fields.text("owner")
                fields.integer("criticality", least=1, most=4)
    return {diagnostic.code for diagnostic in notes.diagnostics}


def test_every_code_has_a_page_and_every_page_a_code():
    assert sorted(page.stem for page in PAGES.glob("*.md")) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_titled_as_the_table_says(code: str):
    title = (PAGES / f"{code}.md").read_text(encoding="utf-8").splitlines()[0]

    assert title == f"# {code} {CODES[code].slug}: {CODES[code].title}"


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_what_raises_its_code_what_to_write_instead_and_why(code: str):
    headings = re.findall(r"^## (.*)$", (PAGES / f"{code}.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == ["Raises it", "Write instead", "Why"]


def test_no_code_is_listed_twice():
    listed = re.findall(r'^    Code\("(\w+)"', Path(codes.__file__).read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(CODES)


def test_no_two_codes_share_a_slug():
    assert len({code.slug for code in CODES.values()}) == len(CODES)


@pytest.mark.parametrize(
    "code", sorted(code for code in CODES if code.startswith("YA") and code not in NOT_SHOWN_BY_TEXT | OF_RULES)
)
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(code: str):
    wrong, right = _FENCED.findall((PAGES / f"{code}.md").read_text(encoding="utf-8"))

    assert codes_raised_by(wrong) == {code}
    assert codes_raised_by(right) == set()
