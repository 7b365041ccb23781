"""What is told of the data themselves, and of the rules."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from rules.asking import Answer, Asker, rules_of
from rules.promises import service, slo, span, traffic

from sretool.model.duration import Duration
from sretool.model.period import WeeklySchedule
from sretool.model.sli import EventsSli, FreshnessSli, LatencySli
from sretool.model.slo import Alerting, Service

SCRAPED = traffic("1000+60x300", "1000+0x300")


def states(asker: Asker, told: Service, series: dict[str, str], at: str) -> Answer:
    """The alerts on data that fire, by their state."""
    return states_at(asker, told, series, [at])[0]


def states_at(asker: Asker, told: Service, series: dict[str, str], times: Sequence[str]) -> list[Answer]:
    firing = 'count by (alertname, slo, state) (ALERTS{alertname=~"Slo.*", alertstate="firing"})'
    return asker.answers(rules_of(told), series, [(firing, at) for at in times])


def state(alert: str, state: str = "", *, slo: str = "one") -> Answer:
    found = {"alertname": alert, "slo": slo, "state": state}
    return {"{" + ", ".join(f'{name}="{value}"' for name, value in found.items() if value) + "}": 1}


@pytest.mark.parametrize(("minutes", "told"), [(4, "lost"), (20, "lost"), (90, "lost")])
def test_what_lived_however_shortly_was_lost(asker: Asker, minutes: int, told: str):
    series = traffic(f"1000+60x{minutes}", f"1000+0x{minutes}")

    assert states(asker, service(slo()), series, f"{minutes + 30}m") == state("SloNoData", told)


def test_what_was_lost_hours_ago_is_still_lost(asker: Asker):
    promise = service(slo(alerting=Alerting(())))

    assert states(asker, promise, traffic("1000+60x5", "1000+0x5"), "5h") == state("SloNoData", "lost")


def test_a_total_that_never_was_beside_bad_events_is_a_fault_and_no_data(asker: Asker):
    misspelt = slo(sli=EventsSli("bad", 'one_total{code="500"}', "onetotal"))

    told = states(asker, service(misspelt), traffic("1000+60x40", "1000+1x40"), "40m")

    assert told == state("SloDataFault", "bad_exceeds_all") | state("SloNoData", "never_seen")


def test_a_latency_without_its_bucket_was_never_seen(asker: Asker):
    series = {'x_seconds_bucket{le="0.5"}': "1000+60x40", "x_seconds_count": "1000+60x40"}

    told = states(asker, service(slo(sli=LatencySli("x_seconds", Decimal("0.25")))), series, "40m")

    assert told == state("SloNoData", "never_seen")


def test_more_bad_events_than_events_are_a_fault(asker: Asker):
    unequal = slo(sli=EventsSli("bad", "errors_total", "one_total"))
    series = {"errors_total": "1000+70x40", "one_total": "1000+60x40"}

    assert states(asker, service(unequal), series, "40m") == state("SloDataFault", "bad_exceeds_all")


def test_a_total_outage_counted_by_two_metrics_is_no_fault(asker: Asker):
    failing = slo(sli=EventsSli("bad", "errors_total", "one_total"))
    series = {"errors_total": "_x20 0+60x40", "one_total": "1000+60x60"}

    assert states(asker, service(failing), series, "55m") == {}


def test_a_watermark_in_the_future_is_a_fault(asker: Asker):
    fresh = slo(sli=FreshnessSli("watermark", Duration.of(minutes=5)))

    assert states(asker, service(fresh), {"watermark": "120+60x40"}, "30m") == state("SloDataFault", "future_watermark")
    assert states(asker, service(fresh), {"watermark": "30+60x40"}, "30m") == {}


def test_groups_near_their_limit_are_told(asker: Asker):
    grouped = slo(sli=EventsSli("bad", 'one_total{code="500"}', "one_total"), group_by=("shard",), max_groups=10)
    nine = {f'one_total{{code="200", shard="{shard}"}}': "1000+60x40" for shard in range(9)}
    ten = nine | {'one_total{code="200", shard="9"}': "1000+60x40"}

    assert states(asker, service(grouped), nine, "30m") == {}
    assert states(asker, service(grouped), ten, "30m") == state("SloDataFault", "too_many_groups")


def test_a_group_that_is_expected_and_lost_is_told(asker: Asker):
    grouped = slo(group_by=("region",), groups=(("eu",), ("us",)))
    series = {'one_total{region="eu"}': "1000+60x60", 'one_total{region="us"}': "1000+60x20"}

    early, late = states_at(asker, service(grouped), series, ["30m", "50m"])

    assert early == {}
    assert late == state("SloNoData", "group_lost")


IDLE = traffic("1000+0x900", "1000+0x900")
# Thursday, 02:00 to 04:00 in Berlin; promtool's time begins at 01:00 there.
EXPECTED = WeeklySchedule((span(3, 2, 2),), "Europe/Berlin")


@pytest.mark.parametrize(("told", "expected"), [("always", state("SloIdle")), ("sometimes", {})])
def test_idleness_is_told_where_traffic_is_expected(asker: Asker, told: str, expected: Answer):
    assert states(asker, service(slo(), traffic=told), IDLE, "30m") == expected


def test_idleness_is_told_while_traffic_is_expected(asker: Asker):
    expected = {
        "50m": {},
        "1h10m": {},  # Ten minutes of quiet are nothing.
        "1h20m": state("SloIdle"),
        "2h50m": state("SloIdle"),
        "3h10m": {},
    }

    told = states_at(asker, service(slo(), traffic=EXPECTED), IDLE, list(expected))

    assert dict(zip(expected, told, strict=True)) == expected


def test_dead_targets_are_told_apart(asker: Asker):
    watched = service(slo(), targets=(("job", "api"),))
    one_of_two = {'up{job="api", instance="a"}': "1x30", 'up{job="api", instance="b"}': "1x10 0x20"}
    none_of_two = {'up{job="api", instance="a"}': "1x10 0x20", 'up{job="api", instance="b"}': "1x10 0x20"}

    one = states(asker, watched, SCRAPED | one_of_two, "25m")
    none = states(asker, watched, SCRAPED | none_of_two, "25m")

    assert one == {'{alertname="SloTargetsDead", state="some"}': 1}
    assert none == {'{alertname="SloTargetsDead", state="some"}': 2, '{alertname="SloTargetsDead", state="all"}': 1}


def test_rules_that_fail_or_come_late_are_told(asker: Asker):
    group = 'rule_group="/etc/rules/checkout.yaml;slo:checkout:base"'
    other = 'rule_group="/etc/rules/other.yaml;slo:checkout-old:base"'
    failing = {f"prometheus_rule_evaluation_failures_total{{{group}}}": "0x10 1+1x20"}
    late = {f"prometheus_rule_group_iterations_missed_total{{{group}}}": "0x10 1+1x20"}
    anothers = {f"prometheus_rule_evaluation_failures_total{{{other}}}": "0x10 1+1x20"}

    assert states(asker, service(slo()), SCRAPED | failing, "25m") == {
        '{alertname="SloRulesFailing", state="failing"}': 1
    }
    assert states(asker, service(slo()), SCRAPED | late, "25m") == {'{alertname="SloRulesFailing", state="late"}': 1}
    assert states(asker, service(slo()), SCRAPED | anothers, "25m") == {}


def test_an_alert_on_data_reaches_the_owner(asker: Asker):
    asked = 'count by (owner, criticality) (ALERTS{alertname="SloNoData", alertstate="firing"})'

    answer = asker.answer(rules_of(service(slo(owner="cash", criticality=2))), {}, asked, "15m")

    assert answer == {'{criticality="2", owner="cash"}': 1}


@pytest.mark.parametrize(("criticality", "severity"), [(0, "ticket"), (1, "page"), (2, "ticket")])
def test_lost_data_of_a_critical_service_page(asker: Asker, criticality: int, severity: str):
    asked = 'count by (severity) (ALERTS{alertname="SloNoData", alertstate="firing"})'
    rules = rules_of(service(slo(), criticality=criticality))

    answer = asker.answer(rules, traffic("1000+60x20", "1000+0x20"), asked, "40m")

    assert answer == {f'{{severity="{severity}"}}': 1}
