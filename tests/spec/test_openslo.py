"""OpenSLO v1: what its objects say together, and each mistake with its place and remedy."""

from decimal import Decimal

import pytest

from sretool.model.duration import DAY, HOUR, MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, Period, RollingPeriod
from sretool.model.sli import EventsSli, ExprSli, LatencySli, TimeSliceSli
from sretool.model.slo import Slo
from sretool.model.tiers import BurnTier, default_tiers
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load

BAD = 'all_total{outcome="bad"}'
ROLLING = "{duration: 28d, isRolling: true}"


def indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" if line else line for line in text.strip("\n").split("\n"))


def metric(query: str) -> str:
    return f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}"


def ratio(side: str, some: str, total: str, counter: str = "counter: true") -> str:
    return f"ratioMetric:\n  {counter}\n  {side}: {metric(some)}\n  total: {metric(total)}"


def threshold(query: str) -> str:
    return f"thresholdMetric: {metric(query)}"


def a_slo(
    *,
    indicator: str = ratio("bad", BAD, "all_total"),
    window: str = ROLLING,
    method: str = "Occurrences",
    objectives: str = "- target: 0.995",
    more: str = "",
    metadata: str = "",
) -> str:
    return f"""\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: searches
  {metadata}
spec:
  service: shop
  budgetingMethod: {method}
  timeWindow: [{window}]
  objectives:
{indented(objectives, 4)}
  indicator:
    metadata: {{name: answered}}
    spec:
{indented(indicator, 6)}
  {more}
"""


def condition(severity: str = "page", **said: str) -> str:
    keys = {"kind": "burnrate", "threshold": "6", "lookbackWindow": "6h", "alertAfter": "30m"} | said
    body = ", ".join(f"{key}: {value}" for key, value in keys.items() if value)
    return f"{{severity: {severity}, condition: {{{body}}}}}"


def policy(spec: str) -> str:
    return f"alertPolicies: [{{kind: AlertPolicy, metadata: {{name: p}}, spec: {spec}}}]"


def burning(severity: str = "page", **said: str) -> str:
    """Policies of one condition."""
    inline = f"{{kind: AlertCondition, metadata: {{name: c}}, spec: {condition(severity, **said)}}}"
    return policy(f"{{alertWhenBreaching: true, conditions: [{inline}]}}")


def read(*texts: str, level: str = "info") -> tuple[list[Slo], list[str]]:
    """The SLOs, and the diagnostics in full; `level` "warning" leaves out those that only inform."""
    loaded = [load(text, f"{name}.yaml") for name, text in zip("abcdef", texts, strict=False)]
    specs = read_specs(loaded, SpecContext())
    told = [diagnostic for diagnostic in specs.diagnostics if level == "info" or diagnostic.level != "info"]
    return [slo for service in specs.services for slo in service.slos], [as_text(diagnostic) for diagnostic in told]


def only(*texts: str) -> Slo:
    slos, diagnostics = read(*texts, level="warning")
    assert diagnostics == []
    (slo,) = slos
    return slo


# The promise.


@pytest.mark.parametrize("objectives", ["- target: 0.995", "- targetPercent: 99.5", "- {target: .9950}"])
def test_a_target_is_a_ratio_or_in_percent(objectives: str):
    assert only(a_slo(objectives=objectives)).objective == Objective(Decimal("0.995"))


@pytest.mark.parametrize(
    ("window", "period"),
    [
        ("{duration: 28d, isRolling: true}", RollingPeriod(DAY * 28)),
        ("{duration: 4w}", RollingPeriod(DAY * 28)),
        ("{duration: 72h, isRolling: true}", RollingPeriod(DAY * 3)),
        ("{duration: 1M, isRolling: true}", RollingPeriod(DAY * 30)),
        ("{duration: 1Q, isRolling: true}", RollingPeriod(DAY * 90)),
        ("{duration: 1Y, isRolling: true}", RollingPeriod(DAY * 365)),
        (
            "{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}",
            CalendarMonth("Europe/Berlin"),
        ),
        (
            "{duration: 1M, isRolling: false, calendar: {startTime: '2026-03-01 00:00', timeZone: UTC}}",
            CalendarMonth("UTC"),
        ),
    ],
)
def test_a_time_window_is_the_period(window: str, period: Period):
    assert only(a_slo(window=window)).period == period


