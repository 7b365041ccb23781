"""Rule files as text: what a YAML reader and promtool make of them is what was meant."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from rules.promises import service, slo
from specs import read
from strategies import native_specs

from sretool.model.duration import SECOND
from sretool.promql.release import OLDEST
from sretool.promql.versions import requirements
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.emit import emit
from sretool.rules.rule import AlertRule, RecordingRule, Rule, RuleFile, RuleGroup
from sretool.rules.timing import Timing

PER_SERVICE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def compiled(text: str) -> list[RuleFile]:
    return [compile_service(told, Timing()) for told in read(text).services]


def as_yaml_has_it(rule: Rule) -> dict[str, Any]:
    labels = {"labels": dict(rule.labels)} if rule.labels else {}
    match rule:
        case RecordingRule():
            return {"record": rule.record, "expr": rule.expr} | labels
        case AlertRule():
            annotations = {name: value for name, value in rule.annotations if value}
            optional = {"for": rule.hold, "keep_firing_for": rule.keep_firing}
            durations = {key: str(duration) for key, duration in optional.items() if duration}
            said = {"annotations": annotations} if annotations else {}
            return {"alert": rule.alert, "expr": rule.expr} | durations | labels | said


@PER_SERVICE
@given(native_specs())
def test_yaml_reads_back_what_was_compiled(text: str):
    for rules in compiled(text):
        groups = yaml.load(emit(rules), Loader=yaml.CSafeLoader)["groups"]

        assert [group["name"] for group in groups] == [group.name for group in rules.groups]
        for group, meant in zip(groups, rules.groups, strict=True):
            assert group["rules"] == [as_yaml_has_it(rule) for rule in meant.rules]
            assert (group["interval"], group.get("limit")) == (str(meant.interval), meant.limit)


@PER_SERVICE
@given(native_specs())
def test_promtool_accepts_the_rules_of_every_valid_specification(promtool: Path, tmp_path: Path, text: str):
    for rules in compiled(text):
        path = tmp_path / "rules.yaml"
        path.write_text(emit(rules))

        check = subprocess.run(
            [promtool, "check", "rules", "--lint-fatal", path], capture_output=True, text=True, check=False
        )

        assert check.returncode == 0, check.stdout + check.stderr


@PER_SERVICE
@given(native_specs())
def test_the_rules_need_no_newer_prometheus_than_the_oldest_that_may_be_targeted(text: str):
    for rules in compiled(text):
        needed = {requirement for rule in rules_of(rules) for requirement in requirements(rule.expr)}

        assert [requirement for requirement in needed if not requirement.is_met_by(OLDEST)] == []


@pytest.mark.parametrize(
    "value",
    [
        "no",
        "On",
        "y",
        "null",
        "1e3",
        "",
        " a",
        "a: b",
        "#x",
        "'",
        '"',
        "\\",
        "\n",
        "\x85",
        "\u2028",
        "\x7f",
        "\U000e0001",
        "é",
    ],
)
def test_a_label_is_no_trap(value: str):
    rule = RecordingRule("a:b:c", "vector(1)", (("label", value),))

    text = emit(RuleFile("checkout", (RuleGroup("slo:checkout:x", "Why.", SECOND, (rule,)),)))

    assert yaml.safe_load(text)["groups"][0]["rules"][0]["labels"] == {"label": value}


def test_the_order_of_slos_in_the_input_changes_no_byte():
    one, two = slo("one"), slo("two")

    forwards, backwards = (emit(compile_service(service(*slos), Timing())) for slos in ((one, two), (two, one)))

    assert forwards == backwards
