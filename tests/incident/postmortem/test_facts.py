"""What is told of an incident of whose SLO nothing, or nothing bad, is known."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from incident.postmortem.nights import incident
from incident.postmortem.test_searching import SERVICE

from sretool.burn.backtest.firing import Stretch
from sretool.burn.backtest.history import Recorded
from sretool.burn.figures import NoData
from sretool.incident.postmortem import form
from sretool.incident.postmortem.answers import Answers
from sretool.incident.postmortem.facts import Facts, facts
from sretool.incident.postmortem.impact import Late, Measured, SloImpact, Untouched
from sretool.incident.postmortem.searching import Burnt, Course
from sretool.money import Amount

(SLO,) = SERVICE.slos
QUIET = Untouched(SLO, "did not burn faster than its budget allows", is_known=True)
UNKNOWN = Untouched(SLO, "not known: Prometheus has no data of it in that time", is_known=False)


def told(*untouched: Untouched, late: Late | None = None) -> Facts:
    measured = Measured((), untouched, (), late or Late((), (), (), "not known: x y"))
    return facts(incident(), measured, owner="", slos=(), runbooks=(), answers=Answers())


def began(found: Facts) -> str:
    return next(time.told for time in found.times if time.name == form.BEGAN)


def test_that_others_are_well_says_nothing_of_the_slo_that_the_incident_names():
    assert began(told(UNKNOWN, QUIET)) == UNKNOWN.words
    assert began(told(QUIET, UNKNOWN)) == "not known: no SLO burnt faster than its budget allows"


def test_an_incident_that_names_nothing_of_the_repository_says_so():
    assert began(told()) == "not known: neither the incident nor its alerts name an SLO of this repository"


def test_slos_of_which_the_same_is_said_are_told_together():
    name = SLO.full_name

    assert told(QUIET, UNKNOWN, QUIET).untouched == ((f"{name}, {name}", QUIET.words), (name, UNKNOWN.words))


def test_what_came_before_and_how_often_it_stopped_is_told_beside_the_times():
    def sources(pauses: int, lesser: int) -> tuple[str, str]:
        course = Course(SLO, (), 1_800_000_000, 30, Recorded(np.ones(9), np.ones(9)), ())
        part = Burnt(course, Stretch(0, 9), Stretch(0, 3), pauses, lesser, is_over=True, is_whole=True)
        none = NoData("nobody asked")
        one = SloImpact(part, Decimal(9), Decimal(9), True, none, none, none, none, ())
        told = facts(
            incident(),
            Measured((one,), (), (), Late((), (), (), "")),
            owner="",
            slos=(),
            runbooks=(),
            answers=Answers(),
        )
        by_name = {time.name: time.source.partition("1x, ")[2] for time in told.times}
        return by_name[form.BEGAN], by_name[form.ENDED]

    assert sources(0, 0) == ("", "")
    assert sources(1, 1) == (", after 1 lesser burn, no part of it", ", with 1 pause")
    assert sources(2, 3) == (", after 3 lesser burns, no part of it", ", with 2 pauses")


def test_amounts_that_are_nothing_are_not_listed():
    before, after = (Amount(0, "EUR"), Amount(0, "JPY")), (Amount(1_234, "EUR"), Amount(0, "JPY"))

    assert told(late=Late(before, after, ())).late == "12.34 EUR at the end, nothing when it began"
    assert told(late=Late((), before, ())).late == "nothing at the end, not known when it began"
