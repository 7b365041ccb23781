"""Pyrra's ServiceLevelObjective: what is read, and each mistake with its place and remedy."""

from decimal import Decimal

import pytest

from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli, ExprSli, LatencySli
from sretool.model.slo import Slo
from sretool.model.tiers import default_tiers
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load

RATIO = "ratio: {errors: {metric: 'failed_total{job=\"a\"}'}, total: {metric: 'all_total{job=\"a\"}'}}"


def a_file(
    *,
    indicator: str = RATIO,
    target: str = '"99.5"',
    window: str = "4w",
    alerting: str = "{}",
    spec: str = "",
    metadata: str = "namespace: shop",
) -> str:
    return f"""\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: searches
  {metadata}
spec:
  target: {target}
  window: {window}
  alerting: {alerting}
  indicator:
    {indicator}
  {spec}
"""


def read(text: str, level: str = "info") -> tuple[list[Slo], list[str]]:
    """The SLOs, and the diagnostics in full; `level` "warning" leaves out those that only inform."""
    specs = read_specs([load(text, "shop.yaml")], SpecContext())
    told = [diagnostic for diagnostic in specs.diagnostics if level == "info" or diagnostic.level != "info"]
    return [slo for service in specs.services for slo in service.slos], [as_text(diagnostic) for diagnostic in told]


def only(text: str) -> Slo:
    slos, diagnostics = read(text, "warning")
    assert diagnostics == []
    (slo,) = slos
    return slo


# What is read.


@pytest.mark.parametrize(("window", "days"), [("2w", 14), ("4w", 28), ("30d", 30), ("12w", 84)])
def test_the_target_is_in_percent_over_a_rolling_window(window: str, days: int):
    slo = only(a_file(window=window))

    assert slo.objective == Objective(Decimal("0.995"))
    assert slo.period == RollingPeriod(DAY * days)
    assert slo.alerting.tiers == default_tiers(DAY * days)


@pytest.mark.parametrize(
    ("metadata", "service"),
    [
        ("namespace: shop", "shop"),
        ("labels: {pyrra.dev/service: web-shop, app: other}", "web-shop"),
        ("namespace: shop\n  labels: {pyrra.dev/service: web-shop}", "web-shop"),
        ("annotations: {a: b}", "searches"),
    ],
)
def test_the_service_is_a_label_else_the_namespace_else_the_name(metadata: str, service: str):
    assert only(a_file(metadata=metadata)).full_name == f"{service}/searches"


def test_labels_and_annotations_with_pyrras_prefix_go_on_to_the_alerts():
    slo = only(
        a_file(
            metadata="""\
labels: {app: x, pyrra.dev/team: search, pyrra.dev/owner: finders, pyrra.dev/tier: gold}
  annotations: {note: y, pyrra.dev/summary: 'Look at {{ $labels.slo }}', pyrra.dev/runbook: r.md}"""
        )
    )

    assert (slo.owner, slo.runbook) == ("finders", "r.md")
    assert slo.labels == slo.alerting.labels == (("team", "search"), ("tier", "gold"))
    assert slo.alerting.annotations == (("summary", "Look at {{ $labels.slo }}"),)


@pytest.mark.parametrize(
    ("indicator", "sli", "group_by"),
    [
        (RATIO, EventsSli("bad", 'failed_total{job="a"}', 'all_total{job="a"}'), ()),
        (
            "ratio: {errors: {metric: failed_total}, total: {metric: all_total}, grouping: [route, method]}",
            EventsSli("bad", "failed_total", "all_total"),
            ("route", "method"),
        ),
        (
            """latency: {success: {metric: 'd_bucket{job="a",le="0.5"}'}, total: {metric: 'd_count{job="a"}'}}""",
            LatencySli('d{job="a"}', Decimal("0.5")),
            (),
        ),
        (
            """latency: {success: {metric: 'd_bucket{le="0.5"}'}, total: {metric: 'd_count{job="a"}'}}""",
            EventsSli("good", 'd_bucket{le="0.5"}', 'd_count{job="a"}'),
            (),
        ),
        (
            "latencyNative: {latency: 200ms, total: {metric: 'd{job=\"a\"}'}, grouping: [route]}",
            LatencySli('d{job="a"}', Decimal("0.2"), native=True),
            ("route",),
        ),
        (
            "bool_gauge: {metric: 'probe_success{job=\"a\"}'}",
            ExprSli(
                'clamp_min(1 - avg_over_time(probe_success{job="a"}[$window]), 0)',
                '0 * avg_over_time(probe_success{job="a"}[$window]) + 1',
            ),
            (),
        ),
    ],
)
def test_an_indicator_is_read_as_what_it_counts(indicator: str, sli: object, group_by: tuple[str, ...]):
    slo = only(a_file(indicator=indicator))

    assert (slo.sli, slo.group_by) == (sli, group_by)


