"""The reference page of sretool/v1: its examples are read without a complaint; it leaves out no key and no code."""

import re
from pathlib import Path

import pytest
from specs import complaints, reference_examples

from sretool.model.duration import DAY
from sretool.model.slo import DEFAULT_MAX_GROUPS, DEFAULT_MIN_BAD_EVENTS, RESERVED_LABELS
from sretool.model.tiers import default_tiers
from sretool.rules.parameters import ALERT_NAME
from sretool.spec.native import keys
from sretool.yamltext.codes import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "spec.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FOREIGN = re.compile("SL15[0-9]")
# Of rules alone: a specification holds no such expression.
OF_RULES = {"SL107", "PQ202", "PQ203", "PQ204", "PQ205", "PQ209", "PQ212", "PQ215", "PQ216", "PQ217"}


@pytest.mark.parametrize("text", reference_examples())
def test_an_example_is_read_without_a_complaint(text: str):
    assert complaints(text) == ""


def test_every_key_is_explained_and_shown():
    known = {key for name, table in vars(keys).items() if name.isupper() and isinstance(table, tuple) for key in table}
    text, shown = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL), "\n".join(EXAMPLES)

    assert {key for key in known if not re.search(rf"(`|^### ){key}\b", text, re.MULTILINE)} == set()
    assert {key for key in known if not re.search(rf"\b{key}\b", shown)} == set()


def test_every_code_about_native_files_is_linked():
    linked = set(re.findall(r"checks/([A-Z]{2}[0-9]{3})\.md", PAGE))

    native = {code for code in CODES if code[:2] in ("SL", "PQ") and not FOREIGN.match(code)} - OF_RULES
    assert native - linked == set()


def test_the_defaults_are_those_of_the_code():
    tiers = [
        f"| {tier.long.readable} and {tier.short.readable} | {tier.factor.normalize():f} |"
        for tier in default_tiers(DAY * 30)
    ]

    assert [row for row in tiers if row not in PAGE] == []
    assert f"`max_groups`, {DEFAULT_MAX_GROUPS} by default" in " ".join(PAGE.split())
    assert f"page nobody | {DEFAULT_MIN_BAD_EVENTS} |" in PAGE
    assert f"the name of its burn alerts | `{ALERT_NAME}` |" in PAGE
    assert {label for label in RESERVED_LABELS if f"`{label}`" not in PAGE} == set()
