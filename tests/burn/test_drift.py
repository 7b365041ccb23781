"""Whether a server runs the rules of the files: told once of all services of which the same is to be said."""

from __future__ import annotations

from dataclasses import replace

from burn.test_evaluate import SLO

from sretool.burn.drift import drift
from sretool.model.slo import Service
from sretool.prometheus.answers import RuleState
from sretool.rules.timing import Timing


def test_the_same_difference_of_many_services_is_one_line():
    names = [f"shop-{number}" for number in range(25)]
    services = [Service(name, slos=(replace(SLO, service=name),)) for name in names]
    foreign = [RuleState(f"slo:{name}:base", 30.0, "slo:of_yore", {}, "1", False, True, "", 0.1) for name in names]

    (words,) = drift(services, foreign, Timing())

    assert words.startswith("shop-0 and 24 more: the rules on the server are not those of the files (1 there only, ")
