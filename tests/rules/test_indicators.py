from decimal import Decimal

from sretool.model.duration import DAY, MINUTE, Duration
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import ExprSli, FreshnessSli, Sli, TimeSliceSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers
from sretool.promql import names
from sretool.rules.indicators import base_rules
from sretool.rules.timing import Timing


def slo(sli: Sli) -> Slo:
    period = RollingPeriod(DAY * 30)
    return Slo("checkout", "one", Objective(Decimal("0.999")), period, sli, Alerting(default_tiers(period.length)))


def bad(sli: Sli, timing: Timing) -> str:
    return next(rule.expr for rule in base_rules(slo(sli), timing) if rule.record == names.BAD)


def test_a_users_own_ranges_keep_the_pace_of_the_rules():
    sli = ExprSli('sum(rate(x_total{note="5m"}[$window] offset 10m))', "sum(rate(y_total[$window]))")

    assert 'x_total{note="5m"}[6s] offset 10s' in bad(sli, Timing(scale=60))
    assert 'x_total{note="5m"}[6m] offset 10m' in bad(sli, Timing())


def test_a_total_is_divided_by_the_window_at_the_pace_of_the_rules():
    sli = ExprSli("sum(increase(x_total[$window]))", "sum(increase(y_total[$window]))")

    assert bad(sli, Timing()) == "sum(sum(increase(x_total[6m]))) / 360 >= 0"
    assert bad(sli, Timing(scale=60)) == "sum(sum(increase(x_total[6s]))) / 6 >= 0"
    assert bad(sli, Timing(scrape_interval=Duration.parse("15s"))).endswith("/ 315 >= 0")


def test_a_time_slice_keeps_the_pace_of_the_rules():
    assert "max_over_time(q[10s])" in bad(TimeSliceSli("max_over_time(q[10m])", "<", "5"), Timing(scale=60))


def test_a_placeholder_inside_a_string_is_text():
    sli = ExprSli('sum(rate(x_total{price="$window"}[$window]))', "sum(rate(y_total[$window]))")

    assert 'x_total{price="$window"}[6m]' in bad(sli, Timing())


def test_a_dead_shard_is_remembered_until_it_is_stale():
    assert "last_over_time(watermark[6d])" in bad(FreshnessSli("watermark", DAY * 3), Timing())
    assert "last_over_time(watermark[1d])" in bad(FreshnessSli("watermark", MINUTE * 15), Timing())


def test_the_base_range_is_a_tile_and_a_scrape():
    sli = ExprSli("rate(x_total[$window])", "rate(y_total[$window])")

    assert "[5m15s]" in bad(sli, Timing(scrape_interval=Duration.parse("15s")))
