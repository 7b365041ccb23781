from dataclasses import replace
from decimal import Decimal

import numpy as np
from burn.backtest.made_up import HOUR, THREE_NINES, recorded

from sretool.burn.backtest.firing import Stretch, alerts, firing, told
from sretool.burn.backtest.windows import Windows
from sretool.model.objective import Objective
from sretool.model.slo import Slo

FAULT = 5 * 24 * HOUR


def fired(slo: Slo, *failing: tuple[int, int, float], rate: float = 20.0) -> dict[tuple[str, str], int]:
    """When each tier fires first, in seconds after the fault."""
    windows = Windows(recorded(6, failing, rate=rate))
    return {
        (one.tier.name, one.severity): int(np.flatnonzero(one.burns)[0] - FAULT) * 30
        for one in alerts(slo, windows)
        if one.burns.any()
    }


def test_an_outage_is_told_when_explain_says():
    """`sretool slo explain` for 99.9%: 2m56s, 9m39s, and 21m49s at the latest, which is up to 15m earlier."""
    found = fired(THREE_NINES, (FAULT, FAULT + 4 * HOUR, 1.0))

    assert 176 <= found["1h-5m", "page"] < 176 + 30
    assert 279 <= found["6h-30m", "page"] <= 579
    assert 409 <= found["1d-2h", "ticket"] <= 1309
    assert 409 <= found["3d-6h", "ticket"] <= 1309


def test_a_share_below_the_threshold_fires_nothing():
    assert fired(THREE_NINES, (FAULT, FAULT + 12 * HOUR, 0.0009)) == {}


def test_an_alert_fires_on_until_five_minutes_have_passed_without_a_reason():
    burns = np.zeros(100, dtype=bool)
    burns[[20, 21, 31, 60, 71]] = True

    # 21 to 31 is nine places without, which it fires through; 60 to 71 is ten, at whose end it fires still.
    assert firing(burns) == [Stretch(20, 42), Stretch(60, 82)]


def test_two_firings_are_two_where_more_than_five_minutes_lie_between():
    burns = np.zeros(100, dtype=bool)
    burns[[20, 32]] = True

    assert firing(burns) == [Stretch(20, 31), Stretch(32, 43)]


def test_tiers_of_a_severity_that_overlap_are_told_once():
    windows = Windows(recorded(6, [(FAULT, FAULT + HOUR, 1.0)]))
    found = list(alerts(THREE_NINES, windows))
    (page,) = told(found, "page", judged_from=0)

    assert [tier.name for tier in page.tiers] == ["1h-5m", "6h-30m"]
    assert len(told(found, "ticket", judged_from=0)) == 1
    assert told(found, "page", judged_from=page.stretch.end) == []


def test_a_single_bad_event_pages_nobody():
    """Of an event in five minutes it is a twelfth of an hour's and 0.35% of a day's."""
    a_twelfth, two = (FAULT, FAULT + 10, 1.0), (FAULT, FAULT + 20, 1.0)

    assert {severity for _, severity in fired(THREE_NINES, a_twelfth, rate=1 / 300)} == {"ticket"}
    assert {severity for _, severity in fired(THREE_NINES, two, rate=1 / 300)} == {"page", "ticket"}


def test_little_traffic_turns_a_page_into_a_ticket_unless_most_fails():
    slo = replace(THREE_NINES, alerting=replace(THREE_NINES.alerting, min_events=Decimal(1000)))

    some = fired(slo, (FAULT, FAULT + HOUR, 0.3), rate=0.1)
    most = fired(slo, (FAULT, FAULT + 2 * HOUR, 1.0), rate=0.1)

    assert ("1h-5m", "ticket") in some
    assert ("1h-5m", "page") not in some
    assert ("1h-5m", "page") in most


def test_a_tier_that_could_never_fire_is_not_there():
    nine = replace(THREE_NINES, objective=Objective(Decimal("0.9")))

    assert [one.tier.name for one in alerts(nine, Windows(recorded(6, [])))] == ["6h-30m", "1d-2h", "3d-6h"]
