"""Rule files of all kinds are read, and what has no place in them is told where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linted import codes, complaints, report, rules

from sretool.lint.linting import Choice

SHAPE = Choice(select=("YA", "PQ"))
LISTED = """apiVersion: v1
kind: List
items:
  - apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata: {name: a}
    spec:
      groups:
        - name: a
          rules:
            - record: a
              expr: up +
"""
OF_OTHERS = """namespace: shop
groups:
  - name: a
    interval: 30s
    partial_response_strategy: warn
    source_tenants: [a, b]
    limit: 10
    query_offset: 1m
    labels: {team: shop}
    rules:
      - record: a
        expr: up
"""
CHART = """groups:
  - name: {{ .Release.Name }}
    rules:
      - alert: A
        expr: up{job="{{ .Values.job }}"} == {{ .Values.down }}
"""
CHART_OF_BLOCKS = """{{- if .Values.enabled }}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
{{- end }}
"""


def test_a_list_of_resources_is_read_item_by_item():
    assert complaints({"r.yaml": LISTED}, choice=SHAPE).startswith('r.yaml:12:24: PQ201 the expression ends after "+"')


def test_what_thanos_and_mimir_and_newer_servers_add_is_no_mistake():
    assert codes({"r.yaml": OF_OTHERS}) == set()


@pytest.mark.parametrize("text", [CHART, CHART_OF_BLOCKS], ids=["values", "blocks"])
def test_what_a_chart_left_is_told_and_nothing_breaks(text: str):
    found = report({"r.yaml": text}).findings

    assert {diagnostic.level for diagnostic in found} >= {"error"}
    assert {diagnostic.code[:2] for diagnostic in found if diagnostic.level == "error"} <= {"YA", "PQ"}


def test_a_key_that_is_misspelt_is_told_with_the_one_that_was_meant():
    said = complaints({"r.yaml": rules("- alert: A\n  exp: up == 0\n  labels: {severity: page}")}, choice=SHAPE)

    assert said.splitlines()[0] == "r.yaml:5:9: YA003 the key `groups[0].rules[0].exp` is not known"
    assert said.splitlines()[-1] == "  remedy: write expr"


def test_labels_that_are_no_text_are_told_at_their_name():
    said = complaints({"r.yaml": rules("- record: a\n  expr: up\n  labels: {team: [a]}")}, choice=SHAPE)

    assert said.splitlines()[0] == "r.yaml:6:18: YA013 `labels.team` must be text, not a list"


@pytest.mark.parametrize("text", ["5m", "1h30m", "0", "1d12h", "90s", "500ms", "0s"])
def test_durations_of_prometheus_are_taken(text: str):
    assert codes({"r.yaml": rules(f"- alert: A\n  expr: up == 0\n  for: {text}")}, choice=SHAPE) == set()


@pytest.mark.parametrize("text", ["5", "5min", "30m1h", "1.5h", "five"])
def test_a_duration_that_is_none_is_told(text: str):
    said = complaints({"r.yaml": rules(f"- alert: A\n  expr: up == 0\n  for: {text}")}, choice=SHAPE)

    assert said.startswith(f"r.yaml:6:14: YA016 `for` is a duration with its unit, not {text}\n")


def test_a_chain_of_many_operators_is_looked_at_by_every_check():
    chain = " + ".join(["sum by (job) (a)"] * 900)
    numbers = "+".join(["1"] * 900)
    text = f"""- alert: A
  expr: ({chain}) > 1
  annotations: {{summary: "{{{{ $labels.job }}}} {{{{ $labels.zone }}}}"}}
- alert: B
  expr: job:errors:ratio_rate5m > ({numbers})
"""

    assert "PQ201" not in codes({"r.yaml": rules(text)})


def test_files_of_neither_kind_are_named_and_have_no_findings():
    found = report(
        {"compose.yaml": "services: {web: {image: nginx}}", "a.yaml": "apiVersion: apps/v1\nkind: Deployment"}
    )

    assert found.findings == ()
    assert found.others == ("compose.yaml", "a.yaml")


def test_a_specification_of_a_version_that_nobody_knows_is_told_as_one():
    assert "SL120" in codes({"s.yaml": "apiVersion: sretol/v1\nservice: a\n"})


@pytest.mark.parametrize(
    "expression",
    ["+".join(["a"] * 5_001), "(" * 20_000 + "a" + ")" * 20_000, "x offset 1e300", "x[1e530:10s]", "-" * 20_000 + "a"],
    ids=["operators", "parentheses", "an offset", "a step", "signs"],
)
def test_what_would_take_a_parser_down_is_a_diagnostic(expression: str):
    assert codes({"r.yaml": rules(f"- record: a\n  expr: '{expression}'")}) == {"PQ201"}


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(content: bytes):
    report({"r.yaml": b"groups:\n  - name: a\n    rules:\n" + content, "s.yaml": content})


@given(st.text(alphabet="aup(){}[]\"'=~!<>+-*/:;,.@ $\n5mdby_0", max_size=80), st.text(max_size=60))
def test_random_expressions_and_templates_never_raise(expression: str, template: str):
    indented = expression.replace("\n", "\n            ")
    text = rules(f"- alert: A\n  expr: |\n    {indented}\n  annotations: {{summary: {template!r}}}")

    report({"r.yaml": text})