def test_each_of_several_objectives_is_an_slo_named_after_it():
    slos, diagnostics = read(
        a_slo(objectives="- {target: 0.99, displayName: Most of them}\n- {target: 0.999, displayName: Nearly all}")
    )

    assert diagnostics == []
    assert [(slo.name, slo.objective.ratio, slo.description) for slo in slos] == [
        ("searches-most-of-them", Decimal("0.99"), "Most of them"),
        ("searches-nearly-all", Decimal("0.999"), "Nearly all"),
    ]


def test_objectives_without_a_name_are_numbered():
    assert [slo.name for slo in read(a_slo(objectives="- target: 0.9995\n- target: 0.999"))[0]] == [
        "searches-1",
        "searches-2",
    ]


def test_words_owner_labels_and_runbook_come_from_the_slo_and_its_service():
    service = """
apiVersion: openslo/v1
kind: Service
metadata:
  name: shop
  labels: {owner: finders, product: core, cost.centre: "12"}
"""
    slo = only(
        a_slo(
            metadata="displayName: Searches\n  labels: {product: [a, b], user-facing: 'true'}\n"
            "  annotations: {runbook: r.md, other.org/x: y}"
        ),
        service,
    )

    assert (slo.owner, slo.description, slo.runbook) == ("finders", "Searches", "r.md")
    assert slo.labels == (("cost_centre", "12"), ("product", "a,b"), ("user_facing", "true"))
    assert slo.alerting.labels == ()


# What is measured.


@pytest.mark.parametrize(
    ("indicator", "sli"),
    [
        (ratio("bad", BAD, "all_total"), EventsSli("bad", BAD, "all_total")),
        (ratio("good", "good_total", "sum(all_total)"), EventsSli("good", "good_total", "all_total")),
        (
            ratio("good", 'sum(d_bucket{le="1.5"})', "d_count"),
            LatencySli("d", Decimal("1.5")),
        ),
        (
            ratio("bad", f"sum(rate({BAD}[5m]))", "sum(rate(all_total[5m]))", "counter: false"),
            EventsSli("bad", BAD, "all_total"),
        ),
        (
            ratio("good", "sum(increase(good_total[{{.window}}]))", "sum(increase(all_total[{{.window}}]))", ""),
            EventsSli("good", "good_total", "all_total"),
        ),
        (
            ratio("good", "good_now", "all_now", "counter: false"),
            ExprSli(
                "clamp_min(sum(sum(avg_over_time(all_now[$window]))) "
                "- (sum(sum(avg_over_time(good_now[$window]))) or 0 * sum(sum(avg_over_time(all_now[$window])))), 0)",
                "sum(avg_over_time(all_now[$window]))",
            ),
        ),
        (
            ratio("bad", "sum(rate(a[{{.window}}])) + sum(rate(b[{{.window}}]))", "sum(rate(all_total[$window]))"),
            ExprSli("sum(rate(a[$window])) + sum(rate(b[$window]))", "sum(rate(all_total[$window]))"),
        ),
        (
            f"ratioMetric:\n  rawType: failure\n  raw: {metric('shop:errors')}",
            ExprSli(
                "avg_over_time(((shop:errors) >= 0)[$window:])",
                "0 * avg_over_time(((shop:errors) >= 0)[$window:]) + 1",
            ),
        ),
        (
            f"ratioMetric:\n  rawType: success\n  raw: {metric('shop:good')}",
            ExprSli(
                "clamp_min(1 - avg_over_time(((shop:good) >= 0)[$window:]), 0)",
                "0 * avg_over_time(((shop:good) >= 0)[$window:]) + 1",
            ),
        ),
    ],
)
def test_occurrences_count_events(indicator: str, sli: object):
    assert only(a_slo(indicator=indicator)).sli == sli


