"""One case a mistake: mistakes.txt holds what is written and what is said, with the mark under it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specs import complaints, native_document, native_slo, read
from strategies import native_specs

from sretool.yamltext.codes import CODES

_CASE = re.compile(r"^=== (slo|document): (.*)\n((?:.*\n)*?)---\n((?:.*\n)*?)(?=\n===|\Z)", re.MULTILINE)
CASES = _CASE.findall(Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8"))
# Cases in which all that is wrong is a selector, and the remedy is its text.
_SELECTOR = re.compile(r"^\S+ SL1(?:29|30|32) .*\n.*\n.*\n  remedy: write (?!such|its)", re.MULTILINE)
GOLDEN = Path(__file__).parents[2] / "golden" / "spec"
# Raised by foreign dialects, by several files at once, by a catalogue or by rules: see their own tests.
ELSEWHERE = {"SL107", "SL127", "SL133", "SL150", "SL151", "SL152", "SL153", "SL154", "SL155", "SL156", "SL157"}


@pytest.mark.parametrize(("of", "title", "changes", "said"), CASES, ids=[case[1] for case in CASES])
def test_a_mistake_is_told_with_its_place_and_what_to_write(of: str, title: str, changes: str, said: str):
    text = native_slo(changes) if of == "slo" else native_document(changes)

    assert complaints(text) == said.rstrip("\n")


@pytest.mark.parametrize(
    "changes", [changes for of, _, changes, said in CASES if of == "slo" and _SELECTOR.search(said)]
)
def test_a_remedy_for_a_selector_can_be_written_in_the_place_of_what_is_underlined(changes: str):
    text = native_slo(changes)

    for told in reversed(read(text).diagnostics):
        lines = text.splitlines(keepends=True)
        line, place = lines[told.place.line - 1], told.place
        lines[place.line - 1] = (
            f"{line[: place.column - 1]}{told.remedy.removeprefix('write ')}{line[place.end_column - 1 :]}"
        )
        text = "".join(lines)

    assert complaints(text) == ""


def test_every_code_about_slos_has_a_case():
    told = set(re.findall(r"SL1[0-9]{2}", "".join(said for *_, said in CASES)))

    assert told == {code for code in CODES if code.startswith("SL")} - ELSEWHERE


def test_the_file_that_the_cases_change_is_without_a_mistake():
    assert complaints(native_slo()) == ""
    assert complaints(native_document()) == ""


def test_all_mistakes_of_a_file_are_told_at_once():
    text = (GOLDEN / "broken.yaml").read_text(encoding="utf-8")

    assert complaints(text) + "\n" == (GOLDEN / "broken.txt").read_text(encoding="utf-8")


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(content: bytes):
    assert read(content).has_errors


@given(native_specs(), st.data())
def test_a_specification_that_is_damaged_anywhere_never_raises(text: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    damage = data.draw(st.text(max_size=5) | st.sampled_from(["null", "[]", "{}", "-1", "'", ": ", "\n", "*a", "&a "]))

    specs = read(text[:start] + damage + text[end:])

    assert specs.services or specs.has_errors


@given(native_specs())
def test_a_valid_specification_has_no_complaint(text: str):
    specs = read(text)

    assert [slo.name for slo in specs.services[0].slos] == sorted(slo.name for slo in specs.services[0].slos)
    assert specs.diagnostics == ()
