"""Stories as promtool's test files. Those of one title that read different metrics are one test, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.rules.emit import HEADER, quoted
from sretool.rules.rule import RuleFile
from sretool.rules.timing import Timing
from sretool.rules.unittests.scenario import EVALUATION_SECONDS, Expectation, LeftOut, Pace, Scenario

_SERIES_MAX = 40  # promtool bears about 10,000 samples in a query.


def emit_tests(
    rules: RuleFile,
    scenarios: Sequence[Scenario],
    left_out: Sequence[LeftOut],
    pace: Pace,
    *,
    timing: Timing,
    rules_path: str,
) -> str:
    """The text of a test file, ending in a newline."""
    lines = [
        f"{HEADER} {rules.service}. Edits are lost: change the SLOs and generate again.",
        f"# Tests of its rules, for `promtool test rules`. {_PACES[pace]}",
        *(f"# Left out: {' '.join(str(story).split())}." for story in left_out),
        f"rule_files: [{quoted(rules_path)}]",
        f"evaluation_interval: {EVALUATION_SECONDS[pace]}s",
        "group_eval_order:",
        *(f"  - {quoted(group.name)}" for group in rules.groups),
        "tests:",
    ]
    for bundle in _bundles(scenarios):
        lines += _test(bundle, timing)
    return "\n".join(lines) + "\n"


_PACES = {
    "fast": "Evaluated as often as on a server.",
    "slow": "Stories of hours, evaluated every five minutes.",
}


@dataclass(slots=True)
class _Bundle:
    title: str
    scenarios: list[Scenario] = field(default_factory=list)

    def has_room_for(self, scenario: Scenario) -> bool:
        series = sum(len(told.inputs) for told in (*self.scenarios, scenario))
        apart = all(told.metrics.isdisjoint(scenario.metrics) for told in self.scenarios)
        return self.title == scenario.title and apart and series <= _SERIES_MAX


def _bundles(scenarios: Iterable[Scenario]) -> list[_Bundle]:
    bundles: list[_Bundle] = []
    for scenario in scenarios:
        bundle = next((known for known in bundles if known.has_room_for(scenario)), None)
        if bundle is None:
            bundle = _Bundle(scenario.title)
            bundles.append(bundle)
        bundle.scenarios.append(scenario)
    return bundles


def _test(bundle: _Bundle, timing: Timing) -> list[str]:
    subjects = ", ".join(scenario.subject for scenario in bundle.scenarios)
    lines = [f"  - name: {quoted(f'{bundle.title}: {subjects}')}", f"    interval: {timing.scrape_interval}"]
    inputs = [series for scenario in bundle.scenarios for series in scenario.inputs]
    if inputs:
        lines.append("    input_series:")
        for series in inputs:
            lines += [f"      - series: {_promql(series.series)}", f"        values: {series.values}"]
    lines.append("    promql_expr_test:")
    for scenario in bundle.scenarios:
        lines.append(f"      # {scenario.subject}")
        for expectation in scenario.expectations:
            lines += _expectation(expectation)
    return lines


def _expectation(expectation: Expectation) -> list[str]:
    lines = [
        f"      # {expectation.claim}",
        f"      - expr: {_promql(expectation.expr)}",
        f"        eval_time: {Duration.of(seconds=expectation.at)}",
    ]
    if expectation.value is not None:
        lines += ["        exp_samples:", f"          - {{labels: '{{}}', value: {plain(expectation.value)}}}"]
    return lines


def _promql(text: str) -> str:
    """In single quotes, which leave PromQL's own double quotes as they are."""
    return f"'{text.replace(chr(39), chr(39) * 2)}'" if text.isprintable() else quoted(text)
