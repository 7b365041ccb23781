from decimal import Decimal

import pytest
from burn.backtest.made_up import THREE_NINES

from sretool.burn.backtest.candidates import WrongSetting, candidates


def test_without_settings_the_slo_is_tried_as_it_is():
    (only,) = candidates(THREE_NINES, [])

    assert (only.slo, only.name) == (THREE_NINES, "as specified")


def test_every_combination_is_a_candidate_after_the_slo_as_it_is():
    grid = candidates(THREE_NINES, ["objective=99.9%,99.95%", "min_bad_events=2,10"])

    assert [one.name for one in grid] == [
        "as specified",
        "objective=99.9% min_bad_events=2",
        "objective=99.9% min_bad_events=10",
        "objective=99.95% min_bad_events=2",
        "objective=99.95% min_bad_events=10",
    ]
    assert grid[3].slo.objective.budget == Decimal("0.0005")
    assert grid[4].slo.alerting.min_bad_events == 10


def test_several_keys_may_stand_in_one_setting():
    text = "objective=99.5%,99.9%,tiers=default,1h-5m:10:page+3d-6h:1.5:ticket"
    grid = candidates(THREE_NINES, [text])
    tiers = grid[2].slo.alerting.tiers

    assert len(grid) == 5
    assert [(tier.name, tier.factor, tier.severity) for tier in tiers] == [
        ("1h-5m", Decimal(10), "page"),
        ("3d-6h", Decimal("1.5"), "ticket"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("objective=99.9", "write a percentage"),
        ("objective=100%", "between 0% and 100%"),
        ("colour=red", "KEY one of objective, tiers"),
        ("objective=", "KEY=VALUE"),
        ("tiers=1h-5m:14.4", "'1h-5m:14.4' is no tier"),
        ("tiers=1h-5m:14.4:shout", "is no tier"),
        ("tiers=1h-5m:NaN:page", "is no tier"),
        ("tiers=1h-2h:14.4:page", "must be below the long one"),
        ("tiers=1h-5m:0.5:page", "alerts an SLO that keeps its promise"),
        ("tiers=90d-1d:2:page", "longer than the period"),
        ("tiers=1h-5m:2000:page", "can never fire"),
        ("tiers=1h-5m:10:page+1h-5m:14:page", "two tiers watch the same windows"),
        ("min_bad_events=-1", "0 or more"),
        ("min_events=NaN", "0 or more"),
    ],
)
def test_what_is_no_setting_is_a_sentence(text: str, told: str):
    with pytest.raises(WrongSetting, match=told):
        candidates(THREE_NINES, [text])


def test_a_table_that_nobody_would_read_is_refused():
    many = ",".join(str(number) for number in range(501))

    with pytest.raises(WrongSetting, match="501 candidates"):
        candidates(THREE_NINES, [f"min_events={many}"])
