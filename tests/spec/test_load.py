"""Documents of several dialects and files, put together."""

import pytest
from specs import complaints, native_document, native_slo, read

from sretool.settings.context import SpecContext
from sretool.spec.dialects import DIALECTS
from sretool.spec.load import read_specs
from sretool.yamltext.loading import load

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
    text = "groups:\n  - name: x\n"

    assert complaints(text) == (
        "a.yaml:1:1: SL120 this is Prometheus rules: it has no apiVersion\n"
        "  groups:\n"
        "  ^^^^^^\n"
        f"  remedy: begin with one of {'; '.join(dialect.spelling for dialect in DIALECTS)}"
    )


@pytest.mark.parametrize("text", ["- a\n", "text\n", "{}\n", "apiVersion: [a]\n", "kind: SLO\n", "? [a]\n: b\n"])
def test_what_is_no_mapping_with_a_version_is_an_error_and_no_service(text: str):
    specs = read(text)

    assert specs.has_errors
    assert specs.services == ()


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