@pytest.mark.parametrize(
    ("query", "op", "sli"),
    [
        ("max(queue_length)", "lt", TimeSliceSli("max(queue_length)", "<", "100")),
        ("max(queue_length)", "gte", TimeSliceSli("max(queue_length)", ">=", "100")),
        ("a or b", "lte", TimeSliceSli("(a or b)", "<=", "100")),
    ],
)
def test_occurrences_of_a_value_are_seconds_in_which_it_holds(query: str, op: str, sli: TimeSliceSli):
    slo = only(a_slo(indicator=threshold(query), objectives=f"- {{target: 0.99, op: {op}, value: 100}}"))

    assert slo.sli == sli


ALL_6M = "sum(rate(all_total[6m]))"


@pytest.mark.parametrize(
    ("indicator", "objective", "sli"),
    [
        (
            ratio("good", "good_total", "all_total"),
            "timeSliceWindow: 5m",
            TimeSliceSli(f"(sum(rate(good_total[6m])) or 0 * {ALL_6M})", ">=", f"0.9 * {ALL_6M}"),
        ),
        (
            ratio("bad", BAD, "all_total"),
            "timeSliceWindow: 5",
            TimeSliceSli(f"(sum(rate({BAD}[6m])) or 0 * {ALL_6M})", "<=", f"0.1 * {ALL_6M}"),
        ),
        (
            f"ratioMetric:\n  rawType: success\n  raw: {metric('shop:good')}",
            "timeSliceWindow: 5m",
            TimeSliceSli("avg_over_time((shop:good)[5m:1m])", ">=", "0.9"),
        ),
        (
            f"ratioMetric:\n  rawType: failure\n  raw: {metric('avg_over_time(shop:errors[{{.window}}])')}",
            "timeSliceWindow: 5m",
            TimeSliceSli("avg_over_time(shop:errors[6m])", "<=", "0.1"),
        ),
        (
            threshold("max(queue_length)"),
            "timeSliceWindow: 1h, op: lt, value: 2.5",
            TimeSliceSli("avg_over_time(((max(queue_length)) < bool 2.5)[1h:1m])", ">=", "0.9"),
        ),
    ],
)
def test_a_time_slice_is_asked_for_at_every_moment(indicator: str, objective: str, sli: TimeSliceSli):
    slo = only(
        a_slo(
            indicator=indicator,
            method="Timeslices",
            objectives=f"- {{target: 0.99, timeSliceTarget: 0.9, {objective}}}",
        )
    )

    assert slo.sli == sli


@pytest.mark.parametrize(
    ("side", "share"),
    [
        ("bad", f"sum(rate({BAD}[6m])) / ({ALL_6M} > 0)"),
        ("good", f"1 - (sum(rate({BAD}[6m])) or 0 * {ALL_6M}) / ({ALL_6M} > 0)"),
    ],
)
def test_ratio_time_slices_weigh_every_moment_alike(side: str, share: str):
    slo = only(
        a_slo(
            indicator=ratio(side, BAD, "all_total"),
            method="RatioTimeslices",
            objectives="- {target: 0.99, timeSliceWindow: 5m}",
        )
    )

    assert slo.sli == ExprSli(
        f"avg_over_time((clamp_min({share}, 0) or 0 * {ALL_6M})[$window:])",
        f"0 * avg_over_time(({ALL_6M})[$window:]) + 1",
    )


def test_ratio_time_slices_of_a_value_are_seconds_in_which_it_holds():
    slo = only(
        a_slo(
            indicator=threshold("queue_length"),
            method="RatioTimeslices",
            objectives="- {target: 0.99, timeSliceWindow: 5m, op: lt, value: -1}",
        )
    )

    assert slo.sli == TimeSliceSli("queue_length", "<", "-1")


# Alerts.


