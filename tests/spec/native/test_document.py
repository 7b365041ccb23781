"""What a valid file says, as values of the model. Expectations are written by hand."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from specs import native_document, native_slo, read

from sretool.model.duration import DAY, HOUR, MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.period import (
    CalendarMonth,
    Exclusion,
    OneOff,
    RollingPeriod,
    WeeklySchedule,
    WeeklySpan,
)
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Alerting, Service, SeverityWords, Slo
from sretool.model.tiers import BurnTier, default_tiers


def service_of(text: str) -> Service:
    specs = read(text)
    assert [str(diagnostic) for diagnostic in specs.diagnostics] == []
    return specs.services[0]


def slo_of(changes: str) -> Slo:
    return service_of(native_slo(changes)).slos[0]


@pytest.mark.parametrize(
    ("sli", "expected"),
    [
        (
            """events: {bad: 'errors_total{code=~"5.."}', total: requests_total}""",
            EventsSli("bad", 'errors_total{code=~"5.."}', "requests_total"),
        ),
        ("events: {good: ok_total, total: requests_total}", EventsSli("good", "ok_total", "requests_total")),
        ("latency: {histogram: 'seconds{a=\"b\"}', threshold: 250ms}", LatencySli('seconds{a="b"}', Decimal("0.25"))),
        ("latency: {histogram: seconds, threshold: 2.5, native: true}", LatencySli("seconds", Decimal("2.5"), True)),
        ("latency: {histogram: seconds, threshold: 1m30s, native: no}", LatencySli("seconds", Decimal(90))),
        ("time_slice: {expr: max(q) < 10}", TimeSliceSli("max(q)", "<", "10")),
        (
            "time_slice: {expr: '(a >= on (x) group_left () (b or c))'}",
            TimeSliceSli("a", ">=", "(b or c)", "on (x) group_left ()"),
        ),
        ("freshness: {watermark: stamp, max_age: 5m}", FreshnessSli("stamp", MINUTE * 5)),
        ("freshness: {watermark: stamp, max_age: 90s, shards: 4}", FreshnessSli("stamp", Duration.parse("90s"), 4)),
        ("completeness: {ingested: a, metered: b, allowed_lag: 1h}", CompletenessSli("a", "b", HOUR)),
        ("completeness: {expected: a, missing: b}", CohortSli("a", "b")),
        (
            "expr: {bad: 'sum(rate(a[$window])) # bad', total: '2 * sum(rate(b[$window]))'}",
            ExprSli("sum(rate(a[$window]))", "2 * sum(rate(b[$window]))"),
        ),
    ],
)
def test_every_kind_of_sli_is_read(sli: str, expected: Sli):
    assert slo_of(f"sli: {{{sli}}}").sli == expected


def test_blanks_and_comments_around_promql_are_left_out():
    written = slo_of('sli:\n  events:\n    bad: "\\n a{} # of both kinds"\n    total: |\n      requests_total\n')

    assert written.sli == EventsSli("bad", "a{}", "requests_total")


def test_what_is_not_said_is_as_the_documentation_promises():
    assert slo_of("") == Slo(
        service="checkout",
        name="availability",
        objective=Objective(Decimal("0.999")),
        period=RollingPeriod(DAY * 30),
        sli=EventsSli("bad", "errors_total", "requests_total"),
        alerting=Alerting(default_tiers(DAY * 30)),
        owner="payments",
        runbook="runbooks/a.md",
        max_groups=500,
        no_data="bad",
    )


@pytest.mark.parametrize(
    ("objective", "ratio"),
    [
        ("99.95%", "0.9995"),
        ("0.9995", "0.9995"),
        ("99.95 %", "0.9995"),
        ("'99.9%'", "0.999"),
        ("99.999999%", "0.99999999"),
    ],
)
def test_an_objective_is_exact_from_its_text(objective: str, ratio: str):
    assert slo_of(f"objective: {objective}").objective == Objective(Decimal(ratio))


def test_a_calendar_month_has_a_zone():
    assert slo_of("period: {calendar: month, zone: Europe/Berlin}").period == CalendarMonth("Europe/Berlin")


def test_a_document_says_for_all_its_slos_what_they_do_not_say_themselves():
    service = service_of(
        native_document(
            "criticality: 2\n"
            "labels: {product: core, stage: live}\n"
            "slos:\n"
            "  - {name: a, objective: 99.9%, period: 30d, sli: {events: {bad: b, total: t}}, runbook: r}\n"
            "  - {name: b, objective: 99.9%, period: 30d, sli: {events: {bad: b, total: t}}, runbook: r,\n"
            "     owner: shop, criticality: 1, labels: {stage: beta, tier: gold}}\n"
        )
    )

    assert [(slo.owner, slo.criticality, slo.labels) for slo in service.slos] == [
        ("payments", 2, (("product", "core"), ("stage", "live"))),
        ("shop", 1, (("product", "core"), ("stage", "beta"), ("tier", "gold"))),
    ]
    assert (service.owner, service.criticality) == ("payments", 2)


def test_targets_and_traffic_are_the_services():
    service = service_of(native_document("targets: {job: checkout, env: live}\ntraffic: always"))

    assert service.targets == (("env", "live"), ("job", "checkout"))
    assert service.traffic == "always"


def test_expected_traffic_is_in_seconds_of_the_local_week():
    text = """traffic:
  zone: Europe/Berlin
  expected:
    - {days: "mon,wed", from: "08:00", to: "18:30"}
    - {days: sunday, from: "22:00", to: "02:00"}
    - {days: fri-sat, from: "00:00", to: "24:00"}
