"""A service's rules as a whole: what one SLO adds does not touch another."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from rules.asking import Asker, rules_of
from rules.promises import events, service, slo, traffic
from specs import read
from strategies import native_specs

from sretool.model.duration import DAY
from sretool.model.period import RollingPeriod
from sretool.model.slo import Service
from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.compile import rules_of as all_rules
from sretool.rules.rule import AlertRule, RecordingRule
from sretool.rules.timing import Timing


def burn_rules(told: Service) -> set[tuple[object, ...]]:
    """What decides when a burn alert fires and how it is labelled."""
    return {
        (rule.alert, rule.expr, rule.labels, rule.hold, rule.keep_firing)
        for rule in all_rules(compile_service(told, Timing()))
        if isinstance(rule, AlertRule) and names.BURN_TIER in dict(rule.labels)
    }


def parameters(told: Service, slo_name: str) -> set[tuple[object, ...]]:
    """The numbers that an SLO's alerts compare with, and its own series."""
    return {
        (rule.record, rule.expr, rule.labels)
        for rule in all_rules(compile_service(told, Timing()))
        if isinstance(rule, RecordingRule) and dict(rule.labels).get("slo") == slo_name
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(native_specs())
def test_adding_an_slo_changes_no_rule_and_no_number_of_another(text: str):
    (told,) = read(text).services
    for left_out in told.slos:
        fewer = Service(told.name, tuple(slo for slo in told.slos if slo is not left_out))
        whole = Service(told.name, told.slos)

        assert burn_rules(fewer) <= burn_rules(whole)
        for other in fewer.slos:
            assert parameters(fewer, other.name) == parameters(whole, other.name)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(native_specs())
def test_the_rules_that_an_slo_adds_select_no_other(text: str):
    (told,) = read(text).services
    for added in told.slos:
        fewer = Service(told.name, tuple(slo for slo in told.slos if slo is not added))
        for alert, expr, *_ in burn_rules(Service(told.name, told.slos)) - burn_rules(fewer):
            if f'slo="{added.name}"' in str(expr):
                continue
            # A shared rule of a pair of windows that only the added SLO has a threshold for.
            pair = re.search(r'burn_tier="([^"]+)"', str(expr))
            assert pair is not None
            thresholds = {
                dict(labels)["slo"]
                for other in told.slos
                for record, _, labels in parameters(told, other.name)
                if record == names.THRESHOLD and (dict(labels)["burn_tier"], dict(labels)["alert"]) == (pair[1], alert)
            }
            assert thresholds == {added.name}


FIRING = 'count by (slo, burn_tier, severity) (ALERTS{alertname="ErrorBudgetBurn", alertstate="firing", slo="one"})'


def test_what_an_slo_tells_does_not_depend_on_its_neighbours(asker: Asker):
    outage = traffic("1000+600x20 13000+0x30", "1000+0x20 1600+600x30")
    well = traffic("1000+600x60", "1000+0x60", metric="two")
    grouped = slo("two", events("two"), group_by=("code",), period=RollingPeriod(DAY * 7), labels=(("region", "eu"),))
    times = [(FIRING, at) for at in ("20m", "23m", "24m", "30m", "50m")]

    alone = asker.answers(rules_of(service(slo())), outage, times)
    among = asker.answers(rules_of(service(slo(), grouped)), outage | well, times)

    assert alone == among
    assert len(alone[-1]) == 4


def test_every_rule_says_whose_it_is():
    rules = list(all_rules(compile_service(service(slo(), slo("two")), Timing())))

    assert {dict(rule.labels)["service"] for rule in rules} == {"checkout"}


def test_every_series_of_a_demonstration_says_that_its_time_runs_faster():
    rules = list(all_rules(compile_service(service(slo()), Timing(scale=60))))

    assert {dict(rule.labels)["time_scale"] for rule in rules} == {"60"}


def test_groups_have_a_bound_that_prometheus_enforces():
    grouped = slo(group_by=("shard",), max_groups=7)

    limits = {group.name: group.limit for group in compile_service(service(grouped, slo("two")), Timing()).groups}

    assert limits["slo:checkout:base-limit-7"] == 7
    assert limits["slo:checkout:base"] is None