def test_without_policies_there_are_the_workbooks_tiers_and_with_an_empty_list_none():
    assert only(a_slo()).alerting.tiers == default_tiers(DAY * 28)
    assert only(a_slo(more="alertPolicies: []")).alerting.tiers == ()


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ({}, MINUTE * 30),
        ({"op": "gte"}, MINUTE * 30),
        ({"alertAfter": ""}, MINUTE * 30),
        ({"alertAfter": "0m", "lookbackWindow": "1h"}, MINUTE * 5),
        ({"alertAfter": "10m", "lookbackWindow": "1h"}, MINUTE * 10),
        ({"alertAfter": "", "lookbackWindow": "1d"}, HOUR * 2),
        ({"kind": ""}, MINUTE * 30),
    ],
)
def test_a_condition_is_a_tier_whose_short_window_is_how_long_it_must_hold(said: dict[str, str], short: Duration):
    long = Duration.parse(said.get("lookbackWindow", "6h"))

    assert only(a_slo(more=burning(**said))).alerting.tiers == (BurnTier(long, short, Decimal(6), "page"),)


def test_policies_and_conditions_may_stand_in_files_of_their_own():
    policies = """
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  description: Quick.
  alertWhenBreaching: true
  alertWhenNoData: true
  conditions: [{conditionRef: burning-fast}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: muted}
spec:
  alertWhenBreaching: false
  conditions: [{conditionRef: burning-fast}]
"""
    conditions = f"""
apiVersion: openslo/v1
kind: AlertCondition
metadata: {{name: burning-fast}}
spec: {condition("ticket")}
"""
    slo = only(a_slo(more="alertPolicies: [{alertPolicyRef: fast}, {alertPolicyRef: muted}]"), policies, conditions)

    assert slo.alerting.tiers == (BurnTier(HOUR * 6, MINUTE * 30, Decimal(6), "ticket"),)


def test_a_tier_that_could_never_fire_is_left_out_with_a_warning():
    slos, diagnostics = read(a_slo(objectives="- target: 0.8", more=burning()))

    assert slos[0].alerting.tiers == ()
    assert [diagnostic.split(": ")[1] for diagnostic in diagnostics] == ["SL152 warning"]


def test_an_indicator_and_its_source_may_stand_in_files_of_their_own():
    indicator = f"""
apiVersion: openslo/v1
kind: SLI
metadata: {{name: answered}}
spec:
  description: Answered searches.
  ratioMetric:
    counter: true
    bad: {{metricSource: {{metricSourceRef: main, spec: {{query: '{BAD}'}}}}}}
    total: {{metricSource: {{metricSourceRef: main, type: prometheus, spec: {{query: all_total}}}}}}
"""
    source = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: main}
spec: {type: Prometheus, connectionDetails: {url: somewhere}}
"""
    by_reference = a_slo().split("  indicator:")[0] + "  indicatorRef: answered\n"

    assert only(by_reference, indicator, source).sli == EventsSli("bad", BAD, "all_total")


# Mistakes.


def with_objective(objective: str, **said: str) -> str:
    return a_slo(objectives=f"- {objective}", **said)


MISTAKES = {
    "a target in percent": (
        with_objective("target: 99.5"),
        """\
SL101 an objective is a ratio here: 99.5 reads as a ratio above 1
  - target: 99.5
            ^^^^
  remedy: write 0.995""",
    ),
    "a query that is a number": (
        a_slo(indicator=threshold("-1"), objectives="- {op: lt, value: 10, target: 0.99}"),
        """\
PQ201 an indicator is made of a vector, and this is a scalar
  thresholdMetric: {metricSource: {type: Prometheus, spec: {query: '-1'}}}
                                                                   ^^^^
  remedy: write such as sum(queue_length)""",
    ),
    "no objective": (
        a_slo(objectives="[]"),
        """\
YA016 `objectives` is empty, so this promises nothing
  []
  ^^
  remedy: write such as - target: 0.999""",
    ),
    "two targets": (
        with_objective("{target: 0.99, targetPercent: 99}"),
        """\
YA016 an objective has one target, and `targetPercent` stands beside another
  - {target: 0.99, targetPercent: 99}
                   ^^^^^^^^^^^^^
  remedy: keep one of the two""",
    ),
    "an indicator of its own": (
        with_objective("{target: 0.99, indicatorRef: a, compositeWeight: 1}").replace("    spec:\n", "    spec:\n"),
        """\
