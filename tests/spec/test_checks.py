"""One value at a time, as the dialects write it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specs import complaints, native_slo

from sretool.model.objective import Objective
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.checks import Unit
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Source


def scalar(text: str) -> Scalar:
    return Scalar(Source("a.yaml", text), 0, len(text), text)


def told(notes: Notes) -> list[tuple[str, str, str]]:
    return [(diagnostic.code, diagnostic.message, diagnostic.remedy) for diagnostic in notes.diagnostics]


@pytest.mark.parametrize(
    ("unit", "text", "ratio"),
    [
        ("percent", "99.9", "0.999"),
        ("percent", "99", "0.99"),
        ("ratio", "0.999", "0.999"),
        ("ratio", ".9", "0.9"),
        ("percent or ratio", "99.9%", "0.999"),
        ("percent or ratio", "0.999", "0.999"),
    ],
)
def test_an_objective_is_in_the_unit_of_its_dialect(unit: Unit, text: str, ratio: str):
    notes = Notes()

    assert checks.objective(scalar(text), notes, unit=unit) == Objective(Decimal(ratio))
    assert notes.diagnostics == []


@pytest.mark.parametrize(
    ("unit", "text", "message", "remedy"),
    [
        ("ratio", "99.9", "is a ratio here: 99.9 reads as a ratio above 1", "write 0.999"),
        ("ratio", "99.9%", "is a number, not `99.9%`", "write a number such as 0.999, with at most 12 decimals"),
        ("ratio", "0", "lies above 0%, and this is 0", "write the share of good events, such as 0.999"),
        ("percent", "120", "lies below 100%, and this is 120%", "write the share of good events, such as 99.9"),
        ("percent", "99,9", "is a number, not `99,9`", "write 99.9"),
    ],
)
def test_the_remedy_is_in_the_unit_of_the_dialect(unit: Unit, text: str, message: str, remedy: str):
    notes = Notes()

    assert checks.objective(scalar(text), notes, unit=unit) is None
    assert told(notes) == [("SL101", f"an objective {message}", remedy)]


def test_a_ratio_where_percents_are_written_is_told_and_taken():
    notes = Notes()

    assert checks.objective(scalar("0.999"), notes, unit="percent") == Objective(Decimal("0.00999"))
    assert told(notes) == [
        ("SL134", "an objective of 0.999% lets nearly all events be bad", "write 99.9, or leave it if it is meant")
    ]


@given(st.integers(1, 10**14 - 1))
def test_every_objective_of_at_most_twelve_decimals_of_a_percent_is_exact(of_hundred_percent: int):
    digits = f"{of_hundred_percent:014d}"
    text = f"{int(digits[:2])}.{digits[2:]}%"

    assert checks.objective(scalar(text), Notes()) == Objective(Decimal(f"0.{digits}"))


@given(st.text(max_size=12), st.sampled_from(["percent or ratio", "percent", "ratio"]))
def test_whatever_stands_for_an_objective_is_read_or_told(text: str, unit: Unit):
    notes = Notes()

    assert (checks.objective(scalar(text), notes, unit=unit) is None) == notes.has_errors


@given(st.text(min_size=1, max_size=80))
def test_the_name_that_a_remedy_writes_is_one(text: str):
    notes = Notes()

    if checks.name(scalar(text), notes, what="an SLO") is None:
        written = notes.diagnostics[0].remedy.removeprefix("write ").removeprefix("a name such as ")
        assert checks.name(scalar(written), Notes(), what="an SLO") == written


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("250 ms", "write 250ms"),
        ("5 minutes", "write 5m"),
        ("1 hour 30 min", "write a whole number and a unit, such as 30d, 6h or 5m"),
        ("1hour30min", "write 1h30m"),
        ("1.5h", "write a whole number and a unit, such as 30d, 6h or 5m"),
        ("forever", "write a whole number and a unit, such as 30d, 6h or 5m"),
    ],
)
def test_a_length_with_its_unit_in_words_is_shortened(text: str, remedy: str):
    notes = Notes()

    assert checks.duration(scalar(text), notes, what="a lag") is None
    assert told(notes) == [("YA016", f"a lag is a duration, not `{text}`", remedy)]


def test_an_owner_is_a_team_of_the_catalogue_where_there_is_one():
    context = SpecContext(teams=frozenset(("payments", "shop")))

    assert complaints(native_slo(), context=context) == ""
    assert complaints(native_slo("owner: paymets"), context=context) == (
        "a.yaml:10:12: SL133 no team of catalog.yaml is called `paymets`\n"
        "  owner: paymets\n"
        "         ^^^^^^^\n"
        "  remedy: write payments"
    )


def test_an_owner_nobody_has_heard_of_is_added_to_the_catalogue():
    context = SpecContext(teams=frozenset())

    assert complaints(native_slo(), context=context).endswith("remedy: add `payments` to `teams` of catalog.yaml")


@pytest.mark.parametrize(
    "runbook",
    ["runbooks/a.md", "https://wiki.example/a", "HTTP://wiki.example/a", "'runbooks/a.md '"],
)
def test_a_runbook_is_a_page_that_is_there_or_an_address(runbook: str):
    context = SpecContext(has_page={"runbooks/a.md"}.__contains__)

    assert complaints(native_slo(f"runbook: {runbook}"), context=context) == ""


def test_a_runbook_that_is_not_there_is_told():
    context = SpecContext(has_page={"runbooks/a.md"}.__contains__)

    assert complaints(native_slo("runbook: runbooks/typo.md"), context=context) == (
        "a.yaml:9:14: SL111 warning: the repository has no page `runbooks/typo.md`, so whoever is paged must find out "
        "alone\n"
        "  runbook: runbooks/typo.md\n"
        "           ^^^^^^^^^^^^^^^^\n"
        "  remedy: write that page, or correct its path"
    )


@pytest.mark.parametrize(
    ("link", "remedy"),
    [("htps://foo/a", "write https://foo/a"), ("notes://foo", "write an http or https URL, or a path")],
)
def test_a_link_that_no_browser_opens_is_told_whatever_the_repository_has(link: str, remedy: str):
    said = complaints(native_slo(f"runbook: {link}"))

    assert f"SL111 warning: `{link}` is neither a URL of the web nor a page\n" in said
    assert said.endswith(f"remedy: {remedy}")
