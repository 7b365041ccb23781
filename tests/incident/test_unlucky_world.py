"""What a world without luck does between an incident and whoever is to be woken for it, or let sleep."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from incident.between import Ask, answers, night_in
from incident.night import SENDER, SERVICE, START, Night, outcomes

from sretool.incident.deliver import Wish
from sretool.incident.outbox import Delivered, Later
from sretool.incident.pagerduty.calls import Call, annotation
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.sandbox.faults import Fault
from sretool.incident.verify import verify


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return night_in(tmp_path)


def test_who_answers_202_but_not_as_pagerduty_does_has_paged_nobody(tmp_path: Path):
    night = night_in(tmp_path, answers(Reply(202, None), path="/v2/enqueue"), has_rest=False)
    night.open()
    report = night.deliver(seconds=2)

    assert {name for _, name in outcomes(report)} == {"Later"}
    assert report.told[0].result.may_be_done
    assert "not as PagerDuty does" in report.told[0].result.words


@pytest.mark.parametrize("status", [302, 307, 404, 405])
def test_a_page_that_met_another_server_stays_queued_and_goes_out_once_that_is_mended(tmp_path: Path, status: int):
    night = night_in(tmp_path, answers(Reply(status), path="/incidents"), has_events=False)
    incident = night.open()
    report = night.deliver()
    night.wire_of = lambda wire: wire
    night.restart()
    mended = night.deliver()

    assert outcomes(report) == [("trigger", "Later")]
    assert report.told[0].result.after_seconds == 60
    assert "correct SRETOOL_PAGERDUTY_URL" in report.told[0].result.words
    assert outcomes(mended) == [("trigger", "Delivered")]
    assert len(night.pages_of(incident)) == 1


def test_of_several_services_it_is_said_whose_the_events_api_pages(night: Night):
    night.fails(Fault("5xx", on="rest"))
    night.access = replace(night.access, services={"shop": SERVICE, "billing": "PBILL01"})
    night.restart()
    night.open()
    (told,) = night.deliver().told

    assert told.result.words.startswith("paged by the Events API, at the service of PAGERDUTY_ROUTING_KEY, because: ")


def test_what_the_rest_api_opens_after_it_was_looked_for_in_vain_is_resolved_too(tmp_path: Path):
    """Its answer is lost, it is carried out when nobody looks any more, and the two APIs do not heed each other."""
    held: list[Ask] = []

    def hold(call: Call, ask: Ask) -> Reply | Silence:
        if call.method == "POST" and call.path == "/incidents":
            held.append(ask)
            return Silence("PagerDuty did not answer in time", may_be_done=True)
        return ask()

    night = night_in(tmp_path, hold, shares_keys=False)
    incident = night.open()
    paged = night.deliver()
    held[0]()
    night.resolve(incident)
    night.fails(Fault("5xx", on="rest"))
    night.deliver(seconds=2)
    night.fails()
    night.seconds += 60
    night.deliver()

    assert paged.told[0].result.may_be_twice
    assert night.statuses_of(incident) == ["resolved", "resolved"]


def test_what_somebody_resolved_at_pagerduty_is_looked_up_also_where_only_events_can_page(tmp_path: Path):
    """The catalogue has no id of the service, and the answer of the Events API was lost."""
    night = night_in(tmp_path)
    night.access = replace(night.access, services={})
    night.restart()
    night.fails(Fault("lost", on="events"))
    incident = night.open()
    night.deliver(seconds=1)
    night.fails()
    account = night.sandbox.account
    (theirs,) = account.incidents.values()
    account.resolve(theirs, by=SENDER, now=night.now())
    night.restart()
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Delivered")]
    assert night.pages_of(incident) == [START]


def test_the_longest_note_keeps_its_mark_and_pagerdutys_bound(night: Night):
    incident = night.open()
    night.note(incident, "x" * 25_000)
    _, note = night.incident(incident).deliveries
    content = sent(annotation("P1", note, sender=SENDER))["note"]["content"]

    assert len(content) == 25_000
    assert content.endswith(f" [cut]\n[sretool:{note.event.event_id}]")


def test_a_page_goes_out_while_the_lookup_after_a_lost_answer_fails_too(night: Night):
    """Not to be woken is worse than to be woken twice, and with one key for both APIs it is once."""
    night.fails(Fault("lost", on="rest"))
    incident = night.open()
    (told,) = night.deliver().told

    assert isinstance(told.result, Delivered)
    assert (told.result.route, told.result.may_be_twice) == ("events", True)
    assert len(night.pages_of(incident)) == 1


def test_the_events_api_is_asked_at_once_where_the_rest_api_cannot_have_paged(tmp_path: Path):
    asked: list[str] = []

    def listen(call: Call, ask: Ask) -> Reply | Silence:
        asked.append(f"{call.method} {call.path}")
        return ask()

    night = night_in(tmp_path, listen)
    night.fails(Fault("429", on="rest"))
    incident = night.open()
    delivery = night.incident(incident).deliveries[0].delivery_id
    (told,) = night.deliver(wish=Wish(incident, frozenset({delivery}))).told

    assert asked == ["POST /incidents", "POST /v2/enqueue"]
    assert not isinstance(told.result, Later)
    assert not told.result.may_be_twice


def sent(call: Call) -> Mapping[str, Mapping[str, str]]:
    assert call.body is not None
    return call.body


@pytest.mark.parametrize("shares_keys", [True, False])
def test_two_copies_of_a_ledger_that_both_deliver_page_once_and_agree_once_they_are_merged(
    tmp_path: Path, shares_keys: bool
):
    ours = night_in(tmp_path / "ours", shares_keys=shares_keys)
    incident = ours.open()
    shutil.copytree(ours.directory, tmp_path / "theirs" / "incidents")
    theirs = night_in(tmp_path / "theirs")
    theirs.sandbox, theirs.access, theirs.seconds = ours.sandbox, ours.access, 5.0
    theirs.restart()
    ours.deliver()
    theirs.resolve(incident)
    theirs.deliver(seconds=120)
    (new,) = [path for path in theirs.directory.glob("*.jsonl") if not (ours.directory / path.name).exists()]
    shutil.copy(new, ours.directory)
    merged = ours.deliver()

    assert ours.pages_of(incident) == [START]
    assert ours.statuses_of(incident) == ["resolved"]
    assert (merged.told, merged.left) == ((), ())
    assert [delivery.state for delivery in ours.incident(incident).deliveries] == ["delivered", "delivered"]
    assert verify(ours.directory).is_sound
