"""Services written as sretool/v1 read back as the same services, whatever dialect they came from."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from specs import native_slo, read
from strategies import NAMES, WORDS, native_specs, shares

from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.write import write
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load_file

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*(ROOT / "examples" / "dialects").glob("*.yaml"), *(ROOT / "slos").rglob("*.yaml")])


def errors(*texts: str) -> list[str]:
    return [as_text(diagnostic) for diagnostic in read(*texts).diagnostics if diagnostic.level == "error"]


@st.composite
def sloth_specs(draw: st.DrawFn) -> str:
    """A valid Sloth document, with words that try YAML and templates wherever there may be any."""
    words = st.dictionaries(st.sampled_from(["team", "severity", "runbook", "note"]), WORDS, max_size=2)
    labels = st.dictionaries(st.sampled_from(["team", "owner", "product"]), WORDS, max_size=2)
    shapes = st.sampled_from(
        ["sum(rate({}[{{{{.window}}}}]))", "sum by (zone) (rate({}[{{{{ .window }}}}]))", "{} * 2"]
    )
    query = draw(shapes)
    if query == "{} * 2":
        query = "sum(increase({}[{{{{.window}}}}])) * 2"
    severity = st.fixed_dictionaries({}, optional={"labels": words, "annotations": words, "disable": st.booleans()})
    slo = st.fixed_dictionaries(
        {
            "name": NAMES,
            "objective": st.sampled_from([99.9, 99, 95.5, 90, 50.25]),
            "sli": st.builds(
                lambda share: {
                    "events": {"error_query": query.format(share[0]), "total_query": query.format(share[1])}
                },
                shares(),
            ),
            "alerting": st.fixed_dictionaries(
                {"name": st.sampled_from(["Burn", "shop burns: now"])},
                optional={"labels": words, "annotations": words, "page_alert": severity, "ticket_alert": severity},
            ),
        },
        optional={"labels": labels, "description": WORDS},
    )
    document = {
        "version": "prometheus/v1",
        "service": draw(NAMES),
        "labels": draw(labels),
        "slos": draw(st.lists(slo, min_size=1, max_size=3, unique_by=lambda each: each["name"])),
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


@settings(deadline=None)
@given(native_specs())
def test_what_the_native_reader_makes_is_written_so_that_it_reads_back(text: str):
    services = read(text).services

    again = read(write(services))

    assert again.services == services
    assert not again.has_errors


@settings(deadline=None)
@given(sloth_specs())
def test_what_a_foreign_reader_makes_is_written_so_that_it_reads_back(text: str):
    assert errors(text) == []
    services = read(text).services

    written = write(services)

    assert errors(written) == []
    assert read(written).services == services


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_we_ship_is_written_so_that_it_reads_back(path: Path):
    services = read_specs([load_file(path)], SpecContext()).services

    assert services
    assert read(write(services)).services == services


def test_writing_twice_gives_the_same_bytes_and_no_service_none():
    services = read_specs([load_file(ROOT / "examples" / "dialects" / "sloth.yaml")], SpecContext()).services

    assert write(services) == write(read(write(services)).services)
    assert write(()) == ""


def test_several_services_are_several_documents():
    services = read(native_slo(), native_slo().replace("service: checkout", "service: payments")).services

    written = write(services)

    assert written.count("apiVersion: sretool/v1\n") == 2
    assert [service.name for service in read(written).services] == ["checkout", "payments"]


# What it looks like.


def test_a_converted_file_says_what_matters_and_no_more():
    text = """
version: prometheus/v1
service: shop
labels: {owner: finders, product: core}
slos:
  - name: searches
    objective: 99.9
    description: |
      Searches answer.
      Always.
    sli:
      events:
        error_query: sum(rate(searches_total{outcome="bad"}[{{.window}}]))
        total_query: sum(rate(searches_total[{{.window}}]))
    alerting:
      name: SearchBurn
      page_alert: {labels: {severity: critical}}
      ticket_alert: {disable: true}
  - name: recommendations
    objective: 90
    labels: {tier: "2"}
    sli: {raw: {error_ratio_query: 'avg_over_time(shop:errors[{{.window}}])'}}
    alerting: {name: RecommendationBurn, annotations: {runbook: runbooks/r.md}}
