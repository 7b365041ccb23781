"""Whether a page says for which other incidents its bad events are counted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from incident.postmortem.nights import alert, at, event, incident
from incident.postmortem.test_searching import SERVICE

from sretool.burn.backtest.firing import Stretch
from sretool.burn.backtest.history import Recorded
from sretool.burn.figures import NoData
from sretool.incident.events import AlertsSeen, Opened, Resolved
from sretool.incident.history import Incident
from sretool.incident.postmortem.impact import Late, Measured, SloImpact
from sretool.incident.postmortem.searching import Burnt, Course
from sretool.incident.postmortem.sharing import with_sharers

(SLO,) = SERVICE.slos
NOW = at(600)


def other(first: float, end: float | None, *, service: str = "checkout", name: str = "b") -> Incident:
    opened = event(first, Opened("Orders fail", "sev2", "burns", service), number=1)
    resolved = () if end is None else (event(end, Resolved(""), number=2),)
    return incident(*(replace(one, incident_id=name) for one in (opened, *resolved)))


def doubts(*others: Incident, is_over: bool = True) -> tuple[str, ...]:
    """Of an SLO that burnt from the minute 0 to the minute 10, or still."""
    course = Course(SLO, (), at(0).timestamp(), 30, Recorded(np.ones(30), np.ones(30)), ())
    part = Burnt(course, Stretch(0, 30), Stretch(0, 20), 0, 0, is_over, is_whole=True)
    none = NoData("nobody asked")
    one = SloImpact(part, Decimal(9), Decimal(9), True, none, none, none, none, ())
    measured = Measured((one,), (), (), Late((), (), (), ""))
    return with_sharers(measured, others, now=NOW, look_back_seconds=3_600).impacts[0].doubts


# A page looks an hour back from when its incident was seen, and on until it was resolved.
@pytest.mark.parametrize(
    ("first", "end", "shares"),
    [(-30, -1, False), (-30, 0, True), (5, 30, True), (69, 80, True), (70, 80, False), (-30, None, True)],
)
def test_an_incident_whose_page_looks_at_the_same_time_shares_its_events(first: float, end: float | None, shares: bool):
    said = "these events, or some of them, are counted for b, too; the week's report divides them"

    assert doubts(other(first, end)) == ((said,) if shares else ())


def test_what_still_burns_is_shared_with_what_was_opened_long_after():
    assert doubts(other(300, 310), is_over=False) != ()


def test_only_incidents_whose_pages_look_at_the_service_share_them():
    of_alerts = incident(
        event(1, Opened("All fails", "sev2", "burns", "shop"), number=1),
        event(2, AlertsSeen((alert(1, service="checkout", slo="availability"),)), number=2),
    )

    assert doubts(other(5, 30, service="shop")) == ()
    assert doubts(of_alerts) != ()


def test_of_many_the_first_are_named_and_the_others_counted():
    (said,) = doubts(*(other(5, 30, name=name) for name in "abcde"))

    assert "counted for a, b, c, 2 more, too" in said
