"""The outbox against the sandbox's record of whom it woke, on a clock that nobody waits for."""

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from incident.night import START, Night, outcomes

from sretool.incident.deliver import Wish, deliver
from sretool.incident.ledger import Ledger, Unwritable
from sretool.incident.locking import locked
from sretool.incident.outbox import Delivered, Held, Later, Refused, Superseded
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.pagerduty.wire import Wire
from sretool.incident.sandbox.faults import Fault


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path / "incidents")


def test_an_incident_is_paged_acknowledged_noted_and_resolved_in_this_order(night):
    incident = night.open()
    paged = night.deliver()
    night.acknowledge(incident)
    acknowledged = night.deliver()
    night.note(incident)
    night.resolve(incident, "restarted it")
    resolved = night.deliver()

    assert outcomes(paged) + outcomes(acknowledged) + outcomes(resolved) == [
        ("trigger", "Delivered"),
        ("acknowledge", "Delivered"),
        ("note", "Delivered"),
        ("resolve", "Delivered"),
    ]
    assert night.pages_of(incident) == [START]
    assert night.statuses_of(incident) == ["resolved"]
    assert [text.splitlines()[0] for text in night.notes_of(incident)] == ["the disk is full", "restarted it"]


def test_what_was_told_is_not_told_again(night):
    incident = night.open()
    night.deliver()
    night.restart()

    assert night.deliver().told == ()
    assert len(night.pages_of(incident)) == 1


def test_an_empty_ledger_has_nothing_to_tell_and_no_directory_is_made(night):
    report = night.deliver()

    assert (report.told, report.left, report.refused) == ((), (), ())
    assert not night.directory.exists()


