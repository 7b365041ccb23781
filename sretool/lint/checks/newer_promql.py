"""PQ202: what the oldest Prometheus that has to understand the rules does not know, or newer ones know no longer."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.release import Version
from sretool.promql.versions import Requirement, requirements


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    assert facts.target_version is not None, "it is needed"
    if rule.tree is None or rule.expr is None:
        return
    for requirement in requirements(rule.expr.value):
        if not requirement.is_met_by(facts.target_version):
            message = f"{_when(requirement)}, and the target is {_spelled(facts.target_version)}"
            remedy = "write it otherwise, or raise target_version of sretool.yaml if all your servers have it"
            yield Flaw(rule.span(requirement.start, requirement.end), message, remedy)


def _when(requirement: Requirement) -> str:
    if requirement.since is None:
        assert requirement.until is not None, "one of the two makes it a requirement"
        return f"{requirement.what} is gone from Prometheus {_spelled(requirement.until)} on"
    flag = requirement.since.feature
    switched = f" behind --enable-feature={flag}" if flag else ""
    return f"{requirement.what} came with Prometheus {_spelled(requirement.since.version)}{switched}"


def _spelled(version: Version) -> str:
    return ".".join(map(str, version))


CHECK = Check("PQ202", Rule, _find, needs=("target_version",))
