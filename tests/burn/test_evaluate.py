"""What figures mean, by arithmetic done by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from sretool.burn.evaluate import as_shown, standing, worst_first
from sretool.burn.figures import Figures, Firing, NoData, PeriodFigures
from sretool.burn.unfired import early
from sretool.model.duration import DAY, HOUR, MINUTE
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Slo
from sretool.model.tiers import default_tiers

PERIOD = DAY * 30
SLO = Slo(
    "checkout",
    "availability",
    Objective(Decimal("0.999")),
    RollingPeriod(PERIOD),
    EventsSli("bad", 'requests_total{code="500"}', "requests_total"),
    Alerting(default_tiers(PERIOD)),
)
NOBODY_KNOWS = NoData("nobody knows")


def period(bad: str, every: str, coverage: str = "1") -> PeriodFigures:
    return PeriodFigures(Decimal(bad), Decimal(every), Decimal(coverage), "counted")


def figures(of: PeriodFigures | NoData, **more: object) -> Figures:
    return replace(Figures(windows={}, windows_source="recorded", period=of), **more)


def judged(known: Figures, slo: Slo = SLO):
    return standing(slo, (), known, length=PERIOD)


def test_the_whole_budget_is_spent_by_as_many_bad_events_as_it_allows():
    one = judged(figures(period("1000", "1000000")))

    assert (one.spent, one.left, one.bad_left, one.verdict) == (1, 0, 0, "exhausted")


def test_a_quarter_of_the_budget_leaves_three():
    one = judged(figures(period("250", "1000000")))

    assert (one.left, one.bad_left, one.verdict) == (Decimal("0.75"), 750, "ok")


def test_an_hour_of_total_outage_at_birth_spends_an_hour_of_the_month():
    one = judged(figures(period("3600", "3600", coverage=str(Decimal(1) / 720))))

    assert round(one.spent, 6) == round(Decimal(1000) / 720, 6)


def test_no_data_is_neither_healthy_nor_zero():
    one = judged(figures(NOBODY_KNOWS))

    assert (one.verdict, one.spent, one.left, one.bad_left) == ("no data", NOBODY_KNOWS, NOBODY_KNOWS, None)


def test_what_was_healthy_until_its_data_went_is_no_data_now():
    assert judged(figures(period("1", "1000000"), is_current=False)).verdict == "no data"


def test_of_what_has_no_data_now_no_budget_is_shown_however_much_was_left():
    gone = figures(period("0", "600"), is_current=False, windows={MINUTE * 5: Decimal(0)}, doubts=("it is gone",))

    shown = as_shown(judged(gone))

    assert (shown.verdict, shown.left, shown.bad_left) == ("no data", NoData("it is gone"), None)
    assert (shown.figures.period, set(shown.burn_rates.values())) == (NoData("it is gone"), {NoData("it is gone")})


def test_windows_that_reach_back_to_when_there_were_data_are_shown():
    gone = figures(
        period("1", "600"),
        is_current=False,
        windows={HOUR: Decimal("0.001")},
        windows_source="counted",
        doubts=("old",),
    )

    assert as_shown(judged(gone)).burn_rates == {HOUR: 1}


@pytest.mark.parametrize("left", ["0", "-0.5"])
def test_what_is_gone_is_shown_also_where_no_data_come_any_more(left: str):
    spent = (1 - Decimal(left)) * 1000
    one = judged(figures(period(str(spent), "1000000"), is_current=False, doubts=("old",)))

    assert (as_shown(one).verdict, as_shown(one).left) == ("exhausted", Decimal(left))


def test_a_period_without_events_is_no_data():
    assert judged(figures(period("0", "0"))).verdict == "no data"


def test_what_is_left_lasts_as_long_as_the_burn_of_the_last_hour_lets_it():
    half_left = figures(period("500", "1000000"), windows={HOUR: Decimal("0.01")})  # Ten times the budget.

    assert judged(half_left).exhausted_in_seconds == Decimal(30 * 86_400) / 2 / 10


@pytest.mark.parametrize("ratio", [Decimal(0), NoData("no events")])
def test_what_does_not_burn_lasts_without_end(ratio: Decimal | NoData):
    assert judged(figures(period("500", "1000000"), windows={HOUR: ratio})).exhausted_in_seconds is None


def test_a_firing_alert_makes_it_burning_silenced_or_not():
    page = Firing("ErrorBudgetBurn", "page", "1h-5m", silenced=True)

    one = judged(figures(period("1", "1000000"), firing=(page,)))

    assert (one.verdict, one.pages) == ("burning", True)


def test_an_alert_about_data_is_no_burn():
    idle = Firing("SloIdle", "ticket", state="idle")

    assert judged(figures(period("1", "1000000"), firing=(idle,))).verdict == "ok"


@pytest.mark.parametrize(("short", "burning"), [("0.0145", ["1h-5m"]), ("0.0144", []), ("0.0001", [])])
def test_without_rules_both_windows_above_the_threshold_make_it_burning(short: str, burning: list[str]):
    windows = {HOUR: Decimal("0.02"), MINUTE * 5: Decimal(short)}

    one = judged(figures(period("1", "1000000"), windows=windows, windows_source="counted"))

    assert [tier.burn_tier for tier in one.burning] == burning


def test_more_bad_than_all_events_is_a_doubt():
    assert judged(figures(period("1100", "1000"))).doubts == (
        "more bad than all events: the two sides of its SLI do not count the same things",
    )


def test_worst_first_is_who_is_paged_then_exhausted_burning_unknown_and_by_what_is_left():
    page = Firing("ErrorBudgetBurn", "page", "1h-5m")
    ticket = Firing("ErrorBudgetBurn", "ticket", "3d-6h")
    known = {
        "paging": figures(period("1", "1000000"), firing=(page,)),
        "exhausted": figures(period("2000", "1000000")),
        "burning": figures(period("1", "1000000"), firing=(ticket,)),
        "unknown": figures(NOBODY_KNOWS),
        "lower": figures(period("900", "1000000")),
        "higher": figures(period("100", "1000000")),
    }

    standings = [judged(one, replace(SLO, name=name)) for name, one in reversed(known.items())]

    assert [one.slo.name for one in worst_first(standings)] == list(known)


# What has been seen for less than a window.

TWO_MINUTES = Decimal(2) / 60
YOUNG = {HOUR: Decimal(1), MINUTE * 5: Decimal(1)}


def newborn(*, coverage: Decimal = TWO_MINUTES, bad: str = "600", **more: object) -> Figures:
    seen = period(bad, "600", coverage=str(coverage / 720))
    return figures(seen, windows=YOUNG, coverages={HOUR: coverage}, **more)


@pytest.mark.parametrize("source", ["counted", "recorded"])
def test_a_total_outage_at_birth_burns_before_its_alert_can_fire(source: str):
    one = judged(newborn(windows_source=source))

    # All fails for a thirtieth of an hour: 1,000 times the budget, of which an alert makes 33. The factor is 14.4.
    assert one.pages is (source == "counted")
    tenth = judged(newborn(coverage=Decimal("0.01"), windows_source=source))  # 10 times, and 14.4 is asked.
    assert (tenth.verdict, tenth.pages, tenth.pages_soon) == ("burning", False, True)
    assert [tier.name for tier in tenth.early] == ["1h-5m"]


def test_as_few_bad_events_as_never_page_are_no_burn_of_a_young_service():
    one = judged(newborn(coverage=Decimal("0.01"), bad="1"))

    assert (one.verdict, one.early) == ("ok", ())


def test_a_window_says_nothing_where_a_shorter_one_holds_all_that_was_seen():
    hours = {MINUTE * 5: Decimal(1), HOUR: Decimal(1), HOUR * 6: Decimal(0), DAY * 3: Decimal(0)}
    two_hours = {HOUR * 6: Decimal(2) / 6, DAY * 3: Decimal(2) / 72}

    one = judged(figures(period("1", "1000000"), windows=hours, coverages=two_hours))

    assert [window for window, rate in one.burn_rates.items() if isinstance(rate, NoData)] == [DAY * 3]


@pytest.mark.parametrize(
    ("firing", "hidden"), [((), [HOUR, HOUR * 6]), ((Firing("Burn", "page", "1h-5m"),), [HOUR * 6])]
)
def test_beside_a_page_stands_what_it_looks_at_however_little_of_it_was_seen(firing, hidden):
    windows = YOUNG | {MINUTE * 30: Decimal(1), HOUR * 6: Decimal(1)}
    seen = {MINUTE * 30: TWO_MINUTES * 2, HOUR: TWO_MINUTES, HOUR * 6: TWO_MINUTES / 6}

    one = judged(figures(period("1", "1000000"), windows=windows, coverages=seen, firing=firing))

    assert [window for window, rate in sorted(one.burn_rates.items()) if isinstance(rate, NoData)] == [
        MINUTE * 30, *hidden,
    ]  # fmt: skip


def test_the_most_urgent_alert_is_announced_in_whichever_order_tiers_are_written():
    slowest_first = replace(SLO.alerting, tiers=tuple(reversed(SLO.alerting.tiers)))
    three_days = {HOUR * 6: Decimal(1), DAY * 3: Decimal(1)}
    seen = {HOUR: Decimal("0.01"), HOUR * 6: Decimal("0.01") / 6, DAY * 3: Decimal("0.01") / 72}

    of = replace(newborn(coverage=Decimal("0.01")), windows=YOUNG | three_days, coverages=seen)
    one = judged(of, replace(SLO, alerting=slowest_first))

    assert [tier.name for tier in one.early] == ["1h-5m", "3d-6h"]


def test_a_firing_alert_is_told_once():
    page = Firing("ErrorBudgetBurn", "page", "1h-5m")

    assert judged(newborn(coverage=Decimal("0.01"), firing=(page,))).early == ()


@pytest.mark.parametrize(("seen_seconds", "doubts"), [(30, 1), (600, 0)])
def test_before_its_first_error_ratio_a_service_is_in_doubt_and_afterwards_idle(seen_seconds: int, doubts: int):
    coverage = str(Decimal(seen_seconds) / (30 * 86_400))

    one = judged(figures(period("0", "100", coverage=coverage), windows={MINUTE * 5: NoData("no events")}))

    assert len(one.doubts) == doubts


def test_where_somebody_is_paged_no_slower_alert_is_announced():
    six_hours = {HOUR * 6: Decimal(1), MINUTE * 30: Decimal(1)}
    seen = {HOUR: TWO_MINUTES, HOUR * 6: TWO_MINUTES / 6}

    one = judged(replace(newborn(windows_source="counted"), windows=YOUNG | six_hours, coverages=seen))

    assert (one.pages, [tier.name for tier in one.early], list(early(one))) == (True, ["6h-30m"], [])
