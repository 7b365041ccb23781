from dataclasses import replace
from decimal import Decimal

from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.rules.difference import Difference, differences

SLO = Slo(
    "checkout",
    "availability",
    Objective(Decimal("0.999")),
    RollingPeriod(DAY * 30),
    EventsSli("bad", 'requests_total{code="500"}', "requests_total"),
    Alerting(default_tiers(DAY * 30)),
)
HISTORY = "this renames a series and loses 30 days of history: what was recorded "


def service(*slos: Slo) -> list[Service]:
    return [Service("checkout", slos)]


def test_equal_promises_have_no_difference():
    assert differences(service(SLO), service(replace(SLO))) == []


def test_another_objective_is_a_change_that_costs_no_history():
    after = replace(SLO, objective=Objective(Decimal("0.99")))

    assert differences(service(SLO), service(after)) == [
        Difference("changed", "checkout/availability", ("objective: 99.9% -> 99%",))
    ]


def test_the_same_measurement_under_another_name_is_a_rename_that_loses_history():
    after = replace(SLO, name="uptime")

    assert differences(service(SLO), service(after)) == [
        Difference("renamed", "checkout/availability", ("now checkout/uptime",), HISTORY + "stays under the old name")
    ]


def test_other_groups_are_other_series():
    (found,) = differences(service(SLO), service(replace(SLO, group_by=("region",))))

    assert found.consequence == HISTORY + "stays under the old labels"


def test_another_meaning_mixes_with_the_old_until_the_period_is_over():
    after = replace(SLO, sli=EventsSli("bad", 'requests_total{code=~"5.."}', "requests_total"))

    (found,) = differences(service(SLO), service(after))

    assert found.consequence == "until 30d have passed, the period mixes the old meaning with the new one"


def test_what_comes_and_what_goes():
    other = replace(SLO, name="latency", sli=EventsSli("bad", "slow_total", "requests_total"))

    kinds = [(found.kind, found.name) for found in differences(service(SLO), service(other))]

    assert kinds == [("removed", "checkout/availability"), ("added", "checkout/latency")]


def test_a_rename_hides_no_weaker_promise():
    after = replace(SLO, name="uptime", objective=Objective(Decimal("0.95")))

    (found,) = differences(service(SLO), service(after))

    assert found.details == ("now checkout/uptime", "objective: 99.9% -> 95%")


def test_a_change_is_told_in_the_words_of_the_file():
    after = replace(
        SLO,
        sli=EventsSli("bad", "errors_total", "requests_total"),
        alerting=replace(SLO.alerting, min_bad_events=Decimal(5)),
    )

    (found,) = differences(service(SLO), service(after))

    assert found.details == (
        """bad: requests_total{code="500"} -> errors_total""",
        "+ alerting:",
        "+ min_bad_events: 5",
    )
