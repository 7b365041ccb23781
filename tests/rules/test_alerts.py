"""What fires and what does not, asked of promtool, where the generated tests cannot tell it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from rules.asking import Asker, rules_of
from rules.promises import MONTH, service, slo, span, traffic

from sretool.model.duration import HOUR, MINUTE
from sretool.model.period import Exclusion, WeeklySchedule
from sretool.model.slo import Alerting, SeverityWords
from sretool.model.tiers import BurnTier, default_tiers
from sretool.promql import names
from sretool.rules.timing import Timing

TIERS = default_tiers(MONTH.length)
FIRING = 'count by (alertname, slo, burn_tier, severity, team) (ALERTS{alertstate="firing", burn_tier="1h-5m"})'
OUTAGE = traffic("1000+60x20 2200+0x20", "1000+0x20 1060+60x20")


def few(bad: int, *, good: int) -> dict[str, str]:
    """Twenty minutes of nothing, then a minute of some events, then nothing."""
    return traffic(f"1000+0x20 {1_000 + good}+0x20", f"1000+0x20 {1_000 + bad}+0x20")


def fired(severity: str, *, alertname: str = "ErrorBudgetBurn", **labels: str) -> dict[str, float]:
    found = {"alertname": alertname, "burn_tier": "1h-5m", "severity": severity, "slo": "one"} | labels
    return {"{" + ", ".join(f'{name}="{value}"' for name, value in sorted(found.items())) + "}": 1}


def test_an_slo_with_alert_words_of_its_own_has_rules_of_its_own(asker: Asker):
    words = (SeverityWords("page", labels=(("severity", "critical"),)),)
    own = Alerting(TIERS, name="CheckoutBurn", labels=(("team", "cash"),), severities=words)

    answer = asker.answer(rules_of(service(slo(alerting=own), slo("two"))), OUTAGE, FIRING, "28m")

    assert answer == fired("critical", alertname="CheckoutBurn", team="cash")


def test_too_few_events_turn_a_page_into_a_ticket(asker: Asker):
    rules = rules_of(service(slo(alerting=Alerting(TIERS, min_events=Decimal(100)))))

    assert asker.answer(rules, few(20, good=40), FIRING, "25m") == fired("ticket")
    # A page may be a ticket for its first minutes, while its events come in.
    assert asker.answer(rules, few(40, good=80), FIRING, "25m") == fired("ticket") | fired("page")


def test_enough_events_page(asker: Asker):
    rules = rules_of(service(slo(alerting=Alerting(TIERS, min_events=Decimal(100)))))

    assert asker.answer(rules, traffic("1000+54x30", "1000+6x30"), FIRING, "30m") == fired("page")


def test_too_few_events_still_page_when_most_of_them_fail(asker: Asker):
    rules = rules_of(service(slo(alerting=Alerting(TIERS, min_events=Decimal(100)))))

    assert asker.answer(rules, few(20, good=10), FIRING, "25m") == fired("page")


def test_two_infos_at_once_do_not_silence_a_service(asker: Asker):
    rules = rules_of(service(slo(owner="cash"), slo("two")))
    left_by_another_server = {'slo:info{service="checkout", slo="one", owner="shop"}': "1x60"}

    answer = asker.answer(rules, OUTAGE | left_by_another_server, FIRING, "28m")

    assert answer == fired("page")


def test_slos_of_one_service_may_watch_the_same_windows_with_different_severities(asker: Asker):
    told = BurnTier(HOUR, MINUTE * 5, Decimal(10), "ticket")
    rules = rules_of(service(slo(), slo("two", alerting=Alerting((told,)))))
    both = OUTAGE | {name.replace("one", "two"): values for name, values in OUTAGE.items()}

    answer = asker.answer(rules, both, FIRING, "28m")

    assert answer == fired("page") | fired("ticket", slo="two")


def test_a_tier_that_cannot_fire_is_no_rule():
    rules = rules_of(service(slo(objective="0.9")))

    assert 'burn_tier="1h-5m"' not in rules
    assert 'burn_tier="6h-30m"' in rules


def test_an_alert_says_how_fast_how_many_for_how_long_and_what_to_run(asker: Asker):
    rules = rules_of(service(slo(runbook="runbooks/one.md", labels=(("product", "core"),)), slo("two")))
    # 3% of 6,000 events a minute fail, for an hour and a half: 30 times what the budget allows.
    series = traffic("1000+5820x90", "1000+180x90")

    said = asker.alerts(rules, series, "ErrorBudgetBurn", "1h30m").splitlines()

    page = next(after for before, after in pairwise(said) if 'burn_tier="1h-5m"' in before)
    assert 'bad_events="10800 in 1h"' in page  # 180 a minute.
    assert 'burn_rate="30"' in page
    assert 'summary="checkout/one spends its error budget 30 times too fast (over 1h)"' in page
    # An hour and a half at that pace is a sixteenth of the budget; the rest lasts for 22.5 hours.
    assert 'time_to_exhaustion="22h 29m' in page or 'time_to_exhaustion="22h 30m' in page
    assert 'status_command="sretool slo status checkout/one"' in page
    assert 'runbook="runbooks/one.md"' in page
    assert "product=core" in page


def test_an_alert_of_rules_that_run_faster_tells_all_lengths_in_the_time_of_the_rules(asker: Asker):
    rules = rules_of(service(slo()), Timing(scale=60))

    said = asker.alerts(
        rules, traffic("1000+5820x90", "1000+180x90"), "ErrorBudgetBurn", "90s", interval="1s", every="500ms"
    )

    page = next(after for before, after in pairwise(said.splitlines()) if 'burn_tier="1h-5m"' in before)
    assert "30 times too fast (over 1h)" in page
    # As above: a second is a minute to them.
    assert 'time_to_exhaustion="22h 29m' in page or 'time_to_exhaustion="22h 30m' in page


# promtool's time begins on a Thursday, at midnight UTC.
MAINTENANCE = Exclusion("patches", "head of operations", WeeklySchedule((span(3, 1, 1),), "UTC"))
FAILING_THROUGH_MAINTENANCE = traffic("1000+600x60 37000+0x60 37600+600x60", "1000+0x60 1600+600x59 37000+0x60")
EVER = 'count(count_over_time(ALERTS{alertname=~"ErrorBudgetBurn|SloNoData", alertstate="firing"}[3h]))'


def test_a_maintenance_is_quiet_to_its_end_and_after(asker: Asker):
    rules = rules_of(service(slo(exclusions=(MAINTENANCE,))))

    ever, net, gross = asker.answers(
        rules,
        FAILING_THROUGH_MAINTENANCE,
        [(EVER, "3h"), (f"sum({names.PERIOD_BAD})", "3h"), (f"sum({names.PERIOD_BAD_GROSS})", "3h")],
    )

    assert ever == {}
    assert net == {"{}": 0}
    assert gross["{}"] > 35_000


def test_the_same_without_an_exclusion_pages(asker: Asker):
    assert asker.answer(rules_of(service(slo())), FAILING_THROUGH_MAINTENANCE, EVER, "3h")["{}"] >= 2


def test_one_slos_exclusion_is_not_anothers(asker: Asker):
    rules = rules_of(service(slo(exclusions=(MAINTENANCE,)), slo("two")))
    both = FAILING_THROUGH_MAINTENANCE | {
        name.replace("one", "two"): values for name, values in FAILING_THROUGH_MAINTENANCE.items()
    }

    firing = asker.answer(rules, both, 'count by (slo) (ALERTS{alertname="ErrorBudgetBurn", severity="page"})', "1h30m")

    assert firing == {'{slo="two"}': 2}


def test_a_fault_that_began_before_an_exclusion_is_remembered_after_it(asker: Asker):
    rules = rules_of(service(replace(slo(), exclusions=(MAINTENANCE,))))
    series = traffic("1000+600x30 19000+0x90 19600+600x60", "1000+0x30 1600+600x89 55000+0x60")

    bad, everything = asker.answers(
        rules, series, [(f"sum({names.bad_events(HOUR * 6)})", "3h"), (f"sum({names.all_events(HOUR * 6)})", "3h")]
    )

    # Half an hour of a fault and two hours of traffic, less a tile at the exclusion's edge and one after it.
    assert 15_000 <= bad["{}"] <= 18_000
    assert 66_000 <= everything["{}"] <= 72_000
