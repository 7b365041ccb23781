"""The labels that a result can have, beside those that promtool's own evaluation gives it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from sretool.lint.labels import possible_labels
from sretool.promql.grammar import read

SERIES = {
    'a{job="x", instance="1", zone="n"}': "8",
    'a{job="x", instance="2", zone="n"}': "4",
    'b{job="x", instance="1", zone="n"}': "2",
    'b{job="x", instance="2", zone="n"}': "1",
    'owner{job="x", team="t"}': "1",
}
# Expressions, and the labels that we say they can have.
EXPRESSIONS = {
    "sum by (job) (a)": {"job"},
    "sum(a)": set(),
    "sum by (job) (a) / sum by (job) (b)": {"job"},
    "sum by (job, zone) (a) / on (job) sum by (job) (b)": {"job"},
    "sum by (job, zone) (a) / ignoring (zone) sum by (job) (b)": {"job"},
    "a / on (instance) b": {"instance"},
    "a > on (instance) b": {"instance"},
    "sum by (job) (a) * on (job) group_left (team) owner": {"job", "team"},
    "owner * on (job) group_right (team) sum by (job) (a)": {"job", "team"},
    "sum by (job) (a) and on (job) owner": {"job"},
    "sum by (job) (a) or sum by (zone) (b)": {"job", "zone"},
    "2 * sum by (job) (a) > 1": {"job"},
    "(1 + scalar(sum(b))) < sum by (zone) (a)": {"zone"},
    "clamp_max(sum by (job) (a), 1)": {"job"},
    "topk(1, sum by (instance) (a))": {"instance"},
    'absent(nothing{job="x", zone=~"n"})': {"job"},
    'label_replace(sum by (job) (a), "team", "$1", "job", "(.*)")': {"job", "team"},
    "count by (zone) (a > 1)": {"zone"},
    "max_over_time(sum by (job) (a)[5m:1m])": {"job"},
    "vector(1)": set(),
}
_RESULT = re.compile(r"got:(.*)")
_LABEL = re.compile(r'(\w+)=\\?"')


def labels_by_promtool(promtool: Path, directory: Path) -> dict[str, set[str]]:
    """The labels of every expression's result, read from how promtool says that it is not empty."""
    (directory / "rules.yaml").write_text("groups: []\n", encoding="utf-8")
    found: dict[str, set[str]] = {}
    for expression in EXPRESSIONS:
        test = {
            "interval": "1m",
            "input_series": [{"series": name, "values": f"{value}x10"} for name, value in SERIES.items()],
            "promql_expr_test": [{"expr": expression, "eval_time": "10m", "exp_samples": []}],
        }
        path = directory / "test.yaml"
        path.write_text(json.dumps({"rule_files": ["rules.yaml"], "tests": [test]}), encoding="utf-8")
        done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
        got = _RESULT.search(done.stdout + done.stderr)
        assert got is not None, f"{expression}: {done.stdout}{done.stderr}"
        found[expression] = set(_LABEL.findall(got[1])) - {"__name__"}
    return found


def test_the_labels_of_results_are_those_that_promtool_gives(promtool: Path, tmp_path: Path):
    assert labels_by_promtool(promtool, tmp_path) == EXPRESSIONS


def test_the_labels_of_results_are_those_that_we_say():
    assert {text: possible_labels(text, read(text)) for text in EXPRESSIONS} == EXPRESSIONS


def test_where_the_data_decide_nothing_is_said():
    texts = ["a", "rate(a[5m])", "sum without (job) (a)", "a / b", "sum by (job) (a) or b", "a * on (job) group_left b"]

    assert {possible_labels(text, read(text)) for text in texts} == {None}