SL150 `indicatorRef` makes a composite SLO, which is not computed
  - {target: 0.99, indicatorRef: a, compositeWeight: 1}
                   ^^^^^^^^^^^^
  remedy: write an SLO for each indicator""",
    ),
    "no window": (
        a_slo(window=""),
        """\
YA014 there is no time window
  timeWindow: []
  ^^^^^^^^^^
  remedy: write one, of such as 28d""",
    ),
    "two windows": (
        a_slo(window=f"{ROLLING}, {ROLLING}"),
        """\
YA016 an SLO has one time window
  timeWindow: [{duration: 28d, isRolling: true}, {duration: 28d, isRolling: true}]
                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: keep one of them""",
    ),
    "a window of some other form": (
        a_slo(window="{duration: 1d12h}"),
        """\
YA016 `1d12h` is not a duration such as 28d, 4w or 1M
  timeWindow: [{duration: 1d12h}]
                          ^^^^^
  remedy: write one whole number and one of m, h, d, w, M, Q and Y""",
    ),
    "a window of an hour": (
        a_slo(window="{duration: 1h}"),
        """\
SL105 a period lasts from 1d to 366d, not 1h
  timeWindow: [{duration: 1h}]
                          ^^
  remedy: write 30d, or what your promise is counted over""",
    ),
    "a calendar quarter": (
        a_slo(window="{duration: 1Q, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}"),
        """\
SL150 of calendar windows only the month is kept, not `1Q`
  timeWindow: [{duration: 1Q, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]
                          ^^
  remedy: write 1M, or a rolling window such as 28d""",
    ),
    "a calendar that begins in the middle": (
        a_slo(window="{duration: 1M, calendar: {startTime: 2026-01-15 12:00:00, timeZone: UTC}}"),
        """\
SL150 a calendar month begins at midnight of its first day
  timeWindow: [{duration: 1M, calendar: {startTime: 2026-01-15 12:00:00, timeZone: UTC}}]
                                                    ^^^^^^^^^^^^^^^^^^^
  remedy: write such as 2026-01-01 00:00:00""",
    ),
    "a zone that is none": (
        a_slo(window="{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berln}}"),
        """\
SL125 'Europe/Berln' is not an IANA time zone such as Europe/Berlin
  timeWindow: [{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berln}}]
                                                                                   ^^^^^^^^^^^^
  remedy: write Europe/Berlin""",
    ),
    "a window that neither rolls nor has a calendar": (
        a_slo(window="{duration: 28d, isRolling: false}"),
        """\
YA014 a time window that does not roll needs its calendar
  timeWindow: [{duration: 28d, isRolling: false}]
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write calendar: {startTime: ..., timeZone: ...}""",
    ),
    "a window that rolls and has a calendar": (
        a_slo(window="{duration: 1M, isRolling: true, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}"),
        """\
