"""The engine knows no subject and no check: it is given both."""

from __future__ import annotations

from dataclasses import dataclass

from linted import report, rules

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.engine import run
from sretool.lint.linting import Choice
from sretool.model.duration import MINUTE
from sretool.yamltext.source import Source, Spot

SOURCE = Source("minutes.txt", "decided: nothing\n")


@dataclass(frozen=True)
class Minutes:
    """A subject of somebody else's."""

    text: str


def _nothing_decided(minutes: Minutes, _: Facts) -> list[Flaw]:
    return [Flaw(Spot(SOURCE, 9, 16), "nothing was decided", "decide")] if "nothing" in minutes.text else []


OF_OTHERS = Check("RB703", Minutes, _nothing_decided)


def test_others_bring_subjects_and_checks_of_their_own():
    (found,) = run([Minutes("decided: nothing"), Minutes("decided: all"), "no subject"], [OF_OTHERS], Facts())

    assert found.subject == Minutes("decided: nothing")
    assert str(found.diagnostic.place) == "minutes.txt:1:10"
    assert (found.diagnostic.code, found.diagnostic.level) == ("RB703", "warning")


def test_a_check_that_needs_what_is_not_known_is_not_run():
    needy = Check("RB703", Minutes, _nothing_decided, needs=("scrape_interval",))

    assert run([Minutes("nothing")], [needy], Facts()) == []
    assert len(run([Minutes("nothing")], [needy], Facts(scrape_interval=MINUTE))) == 1


def test_a_check_says_its_name_and_level_from_the_table_of_codes():
    assert (OF_OTHERS.name, OF_OTHERS.level) == ("empty-section", "warning")


def test_only_what_was_chosen_is_told():
    text = rules("- alert: A\n  expr: errors_total > 5")

    def told(choice: Choice) -> set[str]:
        return {diagnostic.code for diagnostic in report({"r.yaml": text}, choice=choice).findings}

    assert told(Choice()) == {"PQ203", "NL403", "RB701"}
    assert told(Choice(select=("PQ", "RB701"))) == {"PQ203", "RB701"}
    assert told(Choice(ignore=("PQ", "RB"))) == {"NL403"}
    assert told(Choice(select=("PQ", "NL"), ignore=("PQ203",))) == {"NL403"}


def test_a_file_that_cannot_be_read_is_told_whatever_was_chosen():
    found = report({"r.yaml": "groups: ["}, choice=Choice(select=("AL",))).findings

    assert [diagnostic.code for diagnostic in found] == ["YA001"]