"""
    hour, day = 3600, 86_400

    assert service_of(native_document(text)).traffic == WeeklySchedule(
        (
            WeeklySpan(8 * hour, 37_800),
            WeeklySpan(2 * day + 8 * hour, 37_800),
            WeeklySpan(4 * day, day),
            WeeklySpan(5 * day, day),
            WeeklySpan(6 * day + 22 * hour, 4 * hour),
        ),
        "Europe/Berlin",
    )


def test_exclusions_are_the_documents_and_then_the_slos_own():
    everyones = "exclusions: [{reason: patching, approver: ops, every: 'fri-mon 02:00', for: 2h, zone: UTC}]"
    own = "[{reason: move, approver: cto, from: 2026-11-01T00:00:00+01:00, to: 2026-11-01T02:00Z}]"
    sli = "{events: {bad: b, total: t}}"
    slo = f"slos: [{{name: a, objective: 99.9%, period: 30d, sli: {sli}, runbook: r, exclusions: {own}}}]"

    starts = [2 * 3600 + day * 86_400 for day in (0, 4, 5, 6)]
    assert service_of(native_document(f"{everyones}\n{slo}")).slos[0].exclusions == (
        Exclusion("patching", "ops", WeeklySchedule(tuple(WeeklySpan(start, 7200) for start in starts), "UTC")),
        Exclusion(
            "move",
            "cto",
            OneOff(datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 11, 1, 2, tzinfo=UTC)),
        ),
    )


def test_groups_are_values_in_the_order_of_group_by():
    one = slo_of("group_by: [region]\ngroups: [eu, 7]\nmax_groups: 20")
    two = slo_of("group_by: [region, plan]\ngroups: [{plan: pro, region: eu}]")

    assert (one.group_by, one.groups, one.max_groups) == (("region",), (("eu",), ("7",)), 20)
    assert two.groups == (("eu", "pro"),)


def test_alerting_is_read_as_it_is_written():
    alerting = slo_of(
        """alerting:
  name: CheckoutBurn
  min_bad_events: 10
  min_events: 2.5
  labels: {routing: a}
  annotations: {dashboard: d}
  severities: {page: {labels: {severity: critical}, annotations: {call: "yes"}}}
  tiers:
    - {long: 6h, short: 30m, factor: 4.25, severity: ticket}
    - {long: 1h, short: 5m, budget: 2%, severity: page}
"""
    ).alerting

    assert alerting == Alerting(
        tiers=(
            BurnTier(HOUR * 6, MINUTE * 30, Decimal("4.25"), "ticket"),
            BurnTier(HOUR, MINUTE * 5, Decimal("14.4"), "page"),
        ),
        name="CheckoutBurn",
        min_bad_events=Decimal(10),
        min_events=Decimal("2.5"),
        labels=(("routing", "a"),),
        annotations=(("dashboard", "d"),),
        severities=(SeverityWords("page", (("severity", "critical"),), (("call", "yes"),)),),
    )


def test_a_severity_that_is_off_has_no_tiers():
    alerting = slo_of("alerting: {severities: {ticket: off}}").alerting

    assert {tier.severity for tier in alerting.tiers} == {"page"}
    assert slo_of("alerting: {severities: {page: off, ticket: off}}").alerting.tiers == ()


def test_a_tier_that_can_never_fire_is_no_mistake_where_its_severity_is_off():
    assert slo_of("objective: 85%\nalerting: {severities: {page: off, ticket: off}}").alerting.tiers == ()


@pytest.mark.parametrize("no_data", ["bad", "good", "exclude"])
def test_silence_counts_as_it_is_told_to(no_data: str):
    assert slo_of(f"sli: {{time_slice: {{expr: a < 1}}}}\nno_data: {no_data}").no_data == no_data


def test_an_invariant_has_the_owner_of_its_service():
    invariant = service_of(
        native_document(
            "criticality: 1\ninvariants: [{name: lost, description: None, zero: 'x_total{a=\"b\"}', runbook: r}]"
        )
    ).invariants[0]

    assert (invariant.service, invariant.name, invariant.zero) == ("checkout", "lost", 'x_total{a="b"}')
    assert (invariant.owner, invariant.criticality, invariant.description) == ("payments", 1, "None")


def test_an_slo_knows_where_its_name_stands():
    assert str(slo_of("").place) == "a.yaml:5:11"