@pytest.mark.parametrize(
    ("alerting", "name", "alerts"),
    [
        ("{}", None, True),
        ("{name: SearchBurn}", "SearchBurn", True),
        ("{burnrates: true, absent: true, disabled: false}", None, True),
        ("{disabled: true}", None, False),
        ("{burnrates: false}", None, False),
    ],
)
def test_burn_alerts_have_a_name_and_may_be_switched_off(alerting: str, name: str | None, alerts: bool):
    slo = only(a_file(alerting=alerting))

    assert slo.alerting.name == name
    assert slo.alerting.tiers == (default_tiers(DAY * 28) if alerts else ())


def test_a_description_is_kept_and_kubernetes_own_words_are_passed_over():
    text = a_file(spec="description: |\n    Searches answer.", metadata="uid: a\n  generation: 3\n  namespace: shop")

    assert only(f"{text}status: {{type: ConfigMap}}\n").description == "Searches answer."


def test_a_mode_that_changes_nothing_here_is_told():
    slos, diagnostics = read(a_file(spec="performanceOverAccuracy: true"))

    assert len(slos) == 1
    assert diagnostics == [
        """\
shop.yaml:12:3: SL155 info: `performanceOverAccuracy` has no effect: periods are read from recorded counts anyway
  performanceOverAccuracy: true
  ^^^^^^^^^^^^^^^^^^^^^^^
  remedy: remove it, or leave it"""
    ]


# Mistakes.

