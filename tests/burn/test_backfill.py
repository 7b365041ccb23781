"""The order in which new rules get their history."""

from __future__ import annotations

import sys
from itertools import accumulate
from pathlib import Path

import pytest

from sretool.burn.backfill import BackfillFailed, Past, backfill, passes
from sretool.promql.reading import metric_names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.rule import RecordingRule, RuleFile
from sretool.rules.timing import Timing
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.sources import read_sources

SLOS = Path(__file__).parents[2] / "slos"


def files() -> list[RuleFile]:
    specs = read_specs(read_sources([str(SLOS)], stdin=sys.stdin.buffer), SpecContext())
    return [compile_service(service, Timing()) for service in specs.services]


def series(ordered: list[list[RuleFile]]) -> list[set[tuple[str, str, str]]]:
    """(service, SLO, record) of each pass."""
    return [
        {
            (file.service, dict(rule.labels).get("slo", ""), rule.record)
            for file in of_pass
            for rule in rules_of(file)
            if isinstance(rule, RecordingRule)
        }
        for of_pass in ordered
    ]


@pytest.mark.parametrize("everything", [False, True])
def test_what_a_rule_reads_is_there_from_an_earlier_pass(everything: bool):
    ordered = passes(files(), everything=everything)

    before = list(accumulate(series(ordered), set.union))
    recorded = {record for _, _, record in before[-1]}
    late = [
        (rule.record, name)
        for number, of_pass in enumerate(ordered)
        for file in of_pass
        for rule in rules_of(file)
        for name in metric_names(rule.expr) & recorded - {rule.record}
        if not any(
            (file.service, slo, name) in (before[number - 1] if number else set())
            for slo in (dict(rule.labels).get("slo", ""), "", *(slo for _, slo, _ in before[-1]))
        )
    ]
    assert late == []


def test_everything_is_every_recording_rule_once():
    once = [one for of_pass in series(passes(files(), everything=True)) for one in of_pass]

    assert len(once) == len(set(once))
    assert set(once) == set().union(*series([files()]))


def test_what_no_rule_looks_back_on_is_left_out_unless_asked_for():
    needed = {record for of_pass in series(passes(files())) for _, _, record in of_pass}

    assert "slo:bad_events:tile30m" in needed
    assert "slo:period_budget_remaining:ratio" not in needed


def test_a_directory_that_is_not_there_is_said_before_anything_runs(tmp_path: Path):
    with pytest.raises(BackfillFailed, match="is no directory"):
        backfill(None, Path("promtool"), [], Past(0, 1, tmp_path / "nowhere"), began=lambda *_: None)
