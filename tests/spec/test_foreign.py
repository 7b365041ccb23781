"""What holds for all foreign dialects: the same SLO in each of them, and the pages of their codes."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.model.slo import Service
from sretool.settings.context import SpecContext
from sretool.spec.load import Specs, read_specs
from sretool.yamltext.loading import load, load_file

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "dialects"
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODES = ["SL150", "SL151", "SL152", "SL153", "SL154", "SL155", "SL156", "SL157"]


def example(name: str) -> Specs:
    return read_specs([load_file(EXAMPLES / name)], SpecContext())


def without_alert_names(service: Service) -> Service:
    slos = (replace(slo, alerting=replace(slo.alerting, name=None)) for slo in service.slos)
    return replace(service, slos=tuple(slos))


def codes_raised_by(text: str) -> set[str]:
    return {diagnostic.code for diagnostic in read_specs([load(text, "page.yaml")], SpecContext()).diagnostics}


@pytest.mark.parametrize("name", ["native.yaml", "openslo.yaml", "sloth.yaml", "sloth-crd.yaml", "pyrra.yaml"])
def test_every_example_reads_without_a_word(name: str):
    assert example(name).diagnostics == ()


@pytest.mark.parametrize("name", ["sloth.yaml", "sloth-crd.yaml", "pyrra.yaml"])
def test_the_same_slos_in_another_dialect_are_the_same_values(name: str):
    assert example(name).services == example("native.yaml").services


def test_the_same_slos_in_openslo_which_has_no_names_for_alerts_differ_in_those_alone():
    native = example("native.yaml").services

    assert example("openslo.yaml").services == tuple(without_alert_names(service) for service in native)
    assert all(slo.alerting.name for service in native for slo in service.slos)


def test_files_of_all_dialects_may_speak_of_one_service():
    texts = {
        "a.yaml": "apiVersion: sretool/v1\nservice: checkout\nowner: payments\n"
        "invariants: [{name: lost, zero: lost_total, runbook: r.md}]\n",
        "b.yaml": """
version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors_total[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting: {name: CheckoutBurn}
""",
        "c.yaml": """
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: searches, namespace: checkout}
spec:
  target: "99"
  window: 4w
  indicator:
    ratio: {errors: {metric: failed_total}, total: {metric: searches_total}}
""",
    }

    specs = read_specs([load(text, path) for path, text in texts.items()], SpecContext())

    assert specs.diagnostics == ()
    assert [(slo.full_name, slo.owner) for slo in specs.services[0].slos] == [
        ("checkout/availability", "payments"),
        ("checkout/searches", "payments"),
    ]


@pytest.mark.parametrize("code", CODES)
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(code: str):
    wrong, right = FENCED.findall((ROOT / "docs" / "checks" / f"{code}.md").read_text(encoding="utf-8"))

    assert codes_raised_by(wrong) == {code}
    assert codes_raised_by(right) == set()


# Every key that the three formats have somewhere, in documents that are wrong in every way.

_WORDS = st.sampled_from((ROOT / "tests" / "spec" / "foreign_keys.txt").read_text(encoding="utf-8").split())
_LEAVES = st.sampled_from(
    ["", "a", "shop", "99.9", "0", "-1", "NaN", "1e400", "true", "28d", "1M", "0m", "9" * 30 + "d", "Prometheus"],
) | st.sampled_from(
    ["sum(rate(a[{{.window}}]))", "a{b=", 'a_bucket{le="x"}', "a_count", "{{.x}}", "page", "Timeslices", "lt", "UTC"],
)
_VALUES = st.recursive(
    st.none() | _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=6),
    max_leaves=25,
)
_HEADS = st.sampled_from(
    [
        {"version": "prometheus/v1"},
        {"apiVersion": "sloth.slok.dev/v1", "kind": "PrometheusServiceLevel"},
        {"apiVersion": "pyrra.dev/v1alpha1", "kind": "ServiceLevelObjective"},
        *({"apiVersion": "openslo/v1", "kind": kind} for kind in ["SLO", "SLI", "Service", "AlertPolicy"]),
        *({"apiVersion": "openslo/v1", "kind": kind} for kind in ["AlertCondition", "DataSource", "Other"]),
    ]
)


def broken(document: object, changes: list[tuple[int, object]]) -> object:
    """The document with some of its values, counted in the order of reading, replaced."""
    for at, value in changes:
        places = list(_places(document))
        if places:
            container, key = places[at % len(places)]
            container[key] = value
    return document


def _places(node: object) -> list[tuple[Any, Any]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in pairs for place in [(node, key), *_places(value)]]


@settings(deadline=None)
@given(_HEADS, st.dictionaries(st.sampled_from(["metadata", "spec"]) | _WORDS, _VALUES, max_size=8))
def test_a_document_that_is_wrong_in_every_way_is_diagnostics(head: dict[str, str], body: dict[str, object]):
    specs = read_specs([load(yaml.safe_dump(body | head), "wrong.yaml")], SpecContext())

    assert specs.diagnostics or specs.services


@settings(deadline=None)
@given(
    st.sampled_from(["openslo.yaml", "sloth.yaml", "sloth-crd.yaml", "pyrra.yaml"]),
    st.lists(st.tuples(st.integers(0, 200), _VALUES), min_size=1, max_size=3),
)
def test_a_good_file_with_some_values_broken_is_read_or_explained(name: str, changes: list[tuple[int, object]]):
    documents = list(yaml.safe_load_all((EXAMPLES / name).read_text(encoding="utf-8")))

    specs = read_specs([load(yaml.safe_dump_all(broken(documents, changes)), "broken.yaml")], SpecContext())

    assert specs.diagnostics or specs.services
