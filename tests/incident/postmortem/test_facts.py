"""What is told of an incident of whose SLO nothing, or nothing bad, is known."""

from __future__ import annotations

from incident.postmortem.nights import incident
from incident.postmortem.test_searching import SERVICE

from sretool.incident.postmortem import form
from sretool.incident.postmortem.answers import Answers
from sretool.incident.postmortem.facts import Facts, facts
from sretool.incident.postmortem.impact import Late, Measured, Untouched
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


def test_amounts_that_are_nothing_are_not_listed():
    before, after = (Amount(0, "EUR"), Amount(0, "JPY")), (Amount(1_234, "EUR"), Amount(0, "JPY"))

    assert told(late=Late(before, after, ())).late == "12.34 EUR at the end, nothing when it began"
    assert told(late=Late((), before, ())).late == "nothing at the end, not known when it began"