"""

    assert (
        write(read(text).services)
        == """\
apiVersion: sretool/v1
service: shop
owner: finders
slos:
  - name: recommendations
    objective: 90%
    period: 30d
    sli:
      expr:
        bad: ((avg_over_time(shop:errors[$window])) >= 0)
        total: 0 * ((avg_over_time(shop:errors[$window])) >= 0) + 1
    labels:
      product: core
      tier: "2"
    alerting:
      name: RecommendationBurn
      labels:
        product: core
        tier: "2"
      tiers:
        - {long: 6h, short: 30m, budget: 5%, severity: page}
        - {long: 1d, short: 2h, budget: 10%, severity: ticket}
        - {long: 3d, short: 6h, budget: 10%, severity: ticket}
    runbook: runbooks/r.md

  - name: searches
    description: |-
      Searches answer.
      Always.
    objective: 99.9%
    period: 30d
    sli:
      events:
        bad: searches_total{outcome="bad"}
        total: searches_total
    labels:
      product: core
    alerting:
      name: SearchBurn
      labels:
        product: core
      severities:
        page:
          labels:
            severity: critical
        ticket: off
"""
    )


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (
            "alerting: {tiers: [{long: 1h, short: 5m, budget: 1.5%, severity: page}]}",
            "{long: 1h, short: 5m, budget: 1.5%, severity: page}",
        ),
        (
            "alerting: {tiers: [{long: 1h, short: 5m, factor: 7, severity: page}]}",
            "{long: 1h, short: 5m, factor: 7, severity: page}",
        ),
        ("alerting: {tiers: []}", "page: off\n        ticket: off"),
        ("period: {calendar: month, zone: Europe/Berlin}", "period: {calendar: month, zone: Europe/Berlin}"),
        (
            "sli: {latency: {histogram: 'd_seconds{a=\"b\"}', threshold: 1.5}}",
            'latency:\n        histogram: d_seconds{a="b"}\n        threshold: 1s500ms',
        ),
        (
            "sli: {latency: {histogram: d_seconds, threshold: 0.0005, native: true}}",
            "threshold: 0.0005\n        native: true",
        ),
        (
            "group_by: [region, plan]\ngroups: [{region: eu, plan: 'on'}]\nmax_groups: 5",
            'group_by: [region, plan]\n    groups:\n      - {region: eu, plan: "on"}\n    max_groups: 5',
        ),
        ("group_by: [region]\ngroups: [eu, 'us, east']", 'groups: [eu, "us, east"]'),
        (
            "exclusions: [{reason: r, approver: a, every: 'mon-wed 02:00', for: 90m, zone: UTC}]",
            "every: mon-wed 02:00\n    for: 1h30m\n    zone: UTC",
        ),
        (
            "exclusions: [{reason: r, approver: a, from: 2026-11-01T00:00:00Z, to: 2026-11-01T02:00:00+01:00}]",
            "from: 2026-11-01T00:00:00Z\n    to: 2026-11-01T02:00:00+01:00",
        ),
    ],
)
def test_values_are_written_in_the_words_of_the_trade(said: str, written: str):
    text = native_slo(said)
    assert errors(text) == []

    assert written in write(read(text).services)


def test_hours_of_traffic_are_written_as_ranges_of_days():
    document = (
        native_slo()
        + "traffic: {zone: Europe/Berlin, expected: [{days: 'mon-fri', from: '08:00', to: '18:00'}, "
        + "{days: 'sat,sun', from: '22:00', to: '24:00'}, {days: wed, from: '20:00', to: '02:00'}]}\n"
    )

    written = write(read(document).services)

    assert (
        """\
traffic:
  zone: Europe/Berlin
  expected:
    - {days: mon-fri, from: "08:00", to: "18:00"}
    - {days: wednesday, from: "20:00", to: "02:00"}
    - {days: "sat,sun", from: "22:00", to: "24:00"}
"""
        in written
    )
