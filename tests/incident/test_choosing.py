"""Which incident is meant where nobody names one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from incident.samples import NIGHT

from sretool.incident.choosing import NotChosen, only_open, to_look_at, to_write_about
from sretool.incident.events import Event, Happening, Opened, PostmortemWritten, Resolved
from sretool.incident.history import Incident, fold


def incidents(*lives: tuple[Happening, ...]) -> tuple[Incident, ...]:
    """Incidents inc-0, inc-1, … an hour apart, each opened and then as told."""
    return fold(
        Event(f"{number}-{step}", f"inc-{number}", happening, at, at, "ada@desk")
        for number, life in enumerate(lives)
        for step, happening in enumerate((Opened("It fails", "sev2", ""), *life))
        if (at := NIGHT + timedelta(hours=number, minutes=step))
    )


OVER, WRITTEN = Resolved(""), PostmortemWritten("postmortems/a.md")


def test_the_only_open_one_is_meant_whatever_is_to_be_done():
    found = incidents((OVER, WRITTEN), (), (OVER, WRITTEN))

    assert [choose(found).incident.incident_id for choose in (only_open, to_look_at, to_write_about)] == ["inc-1"] * 3


def test_the_last_is_looked_at_where_none_is_open():
    chosen = to_look_at(incidents((OVER,), (OVER,)))

    assert (chosen.incident.incident_id, chosen.why) == ("inc-1", "the last one")


def test_the_last_resolved_without_a_postmortem_is_written_about_though_another_is_open():
    chosen = to_write_about(incidents((OVER,), (OVER,), (OVER, WRITTEN), ()))

    assert (chosen.incident.incident_id, chosen.why) == ("inc-1", "the last one without a postmortem")


@pytest.mark.parametrize("choose", [only_open, to_look_at, to_write_about])
def test_of_several_open_ones_none_is_guessed(choose):
    with pytest.raises(NotChosen, match="2 incidents are open: name one of these"):
        choose(incidents((), ()))


@pytest.mark.parametrize("choose", [only_open, to_look_at, to_write_about])
def test_where_there_is_none_it_says_so(choose):
    with pytest.raises(NotChosen, match="no incident is open"):
        choose(())


def test_where_all_is_written_that_is_said():
    with pytest.raises(NotChosen, match="every incident has a postmortem"):
        to_write_about(incidents((OVER, WRITTEN), (OVER, WRITTEN)))
