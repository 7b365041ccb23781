"""Rules that a server cannot evaluate, and whose they are."""

from __future__ import annotations

import pytest
from burn.test_evaluate import SLO

from sretool.burn.failing import failing, failures
from sretool.prometheus.answers import RuleState

AT = 1_795_872_840.0
OF_THE_SLO = {"service": "checkout", "slo": "availability"}


def rule(name: str = "slo:a", error: str = "too many", *, group: str = "slo:checkout:base", **more) -> RuleState:
    labels = more.pop("labels", OF_THE_SLO)
    return RuleState(group, 30.0, name, labels, "1", False, True, error, 0.1, **more)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([rule()], ["the rule slo:a fails on the server: too many"]),
        ([rule(labels={"service": "checkout"})], ["the rule slo:a fails on the server: too many"]),
        ([rule(), rule("slo:b")], ["the rule slo:a and 1 more of its rules fail on the server: too many"]),
        ([rule(error="")], []),
        ([rule(group="theirs")], []),
        ([rule(labels={**OF_THE_SLO, "slo": "latency"})], []),
        ([rule(labels={**OF_THE_SLO, "service": "shop"})], []),
    ],
)
def test_an_slo_is_told_of_its_rules_and_its_services_that_fail(told: list[RuleState], words: list[str]):
    assert list(failures(SLO, failing(told, at=AT))) == words


@pytest.mark.parametrize(("later", "fails"), [(0, 1), (300, 1), (301, 0)])
def test_what_fails_now_says_nothing_of_long_ago(later: float, fails: int):
    assert len(failing([rule(evaluated_at=AT + later)], at=AT)) == fails
