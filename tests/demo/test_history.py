"""The past that is written for rules on a fast clock; that they read it is shown where they run."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sretool.demo.history import history_of, standing_counters
from sretool.model.duration import DAY, MINUTE
from sretool.model.objective import Objective
from sretool.model.period import CalendarMonth, RollingPeriod
from sretool.model.sli import CompletenessSli, EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.rules.timing import Timing

TIMING = Timing(scale=60)
MONTH = RollingPeriod(DAY * 30)
UNTIL = 1_800_000_007.3
COMPLETE = CompletenessSli("appended_total", 'applied_total{outcome!="late"}', MINUTE * 15)


def service(*, sli: EventsSli | CompletenessSli, period: RollingPeriod | CalendarMonth = MONTH):
    slo = Slo("shop", "promise", Objective(Decimal("0.999")), period, sli, Alerting(default_tiers(DAY * 30)))
    return Service("shop", slos=(slo,))


def written(of: Service, *, per_second: float = 100) -> dict[str, list[tuple[float, float]]]:
    """(time, value) by series."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in history_of(of, TIMING, per_second=lambda _: per_second, until=UNTIL):
        series, value, moment = line.rsplit(" ", 2)
        found[series].append((float(moment), float(value)))
    return found


EVENTS = service(sli=EventsSli("bad", "errors_total", "requests_total"))
OF = '{service="shop",slo="promise",time_scale="60"}'


def test_a_past_has_the_events_that_it_was_to_have_and_none_of_them_was_bad():
    past = written(EVENTS)

    bad = {value for _, value in past[f"slo:bad_events:rate{OF}"]}
    every = {value for _, value in past[f"slo:all_events:rate{OF}"]}

    assert (bad, every) == ({0}, {100})
    assert {value for _, value in past[f"slo:all_events:tile30m{OF}"]} == {100 * 30}
    assert {value for _, value in past[f"slo:period_budget_remaining:ratio{OF}"]} == {1}


def test_a_past_without_events_has_no_budget_to_be_left():
    past = written(EVENTS, per_second=0)

    assert {value for _, value in past[f"slo:all_events:rate{OF}"]} == {0}
    assert f"slo:period_budget_remaining:ratio{OF}" not in past


def test_samples_stand_in_order_at_multiples_of_their_step_up_to_the_end():
    tiles = [moment for moment, _ in written(EVENTS)[f"slo:all_events:tile30m{OF}"]]
    rates = [moment for moment, _ in written(EVENTS)[f"slo:all_events:rate{OF}"]]

    assert tiles[-1] == 1_799_999_985 + 15
    assert {moment % 30 for moment in tiles} == {0}
    assert tiles[0] <= UNTIL - 43_200 < rates[0]
    assert rates == sorted(set(rates))
    assert rates[-1] == 1_800_000_007.0


def test_only_what_the_rules_record_has_a_past():
    assert not [series for series in written(EVENTS) if "net_rate" in series or "missing" in series]
    assert [series for series in written(service(sli=COMPLETE)) if "missing" in series]


def test_a_month_in_a_zone_has_the_offset_of_the_zone_too():
    berlin = service(sli=EVENTS.slos[0].sli, period=CalendarMonth("Europe/Berlin"))

    offsets = written(berlin)['slo:zone_offset:seconds{service="shop",zone="Europe/Berlin",time_scale="60"}']

    assert {value for _, value in offsets} == {3_600}


def test_durable_counters_stand_where_they_are_now_and_others_have_no_past():
    exposed = '# HELP x\nappended_total 12\napplied_total{outcome="counted"} 11\nother_total 5\n'

    lines = list(
        standing_counters((service(sli=COMPLETE),), TIMING, exposed, labels='job="a",instance="b"', until=UNTIL)
    )

    assert {line.rsplit(" ", 1)[0] for line in lines} == {
        'appended_total{job="a",instance="b"} 12.0',
        'applied_total{outcome="counted",job="a",instance="b"} 11.0',
    }
    moments = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("appended")]
    assert len(moments) == 15 + 60
    assert moments[-1] == 1_800_000_007
