"""Comments accept what they say, where they stand, as long as they say; and nothing else."""

from __future__ import annotations

import pytest
from linted import TODAY, complaints, report, rules

from sretool.lint.linting import Choice, Report

AL301 = Choice(("AL301", "LN"))
ALERT = "- alert: A\n  expr: up"
WHY = 'reason="a switch of a dead man"'


def judged(text: str, choice: Choice = AL301) -> list[str]:
    """The codes and lines of what is found, the first line of the rules being 1."""
    return [f"{each.code}:{each.place.line - 3}" for each in _report(text, choice).findings]


def _report(text: str, choice: Choice = AL301) -> Report:
    return report({"r.yaml": rules(text)}, choice=choice)


def test_without_a_comment_it_is_told():
    assert judged(ALERT) == ["AL301:2"]


@pytest.mark.parametrize(
    "text",
    [
        f"# sretool: ignore[AL301] {WHY}\n{ALERT}",
        f"- alert: A # sretool: ignore[AL301] {WHY}\n  expr: up",
        f"- alert: A\n  expr: up # sretool: ignore[AL301] {WHY}",
        f"- alert: A\n  # sretool: ignore[AL301] {WHY}\n  expr: up",
        f"- alert: A\n  expr: |\n    # sretool: ignore[AL301] {WHY}\n    up",
        f"# sretool: ignore[PQ203, AL301] {WHY}\n\n# Of old.\n- alert: A\n  expr: errors_total",
        f"- alert: B\n  expr: up == 0\n  # sretool: ignore-file[AL301] {WHY}\n{ALERT}",
    ],
    ids=["above", "at its first line", "at the key", "above the key", "in a block", "two codes", "the file"],
)
def test_a_comment_accepts_what_begins_with_it_or_below_it(text: str):
    found = _report(text)

    assert found.findings == ()
    assert [(each.code, reason) for each, reason in found.accepted] == [("AL301", "a switch of a dead man")]


@pytest.mark.parametrize(
    "text",
    [
        f"# sretool: ignore[AL301] {WHY}\n- alert: B\n  expr: up == 0\n{ALERT}",
        f"- alert: A\n  expr: up\n# sretool: ignore[AL301] {WHY}\n- alert: B\n  expr: up == 0",
        f"- alert: A\n  expr: up\n  labels: {{a: b}} # sretool: ignore[AL301] {WHY}",
    ],
    ids=["the rule before", "the rule after", "another key"],
)
def test_a_comment_that_is_elsewhere_accepts_nothing_and_is_told(text: str):
    assert sorted(code for code, _ in (each.split(":") for each in judged(text))) == ["AL301", "LN001"]


def test_a_comment_above_a_group_holds_for_its_rules():
    text = f"groups:\n  # sretool: ignore[AL301] {WHY}\n  - name: g\n    rules:\n    - alert: A\n      expr: up\n"

    assert report({"r.yaml": text}, choice=AL301).findings == ()


def test_a_comment_holds_on_its_last_day():
    assert judged(f"# sretool: ignore[AL301] until={TODAY.isoformat()} {WHY}\n{ALERT}") == []


def test_the_day_after_all_is_told_again_with_the_comment():
    assert judged(f"# sretool: ignore[AL301] until=2026-11-27 {WHY}\n{ALERT}") == ["LN002:1", "AL301:3"]


def test_a_day_that_is_none_accepts_nothing():
    assert judged(f"# sretool: ignore[AL301] until=tomorrow {WHY}\n{ALERT}") == ["LN002:1", "AL301:3"]


def test_a_comment_without_a_reason_holds_and_is_told():
    assert judged(f"# sretool: ignore[AL301]\n{ALERT}") == ["LN003:1"]


def test_a_code_that_there_is_not_is_told_at_its_place():
    said = complaints({"r.yaml": rules(f'# sretool: ignore[AL301, AL306X] reason="why"\n{ALERT}')}, choice=AL301)

    assert said.splitlines() == [
        "r.yaml:4:32: LN001 warning: there is no code AL306X",
        '  # sretool: ignore[AL301, AL306X] reason="why"',
        "                           ^^^^^^",
        "  remedy: write AL306",
    ]


@pytest.mark.parametrize("words", ["ignore", "ignore[]", "ignroe[AL301]"])
def test_a_comment_that_names_no_code_is_told(words: str):
    assert judged(f"# sretool: {words} {WHY}\n{ALERT}") == ["LN001:1", "AL301:3"]


def test_a_code_that_was_not_looked_for_is_not_judged():
    assert judged(f"# sretool: ignore[PQ204] {WHY}\n- alert: A\n  expr: up == 0", Choice(("AL", "LN"))) == []


def test_a_page_says_it_in_a_comment_of_its_own():
    page = f"# A\n\n<!-- sretool: ignore[RB703] {WHY} -->\n## Diagnosis\n"

    assert report({"a.md": page}).findings == ()
