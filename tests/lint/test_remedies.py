"""A remedy that says what to write leaves nothing of what it is about, and a file that promtool accepts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from linted import as_file

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.checks import CHECKS
from sretool.lint.rulefile import Rule, RuleFile, read_rule_file
from sretool.model.duration import MINUTE
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping
from sretool.yamltext.source import Spot

CASES = Path(__file__).with_name("cases")
_WRITTEN = re.compile(r"^=== (.*)\n((?:.*\n)*?)---\n", re.MULTILINE)
# Checks of what may stand in place of an expression or a part of one, or of a name.
REWRITING = ("PQ201", "PQ203", "PQ204", "PQ205", "PQ209", "PQ212", "PQ215", "NL406")
# These say in words what only its author can write.
IN_WORDS = ("write a PromQL expression", "write a share", "write the value itself", "write the name alone")


@dataclass(frozen=True)
class Followed:
    """A file after all its remedies were followed to the letter."""

    check: Check[Rule]
    title: str
    text: str


def rule_file(text: str) -> RuleFile:
    (document,) = load(text, "r.yaml").documents
    assert isinstance(document, Mapping)
    return read_rule_file(document, Notes())


def flaws(text: str, check: Check[Rule]) -> list[Flaw]:
    rules = rule_file(text).rules
    recorded: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.record is not None:
            recorded.setdefault(rule.record.value, []).append(rule)
    facts = Facts(scrape_interval=MINUTE, recorded=recorded)
    return [flaw for rule in rules for flaw in check.find(rule, facts)]


def alternatives(remedy: str) -> list[str]:
    """What a remedy offers to write, each in the place of all that is marked."""
    if not remedy.startswith("write ") or remedy.startswith(IN_WORDS):
        return []
    written = remedy.removeprefix("write ")
    written = re.split(r", (?:with the|which makes|which is|so that|or \[)", written)[0].removesuffix(" or more")
    return re.split(r" or (?=rate\()", written)


def followed() -> Iterator[Followed]:
    """Every file of the tables of cases in which each flaw has something to write, once for each alternative."""
    for check in (check for check in CHECKS if check.code in REWRITING):
        for title, written in _WRITTEN.findall((CASES / f"{check.code}.txt").read_text(encoding="utf-8")):
            (text,) = as_file(written).values()
            found = [(flaw.at, alternatives(flaw.remedy)) for flaw in flaws(text, check)]
            if found and all(instead for _, instead in found):
                for choice in range(max(len(instead) for _, instead in found)):
                    yield Followed(check, title, rewritten(text, [(at, instead[choice]) for at, instead in found]))


def rewritten(text: str, changes: list[tuple[Spot, str]]) -> str:
    for at, instead in sorted(changes, key=lambda change: change[0].start, reverse=True):
        text = text[: at.start] + instead + text[at.end :]
    return text


FOLLOWED = list(followed())


@pytest.mark.parametrize("each", FOLLOWED, ids=[f"{each.check.code}: {each.title}" for each in FOLLOWED])
def test_what_a_remedy_says_to_write_is_not_told_again(each: Followed):
    assert flaws(each.text, each.check) == [], each.text


def test_each_check_that_rewrites_has_a_remedy_that_was_followed():
    assert {each.check.code for each in FOLLOWED} == set(REWRITING)


def test_promtool_accepts_every_file_after_its_remedies(promtool: Path, tmp_path: Path):
    paths = []
    for number, each in enumerate(FOLLOWED):
        path = tmp_path / f"{number}.yaml"
        path.write_text(each.text, encoding="utf-8")
        paths.append(path)

    done = subprocess.run([promtool, "check", "rules", *paths], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
