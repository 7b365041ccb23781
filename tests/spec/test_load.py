"""Documents of several dialects and files, put together."""

from collections.abc import Iterator
from copy import copy
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from specs import complaints, native_document, native_slo, read

from sretool.settings.context import SpecContext
from sretool.spec.dialects import DIALECTS
from sretool.spec.load import read_specs
from sretool.yamltext.loading import load

EXAMPLES = Path(__file__).parents[2] / "examples" / "dialects"
SLOTH = """version: prometheus/v1
service: checkout
slos:
  - name: sloth-made
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors_total[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting: {name: CheckoutBurn}
"""


def test_all_files_of_a_service_are_one_service_whatever_their_dialect():
    specs = read(native_slo(), SLOTH, native_slo("name: latency"))

    assert [(service.name, [slo.name for slo in service.slos]) for service in specs.services] == [
        ("checkout", ["availability", "latency", "sloth-made"])
    ]


def test_services_come_by_name_and_not_in_the_order_of_files():
    specs = read(native_document("service: zebra"), native_document("service: ant"))

    assert [service.name for service in specs.services] == ["ant", "zebra"]


def test_several_documents_of_a_file_are_read():
    specs = read(f"{native_slo()}---\n{native_document('service: ant')}---\n")

    assert [service.name for service in specs.services] == ["ant", "checkout"]
    assert specs.diagnostics == ()


def test_a_service_has_the_owner_and_the_targets_that_any_of_its_files_states():
    ownerless = "apiVersion: sretool/v1\nservice: checkout\ninvariants: [{name: lost, zero: x_total, runbook: r}]\n"
    specs = read(ownerless, native_document("criticality: 3"))

    (service,) = specs.services
    assert [promise.owner for promise in (*service.slos, *service.invariants)] == ["payments", "payments"]
    assert [promise.criticality for promise in (*service.slos, *service.invariants)] == [3, 3]
    assert specs.diagnostics == ()


def test_a_file_that_is_no_specification_is_told_which_ones_are_known():
    assert complaints("scrapes:\n  - name: x\n") == (
        "a.yaml:1:1: SL120 this is no SLO specification that we know: it has no apiVersion\n"
        "  scrapes:\n"
        "  ^^^^^^^\n"
        f"  remedy: begin with one of {'; '.join(dialect.spelling for dialect in DIALECTS)}"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "groups:\n  - name: x\n",
            "a.yaml:1:1: SL120 these are Prometheus rules beside specifications of SLOs\n  groups:\n  ^^^^^^\n",
        ),
        (
            "rule_files: [checkout.yaml]\ntests: []\n",
            "a.yaml:1:1: SL120 these are tests of Prometheus rules beside specifications of SLOs\n"
            "  rule_files: [checkout.yaml]\n  ^^^^^^^^^^\n",
        ),
        (
            "route: {receiver: team}\n",
            "a.yaml:1:1: SL120 this is an Alertmanager configuration beside specifications of SLOs\n"
            "  route: {receiver: team}\n  ^^^^^\n",
        ),
        (
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n",
            "a.yaml:2:7: SL120 this is a PrometheusRule beside specifications of SLOs\n"
            "  kind: PrometheusRule\n        ^^^^^^^^^^^^^^\n",
        ),
    ],
)
def test_what_specifications_become_is_kept_apart_from_them(text: str, said: str):
    remedy = "keep generated files outside the directory of SLOs, or name only the files that hold SLOs"

    assert complaints(text) == f"{said}  remedy: {remedy}"


def as_list(*documents: str) -> str:
    items = "".join(f"- {indent(document, '  ').lstrip()}" for document in documents)
    return f'apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: ""\n'


@pytest.mark.parametrize("dialect", ["pyrra", "sloth-crd"])
def test_the_items_of_a_kubernetes_list_are_documents_of_their_dialects(dialect: str):
    text = (EXAMPLES / f"{dialect}.yaml").read_text(encoding="utf-8")
    stored = text.replace("metadata:\n", "metadata:\n  uid: 7f0c\n  resourceVersion: '1'\n  generation: 1\n")
    listed = read(as_list(*stored.split("---\n")), native_document())

    assert [(service.name, [slo.name for slo in service.slos]) for service in listed.services] == [
        ("billing-ingest", ["ack-latency", "availability"]),
        ("checkout", ["availability"]),
    ]
    assert [found.code for found in listed.diagnostics] == [found.code for found in read(text).diagnostics]


def test_items_of_several_dialects_may_stand_in_one_list():
    listed = read(as_list(native_document(), SLOTH, native_slo("name: latency")))

    assert [slo.name for slo in listed.services[0].slos] == ["availability", "latency", "sloth-made"]
    assert listed.diagnostics == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            as_list(native_document(), "apiVersion: v1\nkind: ConfigMap\n"),
            "SL120 we know no SLO specification of `apiVersion: v1`",
        ),
        (as_list("text\n"), "SL120 a specification is a mapping, and this is text"),
        ("apiVersion: v1\nkind: List\n", "YA014 `items` is missing"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "YA016 `items` is empty, so this promises nothing"),
        ("apiVersion: v1\nkind: List\nitems: text\n", "YA013 `items` must be a list, not text"),
    ],
)
def test_what_is_wrong_with_a_kubernetes_list_is_told(text: str, said: str):
    assert [f"{found.code} {found.message}" for found in read(text).diagnostics] == [said]


@pytest.mark.parametrize("text", ["- a\n", "text\n", "{}\n", "apiVersion: [a]\n", "kind: SLO\n", "? [a]\n: b\n"])
def test_what_is_no_mapping_with_a_version_is_an_error_and_no_service(text: str):
    specs = read(text)

    assert specs.has_errors
    assert specs.services == ()


def without_a_value(document: Any) -> Iterator[Any]:
    """The document, with one of its keys empty each time."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in [*items]:
        if isinstance(document, dict):
            yield document | {key: None}
        if isinstance(value, dict | list):
            for emptied in without_a_value(value):
                changed = copy(document)
                changed[key] = emptied
                yield changed


@pytest.mark.parametrize("name", ["native.yaml", "openslo.yaml", "sloth.yaml", "sloth-crd.yaml", "pyrra.yaml"])
def test_no_promise_is_lost_without_an_error_where_a_value_is_missing(name: str):
    documents = [*yaml.safe_load_all((EXAMPLES / name).read_text(encoding="utf-8"))]

    damaged = [read(yaml.safe_dump_all(changed)) for changed in without_a_value(documents)]

    assert {sum(len(service.slos) for service in specs.services) for specs in damaged if not specs.has_errors} == {2}


def test_mistakes_come_in_the_order_of_files_and_lines():
    specs = read(native_slo("objective: 1\nperiod: 1h"), native_slo("name: X"))

    assert [str(diagnostic.place) for diagnostic in specs.diagnostics] == ["a.yaml:6:16", "a.yaml:7:13", "b.yaml:5:11"]


def test_a_mistake_that_an_alias_repeats_is_told_once():
    sli = "{events: {bad: rate(b), total: t}}"
    others = "objective: 99.9%, period: 30d, runbook: r"
    slos = f"slos: [{{name: a, {others}, sli: &sli {sli}}}, {{name: b, {others}, sli: *sli}}]"

    assert complaints(native_document(slos)).count("rate(b)") == 1


def test_the_same_files_give_the_same_services_and_complaints_again():
    texts = (native_slo("labels: {b: x, a: y}"), SLOTH, native_slo("objective: 1"))
    sources = [load(text, "a.yaml") for text in texts]

    assert read_specs(sources, SpecContext()) == read_specs(sources, SpecContext())