YA016 a time window either rolls or follows a calendar
  timeWindow: [{duration: 1M, isRolling: true, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]
                              ^^^^^^^^^
  remedy: write isRolling: false""",
    ),
    "a method that is none": (
        a_slo(method="Timeslice"),
        """\
YA016 `spec.budgetingMethod` must be Occurrences, Timeslices or RatioTimeslices, not `Timeslice`
  budgetingMethod: Timeslice
                   ^^^^^^^^^
  remedy: write Timeslices""",
    ),
    "a slice without its target": (
        with_objective("{target: 0.99, timeSliceWindow: 5m}", method="Timeslices"),
        """\
YA014 `spec.objectives[0].timeSliceTarget` is missing
  - {target: 0.99, timeSliceWindow: 5m}
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write `timeSliceTarget:` and its value""",
    ),
    "a slice that every one reaches": (
        with_objective("{target: 0.99, timeSliceTarget: 0.0, timeSliceWindow: 5m}", method="Timeslices"),
        """\
YA016 every slice reaches a target of 0
  - {target: 0.99, timeSliceTarget: 0.0, timeSliceWindow: 5m}
                                    ^^^
  remedy: write the share that must be good""",
    ),
    "a slice shorter than a scrape": (
        with_objective("{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 0m}", method="Timeslices"),
        """\
SL105 a slice lasts a scrape interval, 1m, or more, and less than the period
  - {target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 0m}
                                                          ^^
  remedy: write such as 5m""",
    ),
    "slices of an expression": (
        a_slo(
            indicator=ratio("bad", "sum(a) + sum(b)", "all_total"),
            method="Timeslices",
            objectives="- {target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}",
        ),
        """\
SL150 time slices are made of counters, and this is something else
  bad: {metricSource: {type: Prometheus, spec: {query: 'sum(a) + sum(b)'}}}
                                                       ^^^^^^^^^^^^^^^^^
  remedy: write sum(rate(selector[5m])), or a selector and counter: true""",
    ),
    "selectors of nobody knows what": (
        a_slo(indicator=ratio("bad", BAD, "all_total", "")),
        """\
YA014 `counter` is missing: it says whether these are counters, or say how many there are now
  total: {metricSource: {type: Prometheus, spec: {query: 'all_total'}}}
                                                         ^^^^^^^^^^^
  remedy: write counter: true beside good or bad, or false""",
    ),
    "an expression over a window of its own": (
        a_slo(indicator=ratio("bad", "sum(rate(a[5m])) + sum(rate(b[5m]))", "sum(rate(c[5m]))")).replace(
            "counter: true", "counter: false"
        ),
        """\
SL132 the rules read this over windows of their own, and it has no $window
  bad: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(a[5m])) + sum(rate(b[5m]))'}}}
                                                                  ^^^^
  remedy: write [$window]""",
    ),
    "a window of a value": (
        with_objective(
            "{target: 0.99, op: lt, value: 1}", indicator=threshold("max_over_time(queue_length[{{.window}}])")
        ),
        """\
SL154 nothing fills the window of a query whose value is compared
  thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'max_over_time(queue_length[{{.window}}])'}}}
                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write the range itself, such as [5m]""",
    ),
    "a value that is not compared": (
        a_slo(indicator=threshold("queue_length"), objectives="- {target: 0.99, value: 1}"),
        """\
YA014 `spec.objectives[0].op` is missing
  - {target: 0.99, value: 1}
    ^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write `op:` and its value""",
    ),
    "queries of another store": (
        a_slo(
            indicator=ratio("bad", BAD, "all_total").replace(
                "total: {metricSource: {type: Prometheus", "total: {metricSource: {type: Datadog"
            )
        ),
        """\
SL150 queries of `Datadog` are not read
  total: {metricSource: {type: Datadog, spec: {query: 'all_total'}}}
                               ^^^^^^^
  remedy: write Prometheus, and a query in PromQL""",
    ),
    "queries of nobody knows what store": (
        a_slo(
            indicator="thresholdMetric: {metricSource: {spec: {query: a}}}",
            objectives="- {target: 0.9995, op: lt, value: 1}",
        ),
        """\
YA014 `spec.indicator.spec.thresholdMetric.metricSource.type` is missing
  thresholdMetric: {metricSource: {spec: {query: a}}}
                                  ^^^^^^^^^^^^^^^^^^
  remedy: write `type:` and its value""",
    ),
    "a policy that is not there": (
        a_slo(more="alertPolicies: [{alertPolicyRef: fast}]"),
        """\
SL151 there is no AlertPolicy called `fast`
  alertPolicies: [{alertPolicyRef: fast}]
                                   ^^^^
  remedy: write that AlertPolicy, or give its file too""",
    ),
    "somebody to notify": (
        a_slo(
            more="alertPolicies:\n    - kind: AlertPolicy\n      metadata: {name: p}\n"
            "      spec: {conditions: [], notificationTargets: [{targetRef: on-call}]}"
        ),
        """\