def test_a_page_whose_answer_is_lost_is_found_and_not_sent_again(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    night.fails(Fault("lost", on="rest"))
    incident = night.open()
    lost = night.deliver(seconds=1.5)
    night.fails()
    night.restart()
    found = night.deliver()

    assert outcomes(lost)[-1] == ("trigger", "Later")
    assert outcomes(found) == [("trigger", "Delivered")]
    assert night.pages_of(incident) == [START]


def test_when_the_rest_api_fails_the_events_api_pages_with_the_same_key(night):
    night.fails(Fault("5xx", on="rest"))
    incident = night.open()
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Delivered")]
    assert report.told[0].result.route == "events"
    assert len(night.pages_of(incident)) == 1


def test_what_the_events_api_opened_is_resolved_by_its_id_once_the_rest_api_is_back(night):
    night.fails(Fault("5xx", on="rest"))
    incident = night.open()
    night.deliver()
    night.fails()
    night.resolve(incident, "it was the disk")
    report = night.deliver()

    assert report.told[-1].result.route == "rest"
    assert night.statuses_of(incident) == ["resolved"]
    assert night.notes_of(incident) == ["it was the disk"]


def test_what_the_rest_api_opened_is_never_resolved_by_an_event_which_would_be_dropped(tmp_path):
    night = Night(tmp_path / "incidents", shares_keys=False)
    incident = night.open()
    night.deliver()
    night.resolve(incident)
    night.fails(Fault("5xx", on="rest"))
    failed = night.deliver()
    night.fails()
    told = night.deliver(60)

    assert {outcome for _, outcome in outcomes(failed)} == {"Later"}
    assert outcomes(told) == [("resolve", "Delivered")]
    assert night.statuses_of(incident) == ["resolved"]


def test_an_incident_that_was_resolved_before_it_could_be_told_pages_nobody(night):
    night.fails(Fault("5xx"))
    incident = night.open()
    night.deliver()
    night.acknowledge(incident)
    night.resolve(incident)
    night.fails()
    night.seconds += 3_600
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Superseded"), ("acknowledge", "Superseded"), ("resolve", "Superseded")]
    assert night.pages_of(incident) == []


def test_a_page_that_may_be_under_way_is_looked_for_a_minute_later_before_it_is_given_up(night):
    night.fails(Fault("5xx"))
    incident = night.open()
    night.deliver(seconds=2)
    night.resolve(incident)
    night.fails()
    report = night.deliver(seconds=120)

    assert outcomes(report) == [("trigger", "Superseded"), ("resolve", "Later"), ("resolve", "Superseded")]
    assert timedelta(seconds=60) <= night.now() - START <= timedelta(seconds=65)


def test_a_page_that_went_out_unseen_is_resolved_and_not_sent_again(night):
    night.fails(Fault("lost"))
    incident = night.open()
    night.deliver(seconds=2)
    night.resolve(incident)
    night.fails()
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Superseded"), ("resolve", "Delivered")]
    assert len(night.pages_of(incident)) == 1
    assert set(night.statuses_of(incident)) == {"resolved"}


def test_what_fails_is_tried_again_after_pauses_that_double_up_to_a_minute(night):
    night.fails(Fault("5xx"))
    night.open()
    night.chance = 1.0
    report = night.deliver(seconds=400)
    attempts = [told.delivery.attempts for told in report.told][-1]
    pauses = [(later - earlier).total_seconds() for (earlier, _), (later, _) in pairwise(attempts)]

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_a_server_that_says_when_to_come_back_is_not_asked_before(night):
    night.fails(Fault("429", until=START + timedelta(seconds=50)))
    incident = night.open()
    night.seconds = 20.0  # The sandbox's minute ends 40 s later.
    report = night.deliver(seconds=60)

    assert outcomes(report) == [("trigger", "Later"), ("trigger", "Delivered")]
    assert night.pages_of(incident) == [START + timedelta(seconds=60)]


def test_nobody_waits_in_vain_when_the_next_attempt_would_come_too_late(night):
    night.fails(Fault("429"))
    night.open()
    report = night.deliver(seconds=10)

    assert len(report.told) == 1
    assert night.seconds == 0
    assert len(report.left) == 1


def test_what_is_missing_is_named_before_anything_is_sent(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    incident = night.open()
    night.access = replace(night.access, sender="")
    night.restart()
    report = night.deliver()

    assert isinstance(report.told[0].result, Held)
    assert "PAGERDUTY_FROM" in report.told[0].result.words
    assert night.sandbox.seen == 0
    assert night.incident(incident).deliveries[0].attempts == ()


def test_what_was_missing_is_looked_at_again_once_something_else_happens(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    incident = night.open(service="nowhere")
    heard = []
    night.at_sleep = lambda: night.seconds > 5 and not night.incident(incident).resolution and night.resolve(incident)
    deliver(night.deliverer, Wish(watch=True), until=200, heard=heard.append)

    assert [type(told.result) for told in heard] == [Held, Superseded, Later, Superseded]
    assert night.pages_of(incident) == []


def test_a_page_that_is_refused_holds_back_what_would_follow_until_somebody_asks_for_it_again(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    night.sandbox.account.services = ()
    incident = night.open()
    refused = night.deliver()
    night.acknowledge(incident)
    waiting = night.deliver()
    night.sandbox.account.services = night.services
    told = night.deliver(wish=Wish(again=True))

    assert [type(each.result) for each in refused.told] == [Refused]
    assert waiting.told == ()
    assert [page.delivery_id for _, page in waiting.refused] == [refused.told[0].delivery.delivery_id]
    assert outcomes(told) == [("trigger", "Delivered"), ("acknowledge", "Delivered")]
    assert night.statuses_of(incident) == ["acknowledged"]


def test_a_refused_page_is_tried_once_more_and_not_for_ever(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    night.sandbox.account.services = ()
    night.open()
    night.deliver()
    report = night.deliver(wish=Wish(again=True))

    assert outcomes(report) == [("trigger", "Refused")]


def test_one_incident_may_be_told_without_the_others(night):
    first, second = night.open("first"), night.open("second")
    night.deliver(wish=Wish(second))

    assert (len(night.pages_of(first)), len(night.pages_of(second))) == (0, 1)


def test_whoever_was_never_tried_comes_before_those_that_failed(night):
    night.fails(Fault("5xx"))
    old = night.open("old")
    opened = []
    night.at_sleep = lambda: opened or opened.append(night.open("new"))
    report = night.deliver(seconds=1.5)

    assert [told.incident.incident_id for told in report.told] == [old, opened[0], old]


def test_while_another_delivers_this_one_waits_and_then_finds_it_told(night):
    incident = night.open()

    def told_by_another():
        night.at_sleep = lambda: None
        lock.__exit__(None, None, None)
        night.restart()
        night.deliver()

    lock = locked(night.directory / ".deliver.lock", seconds_max=0)
    lock.__enter__()
    night.at_sleep = told_by_another
    report = night.deliver()

    assert report.told == ()
    assert report.left == ()
    assert len(night.pages_of(incident)) == 1


def test_two_clones_of_a_ledger_that_both_deliver_page_once(night, tmp_path):
    incident = night.open()
    shutil.copytree(night.directory, tmp_path / "clone")
    clone = replace(night.deliverer, ledger=Ledger(tmp_path / "clone", now=night.now))
    deliver(clone, Wish(), until=10)
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Delivered")]
    assert len(night.pages_of(incident)) == 1


def test_a_deliverer_that_hangs_lets_the_others_give_up_in_time(night):
    night.open()
    with locked(night.directory / ".deliver.lock", seconds_max=0):
        report = night.deliver(seconds=10)

    assert report.told == ()
    assert len(report.left) == 1
    assert night.seconds == pytest.approx(9.5, abs=0.1)


def test_an_attempt_that_cannot_be_recorded_is_looked_for_the_next_time(night, monkeypatch):
    incident = night.open()
    monkeypatch.setattr(night.ledger, "append", _full_disk)
    with pytest.raises(Unwritable):
        night.deliver()
    monkeypatch.undo()
    night.restart()
    report = night.deliver()

    assert outcomes(report) == [("trigger", "Delivered")]
    assert len(night.pages_of(incident)) == 1


def test_a_note_whose_answer_is_lost_is_written_once(night):
    incident = night.open()
    night.deliver()
    night.note(incident)
    night.fails(Fault("lost", on="rest"))
    night.deliver(seconds=2)
    night.fails()
    night.deliver(60)

    assert len(night.notes_of(incident)) == 1


def test_a_note_that_was_written_unseen_is_not_written_twice(night):
    incident = night.open()
    night.deliver()
    night.note(incident)
    night.wire_of = LosesNotes
    night.restart()
    lost = night.deliver(seconds=1)
    night.wire_of = lambda wire: wire
    night.restart()
    told = night.deliver(60)

    assert outcomes(lost) == [("note", "Later")]
    assert [each.result.words for each in told.told] == ["it was noted already"]
    assert len(night.notes_of(incident)) == 1


def test_what_people_resolved_at_pagerduty_before_we_heard_of_the_page_wakes_nobody_again(tmp_path):
    night = Night(tmp_path / "incidents", has_events=False)
    night.fails(Fault("lost"))
    incident = night.open()
    night.deliver(seconds=1)
    night.fails()
    for one in list(night.sandbox.account.incidents.values()):
        night.sandbox.account.resolve(one, by="grace", now=night.now())
    night.restart()
    report = night.deliver(60)

    assert outcomes(report) == [("trigger", "Delivered")]
    assert len(night.pages_of(incident)) == 1


def test_an_incident_that_people_resolved_at_pagerduty_is_resolved(night):
    incident = night.open()
    night.deliver()
    for one in list(night.sandbox.account.incidents.values()):
        night.sandbox.account.resolve(one, by="grace", now=night.now())
    night.acknowledge(incident)
    night.deliver()
    night.resolve(incident)
    report = night.deliver()

    assert [told.result.words for told in report.told] == ["resolved already"]
    assert isinstance(report.told[0].result, Delivered)


def test_an_answer_later_than_anybody_waits_for_is_no_answer(night):
    night.fails(Fault("slow", seconds=30))
    incident = night.open()
    report = night.deliver(seconds=1)
    night.fails()
    night.deliver(60)

    assert isinstance(report.told[0].result, Later)
    assert len(night.pages_of(incident)) == 1


@dataclass
class LosesNotes:
    """A wire on which a note arrives, and its answer does not."""

    wire: Wire

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        met = self.wire.ask(call, seconds=seconds)
        is_note = call.method == "POST" and call.path.endswith("/notes")
        return Silence("it is lost", may_be_done=True) if is_note else met


def _full_disk(_drafts):
    raise Unwritable("incidents/x.jsonl: No space left on device")
