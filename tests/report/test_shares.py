import html
import json
import re
from decimal import Decimal

import pytest
from report.made_up import counted, facts, incident, measured, recorded

from sretool.charts.ticks import share as told_in_a_chart
from sretool.report import rendering
from sretool.report.building import report
from sretool.report.drawing import charts
from sretool.report.shares import computed_share, share

KEY = ("shop/availability", ())


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [("0.99999", "0.9999"), ("-0.00001", "-0.0001"), ("0.5446", "0.5446"), ("0.29999999999999998", "0.2999")],
)
def test_an_exact_share_is_rounded_down_and_so_never_to_its_bound(ratio: str, shown: str):
    assert share(Decimal(ratio)) == Decimal(shown)


def test_a_share_that_a_float_cannot_hold_keeps_its_last_digit():
    assert [computed_share(one) for one in (0.29, 0.0003, 1.1)] == [Decimal("0.29"), Decimal("0.0003"), Decimal("1.1")]


def test_a_chart_tells_a_share_as_a_table_does():
    told = [Decimal(text) for text in ("0.5446", "-0.28741", "12.5", "0", "0.00009")]

    assert [told_in_a_chart(one) for one in told] == list(map(rendering.percent, told))


def test_parts_sum_to_their_whole_as_they_are_shown_and_are_the_same_everywhere():
    # 12,000 bad events at noon, 12,000 and 12,000 later: a third each of 36,000 / 25,920.
    incidents = (incident(12.1, 12.5), incident(30.1, 30.5, name="b"))
    found = facts(
        measured=measured(
            counts={KEY: counted(36_000)}, recorded={KEY: recorded((12, 12.5, 1), (30, 30.5, 1), (50, 50.5, 1))}
        ),
        incidents=incidents,
    )
    made = report(found, policy="policy.yaml")
    page = rendering.as_html(made, root="", charts=charts(found, made))

    # 138.88% in hundredths, as three parts that are as equal as they can be.
    whole, parts = "138.88%", ["46.30%", "46.29%", "46.29%"]
    (row,) = [line for line in rendering.as_markdown(made, root="").splitlines() if "99.9% over" in line]
    (drawn,) = re.findall(r"<desc id=\"spending-0-desc\">(.*?)</desc>", page)
    (listed,) = re.findall(r'<ul class="parts">(.*?)</ul>', page)
    as_json = json.loads(rendering.as_json(made))["budgets"][0]
    assert re.findall(r"[\d.]+%", row)[1:] == [whole, *parts]
    assert re.findall(r"[\d.]+%", drawn) == [whole, *parts]
    assert re.findall(r"[\d.]+%", html.unescape(listed)) == parts
    assert page.count(f">{whole}<") == 3  # In the table, and in both forms of the chart.
    assert f"{whole} spent" in page
    assert [Decimal(part["spent"]) for part in as_json["parts"]] == [Decimal(one[:-1]) / 100 for one in parts]
    assert sum(Decimal(part["spent"]) for part in as_json["parts"]) == Decimal(as_json["spent"]) == Decimal("1.3888")


def test_of_a_great_many_incidents_a_chart_has_the_costliest_and_one_bar_for_the_others():
    # Twenty-two share an hour, each the longer the earlier it began.
    many = tuple(incident(12 + number / 100, 13, name=chr(ord("a") + number)) for number in range(22))
    found = facts(
        measured=measured(counts={KEY: counted(36_000)}, recorded={KEY: recorded((12, 13, 1))}), incidents=many
    )
    made = report(found, policy="policy.yaml")

    (drawn,) = re.findall(
        r"<desc id=\"spending-0-desc\">(.*?)</desc>", charts(found, made)["spending shop/availability"]
    )
    shares = [Decimal(text) for text in re.findall(r"([\d.]+)%", drawn)]
    assert "10 other incidents: " in drawn
    assert (len(shares), shares[0]) == (1 + 12 + 1, sum(shares[1:]))


def test_a_bound_that_somebody_chose_is_shown_as_it_was_chosen():
    assert [rendering.exactly(Decimal(text)) for text in ("0.02", "0.025", "0.00125")] == ["2%", "2.5%", "0.125%"]
