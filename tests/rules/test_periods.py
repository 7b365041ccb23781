"""What the period's series say of counts that are known, asked of promtool at instants around month's ends.

promtool's time begins on 1 January 1970, at midnight UTC.
"""

from collections.abc import Mapping

import pytest
from rules.asking import NO_RULES, Answer, Asker, rules_of
from rules.promises import service, slo, traffic

from sretool.model.duration import DAY
from sretool.model.period import CalendarMonth, RollingPeriod
from sretool.promql import names
from sretool.rules.periods import period_rules
from sretool.rules.timing import Timing

JANUARY_HOURS = 31 * 24
OFFSETS = {"UTC": 0, "Europe/Berlin": 3_600, "Asia/Kathmandu": 20_700}
ONE = '{service="checkout", slo="one"}'


def expression(record: str, zone: str) -> str:
    rules = period_rules(service(slo(period=CalendarMonth(zone))), Timing())
    return next(rule.expr for rule in rules if rule.record == record)


def tiles(zone: str, values: str) -> dict[str, str]:
    """Counts of tiles from the first sample on, and the zone's offset for 32 days."""
    length = "15m" if zone == "Asia/Kathmandu" else "30m"
    samples = 32 * 24 * 4
    return {
        f"slo:bad_events:tile{length}{ONE}": values,
        f"slo:all_events:tile{length}{ONE}": f"1000+0x{samples}",
        f'slo:zone_offset:seconds{{service="checkout", zone="{zone}"}}': f"{OFFSETS[zone]}+0x{samples}",
    }


def in_month(asker: Asker, zone: str, bad: str, at: str, *, interval: str) -> Answer:
    # A week holds a month's end as well as a month does, and quarter hours of a month are too much for promtool.
    counted = expression(names.PERIOD_BAD, zone).replace("[31d:15m]", "[1w:15m]")
    return asker.answer(NO_RULES, tiles(zone, bad), f"sum({counted})", at, interval=interval, every=interval)


@pytest.mark.parametrize(("at", "counted"), [("744h", 400), ("744h30m", 0), ("746h", 0)])
def test_what_fails_before_midnight_counts_in_the_month_that_ends(asker: Asker, at: str, counted: int):
    # 400 events at 23:55 on 31 January are in the half hour that ends with the month, 744 hours after its beginning.
    assert in_month(asker, "UTC", "0+0x1487 400 0+0x40", at, interval="30m") == {"{}": counted}


@pytest.mark.parametrize(
    ("zone", "before", "at", "counted"),
    [
        # Berlin's January ends an hour before that of UTC, at half hour 1,486.
        ("Europe/Berlin", 1_486, "743h", 400),
        ("Europe/Berlin", 1_486, "743h30m", 0),
        ("Europe/Berlin", 1_487, "743h30m", 400),
        ("Europe/Berlin", 1_487, "744h30m", 400),
        # Kathmandu's ends 5:45 before, at quarter hour 2,953.
        ("Asia/Kathmandu", 2_953, "738h15m", 400),
        ("Asia/Kathmandu", 2_953, "738h30m", 0),
        ("Asia/Kathmandu", 2_954, "738h30m", 400),
    ],
)
def test_a_month_ends_at_its_zones_midnight(asker: Asker, zone: str, before: int, at: str, counted: int):
    interval = "15m" if zone == "Asia/Kathmandu" else "30m"

    assert in_month(asker, zone, f"0+0x{before - 1} 400 0+0x40", at, interval=interval) == {"{}": counted}


@pytest.mark.parametrize(
    ("zone", "at", "share"),
    [
        ("UTC", "372h", 0.5),
        ("UTC", "744h", 1),
        ("UTC", "758h", 14 / (28 * 24)),  # 14 hours of February.
        ("Europe/Berlin", "757h", 14 / (28 * 24)),
    ],
)
def test_a_months_coverage_is_what_has_passed_of_it(asker: Asker, zone: str, at: str, share: float):
    asked = f"sum({expression(names.PERIOD_COVERAGE, zone)})"

    (answer,) = asker.answers(NO_RULES, tiles(zone, "0+0x10"), [(asked, at)], interval="30m", every="30m")

    assert answer == {"{}": pytest.approx(share)}


# Noronha's year begins at 02:00 of promtool's time, so that a month's beginning is a story of two hours.
NORONHA = CalendarMonth("America/Noronha")


def around_midnight(asker: Asker, series: Mapping[str, str], *asked: tuple[str, str]) -> list[float | None]:
    rules = rules_of(service(slo(period=NORONHA)), groups=("base", ":windows", "parameters", "period"))
    answers = asker.answers(rules, series, [(f"sum({expr})", at) for expr, at in asked], every="1m")
    return [answer.get("{}") for answer in answers]


def test_a_months_first_minutes_tell_nothing_of_the_month_before(asker: Asker):
    # A total outage of the last hour before midnight; then all is well.
    series = traffic("0+600x60 36000+0x60 36600+600x60", "0+0x60 600+600x59 36000+0x60")

    december, january, remaining = around_midnight(
        asker,
        series,
        (names.PERIOD_BAD, "2h"),
        (names.PERIOD_BAD, "2h20m"),
        (names.PERIOD_REMAINING, "2h20m"),
    )

    # A rate looks back for six minutes: of the last six, half is counted after midnight.
    assert december == pytest.approx(36_000 - 1_800, abs=600)
    assert january == pytest.approx(1_800, abs=600)
    assert remaining is not None


def test_a_months_first_minutes_count_no_more_time_than_has_passed(asker: Asker):
    # Everything fails from midnight on.
    series = traffic("0+600x120 72000+0x60", "0+0x120 600+600x59")

    (spent,) = around_midnight(asker, series, (names.PERIOD_SPENT, "2h12m"))

    assert spent == pytest.approx(12 / (31 * 24 * 60) / 0.001, rel=0.3)  # 27 % of the budget, and not 67 %.


def test_a_newborn_service_has_spent_what_its_minutes_cost(asker: Asker):
    rules = rules_of(service(slo(period=RollingPeriod(DAY * 30))))

    bad, spent = asker.answers(
        rules,
        traffic("0+0x20", "0+600x20"),
        [(f"sum({names.PERIOD_BAD})", "12m"), (f"sum({names.PERIOD_SPENT})", "12m")],
    )

    assert bad == {"{}": pytest.approx((12 - 2.5) * 600, rel=0.05)}  # A rate is two and a half minutes behind.
    assert spent == {"{}": pytest.approx(12 / (30 * 24 * 60) / 0.001, rel=0.05)}


def test_a_period_is_a_ratio_of_sums(asker: Asker):
    # Two hours of 600 a minute without an error, then one hour of 60 a minute of which half fail.
    series = traffic("0+600x120 72030+30x59", "0+0x120 30+30x59")
    rules = rules_of(service(slo()))

    (error,) = asker.answers(rules, series, [(f"sum({names.PERIOD_ERROR})", "3h")])

    assert error == {"{}": pytest.approx(1_800 / 75_600, rel=0.05)}


def test_periods_of_different_lengths_do_not_mix(asker: Asker):
    short, long = slo("one", period=RollingPeriod(DAY)), slo("two", period=RollingPeriod(DAY * 30))
    series = traffic("0+600x90", "0+10x90") | traffic("0+600x90", "0+100x90", metric="two")

    answer = asker.answer(rules_of(service(short, long)), series, f"round({names.PERIOD_BAD}, 100)", "1h30m")

    # Less the two and a half minutes that a rate is behind.
    assert answer == {'{service="checkout", slo="one"}': 900, '{service="checkout", slo="two"}': 8_800}