MISTAKES = {
    "a target as a ratio": (
        a_file(target='"0.995"', alerting="{disabled: true}"),
        """\
shop.yaml:7:11: SL134 warning: an objective of 0.995% lets nearly all events be bad
  target: "0.995"
          ^^^^^^^
  remedy: write 99.5, or leave it if it is meant""",
    ),
    "a window below a day": (
        a_file(window="12h"),
        """\
shop.yaml:8:11: SL105 a period lasts from 1d to 366d, not 12h
  window: 12h
          ^^^
  remedy: write 30d, or what your promise is counted over""",
    ),
    "a metric that is an expression": (
        a_file(indicator="ratio: {errors: {metric: sum(failed_total)}, total: {metric: all_total}}"),
        """\
shop.yaml:11:30: SL129 a selector is wanted here, and this is an expression
  ratio: {errors: {metric: sum(failed_total)}, total: {metric: all_total}}
                           ^^^^^^^^^^^^^^^^^
  remedy: write failed_total""",
    ),
    "a metric with an offset": (
        a_file(indicator="ratio: {errors: {metric: failed_total offset 5m}, total: {metric: all_total}}"),
        """\
shop.yaml:11:42: SL129 a selector stands alone here, without `offset 5m`
  ratio: {errors: {metric: failed_total offset 5m}, total: {metric: all_total}}
                                       ^^^^^^^^^^
  remedy: remove it: the rules choose what to read""",
    ),
    "a latency without its bucket": (
        a_file(indicator="latency: {success: {metric: d_bucket}, total: {metric: d_count}}"),
        """\
shop.yaml:11:33: SL130 `success` must choose one bucket of the histogram
  latency: {success: {metric: d_bucket}, total: {metric: d_count}}
                              ^^^^^^^^
  remedy: write its threshold, such as d_bucket{le="0.25"}""",
    ),
    "a native histogram by its count": (
        a_file(indicator="latencyNative: {latency: 1s, total: {metric: d_count}}"),
        """\
shop.yaml:11:50: SL130 `d_count` is one of a histogram's series: its name goes without _count
  latencyNative: {latency: 1s, total: {metric: d_count}}
                                               ^^^^^^^
  remedy: write d""",
    ),
    "two indicators": (
        a_file(indicator=f"{RATIO}\n    bool_gauge: {{metric: a}}"),
        """\
shop.yaml:12:5: SL128 an indicator is of one kind, and `bool_gauge` stands beside another
  bool_gauge: {metric: a}
  ^^^^^^^^^^
  remedy: keep one of the two""",
    ),
    "a grouping by our label": (
        a_file(indicator="bool_gauge: {metric: a, grouping: [slo]}"),
        """\
shop.yaml:11:40: SL122 the label `slo` is written by our rules
  bool_gauge: {metric: a, grouping: [slo]}
                                     ^^^
  remedy: give the label another name""",
    ),
    "no alert on absence": (
        a_file(alerting="{absent: false}"),
        """\
shop.yaml:9:14: SL150 `absent: false` cannot be had: the alerts that tell lost data from idle traffic are always on
  alerting: {absent: false}
             ^^^^^^
  remedy: remove it""",
    ),
    "a name for the alert on absence": (
        a_file(alerting="{absentName: Gone}"),
        """\
shop.yaml:9:14: SL150 `absentName` names an alert of Pyrra's: ours on missing data serve all SLOs of a service
  alerting: {absentName: Gone}
             ^^^^^^^^^^
  remedy: remove it""",
    ),
    "severities": (
        a_file(alerting="{severities: {fastBurn: page}}"),
        """\
shop.yaml:9:14: SL150 `severities` names other severities
  alerting: {severities: {fastBurn: page}}
             ^^^^^^^^^^
  remedy: remove it: fast tiers page, slow ones are tickets""",
    ),
    "where rules are evaluated": (
        a_file(spec="ruleOutput: {shortRulesLabels: {a: b}}"),
        """\
shop.yaml:12:3: SL150 `ruleOutput` says how Pyrra's own rules are evaluated
  ruleOutput: {shortRulesLabels: {a: b}}
  ^^^^^^^^^^
  remedy: remove it: Prometheus evaluates ours""",
    ),
    "Thanos' answer to partial data": (
        a_file(spec="partial_response_strategy: warn"),
        """\
shop.yaml:12:3: SL150 `partial_response_strategy` says how Pyrra's own rules are evaluated
  partial_response_strategy: warn
  ^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: remove it: Prometheus evaluates ours""",
    ),
    "a label that our rules write": (
        a_file(metadata="namespace: shop\n  labels: {pyrra.dev/severity: major}"),
        """\
shop.yaml:6:22: SL122 the label `severity` is written by our rules
  labels: {pyrra.dev/severity: major}
                     ^^^^^^^^
  remedy: give the label another name""",
    ),
    "a label that Prometheus cannot have": (
        a_file(metadata="namespace: shop\n  annotations: {pyrra.dev/run-book: x}"),
        """\
shop.yaml:6:27: SL122 `run-book` is no label name: letters, digits and _ make one
  annotations: {pyrra.dev/run-book: x}
                          ^^^^^^^^
  remedy: write run_book""",
    ),
    "a template with a function that Prometheus does not have": (
        a_file(metadata="namespace: shop\n  annotations: {pyrra.dev/told: 'Now {{ $value | humanise }}'}"),
        """\
shop.yaml:6:50: SL136 templates have no function "humanise"
  annotations: {pyrra.dev/told: 'Now {{ $value | humanise }}'}
                                                 ^^^^^^^^
  remedy: write humanize""",
    ),
    "a template in a label": (
        a_file(metadata="namespace: shop\n  labels: {pyrra.dev/told: '{{ end }}'}"),
        """\
shop.yaml:6:29: SL136 nothing waits for this {{ end }}
  labels: {pyrra.dev/told: '{{ end }}'}
                            ^^^^^^^^^
  remedy: remove it, or add the {{ if }} that it ends""",
    ),
    "a key that is misspelt": (
        a_file(spec="desciption: a"),
        """\
shop.yaml:12:3: YA003 the key `spec.desciption` is not known
  desciption: a
  ^^^^^^^^^^
  remedy: write description""",
    ),
    "no target": (
        a_file().replace('  target: "99.5"\n', ""),
        """\
shop.yaml:7:3: YA014 `spec.target` is missing
  window: 4w
  ^^^^^^^^^^
  remedy: write `target:` and its value""",
    ),
    "a list": (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjectiveList\nitems: []\n",
        """\
shop.yaml:2:7: SL150 of Pyrra only ServiceLevelObjective is read
  kind: ServiceLevelObjectiveList
        ^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write kind: ServiceLevelObjective""",
    ),
    "another version": (
        "apiVersion: pyrra.dev/v1\nkind: ServiceLevelObjective\n",
        """\
shop.yaml:1:13: SL150 of Pyrra only pyrra.dev/v1alpha1 is read
  apiVersion: pyrra.dev/v1
              ^^^^^^^^^^^^
  remedy: write pyrra.dev/v1alpha1""",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_shown_at_its_place_with_a_remedy(text: str, expected: str):
    assert read(text, "warning")[1] == [expected]