SL150 notification targets are not read: Alertmanager says who is told
  spec: {conditions: [], notificationTargets: [{targetRef: on-call}]}
                                               ^^^^^^^^^^^^^^^^^^^^
  remedy: remove it, and route alerts by owner and severity in Alertmanager""",
    ),
    "an alert when it is over": (
        a_slo(more=policy("{conditions: [], alertWhenResolved: true}")),
        """\
SL150 Alertmanager says when an alert is resolved, not an alert
  alertPolicies: [{kind: AlertPolicy, metadata: {name: p}, spec: {conditions: [], alertWhenResolved: true}}]
                                                                                  ^^^^^^^^^^^^^^^^^
  remedy: remove it, and write send_resolved: true in the receiver""",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_shown_at_its_place_with_a_remedy(text: str, expected: str):
    """The carets say where; the line and column before the code are theirs."""
    first = read(text, level="warning")[1][0]

    assert first.split(": ", 1)[1] == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"severity": "critical"}, "YA016 `spec.severity` must be page or ticket, not `critical`"),
        ({"kind": "budget"}, "YA016 `spec.condition.kind` must be burnrate, not `budget`"),
        ({"op": "lt"}, "YA016 `spec.condition.op` must be gt or gte, not `lt`"),
        ({"threshold": "0.5"}, "SL104 a burn factor of 0.5 over 6h alerts an SLO that keeps its promise"),
        ({"alertAfter": "2m"}, "SL105 a window of 2m is shorter than the 5m over which events are first counted"),
        ({"alertAfter": "6h"}, "SL105 the short window, 6h, must be below the long one, 6h"),
        ({"lookbackWindow": "30d"}, "SL105 a window of 30d is longer than the period, 28d"),
        ({"lookbackWindow": "an hour"}, "YA016 `an hour` is not a duration such as 28d, 4w or 1M"),
    ],
)
def test_a_condition_that_is_no_tier_says_why(said: dict[str, str], expected: str):
    (diagnostic,) = read(a_slo(more=burning(**said)), level="warning")[1]

    assert diagnostic.split(": ", 1)[1].splitlines()[0] == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("AlertNotificationTarget", "SL150 AlertNotificationTarget is not read: Alertmanager says who is told"),
        ("Sli", "SL150 this kind of object is not read"),
    ],
)
def test_a_kind_that_is_not_read_is_named(kind: str, expected: str):
    (diagnostic,) = read(f"apiVersion: openslo/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{}}\n")[1]

    assert diagnostic.split(": ", 1)[1].splitlines()[0] == expected
    assert diagnostic.endswith(
        "remedy: write SLI" if kind == "Sli" else "remove it, and route alerts by owner and severity in Alertmanager"
    )


def test_another_version_of_openslo_is_refused():
    (diagnostic,) = read("apiVersion: openslo/v1alpha\nkind: SLO\n")[1]

    assert "SL150 of OpenSLO only openslo/v1 is read" in diagnostic


def test_a_shared_object_that_is_wrong_is_told_once_however_many_use_it():
    indicator = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: answered}
spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'max('}}}}
"""
    slo = a_slo().split("  indicator:")[0] + "  indicatorRef: answered\n"
    slo = slo.replace("- target: 0.995", "- {target: 0.995, op: lt, value: 1}")

    slos, diagnostics = read(indicator, slo, slo.replace("name: searches", "name: others"))

    assert slos == []
    assert [diagnostic.split(": ")[1][:5] for diagnostic in diagnostics] == ["PQ201"]


def test_keys_without_effect_are_told():
    diagnostics = read(with_objective("{target: 0.995, op: lt, value: 3, timeSliceWindow: 5m, timeSliceTarget: 1}"))[1]

    assert [diagnostic.splitlines()[0].split(": ", 2)[2] for diagnostic in diagnostics] == [
        "`op` has no effect: a ratio is held against the target alone",
        "`value` has no effect: a ratio is held against the target alone",
        "`timeSliceWindow` has no effect: Occurrences have no slices",
        "`timeSliceTarget` has no effect: Occurrences does not ask whether a slice is good",
    ]
