"""Whether a server runs the rules of the files: told once of all services of which the same is to be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from burn.test_evaluate import SLO

from sretool.burn.drift import drift
from sretool.model.duration import MINUTE
from sretool.model.slo import Service
from sretool.prometheus.answers import RuleState
from sretool.rules.compile import compile_service
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import Timing

SERVICE = Service("checkout", slos=(SLO,))


def loaded(*, file: str = "", scale: int = 1) -> list[RuleState]:
    """What a server tells of the service's rules in a file."""
    return [
        RuleState(
            group.name,
            30.0,
            rule.record if isinstance(rule, RecordingRule) else rule.alert,
            dict(rule.labels),
            rule.expr,
            not isinstance(rule, RecordingRule),
            True,
            "",
            0.1,
            file=file,
        )
        for group in compile_service(SERVICE, Timing(MINUTE, scale)).groups
        for rule in group.rules
    ]


def test_rules_of_the_files_are_no_difference():
    assert drift([SERVICE], loaded(), Timing()) == []


@pytest.mark.parametrize(
    ("scales", "asked", "words"),
    [
        ([60], 1, "the rules on the server are of --time-scale 60: ask with --time-scale 60"),
        ([60], 30, "the rules on the server are of --time-scale 60: ask with --time-scale 60"),
        ([1], 60, "the rules on the server are of no --time-scale: ask without --time-scale"),
        ([60, 30], 60, "the rules on the server are of --time-scale 30 and 60: load those of one"),
    ],
)
def test_rules_of_another_time_scale_are_told_as_such(scales: list[int], asked: int, words: str):
    running = [rule for scale in scales for rule in loaded(scale=scale)]

    assert drift([SERVICE], running, Timing(MINUTE, asked)) == [f"checkout: {words}"]


@pytest.mark.parametrize(
    ("files", "places"),
    [(("/rules/a.yaml", "/rules/b.yaml"), ", from /rules/a.yaml and /rules/b.yaml"), (("", ""), "")],
)
def test_rules_that_are_loaded_twice_are_told_as_such_and_from_where(files: tuple[str, str], places: str):
    running = [rule for file in files for rule in loaded(file=file)]

    assert drift([SERVICE], running, Timing()) == [
        f"checkout: the rules on the server are loaded more than once{places}: leave them in one file"
    ]


def test_the_same_difference_of_many_services_is_one_line():
    names = [f"shop-{number}" for number in range(25)]
    services = [Service(name, slos=(replace(SLO, service=name),)) for name in names]
    foreign = [RuleState(f"slo:{name}:base", 30.0, "slo:of_yore", {}, "1", False, True, "", 0.1) for name in names]

    (words,) = drift(services, foreign, Timing())

    assert words.startswith("shop-0 and 24 more: the rules on the server are not those of the files (1 there only, ")
