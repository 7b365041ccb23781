"""What one delivery must not do to the others, whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident.between import Ask, answers, night_in
from incident.night import SENDER, Night, outcomes

from sretool.incident.deliver import Wish
from sretool.incident.outbox import still_to_send
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.sandbox.faults import Fault
from sretool.incident.tidings import seen_to_by_others, verdict


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return night_in(tmp_path)


def test_a_bug_of_ours_with_one_incident_keeps_no_other_from_being_paged(tmp_path: Path):
    def stumble(call: Call, ask: Ask) -> Reply | Silence:
        if "cursed" in str(call.body):
            raise RuntimeError("Authorization: Token token=secret")
        return ask()

    night = night_in(tmp_path, stumble)
    night.open("cursed")
    sound = night.open()
    report = night.deliver()

    assert sorted(outcomes(report)) == [("trigger", "Broken"), ("trigger", "Delivered")]
    assert verdict(report) == "broken"
    assert [incident.title for incident, _ in report.left] == ["cursed"]
    assert len(night.pages_of(sound)) == 1
    (words,) = [told.result.words for told in report.told if told.incident.title == "cursed"]
    assert words.startswith("this is a bug of ours (RuntimeError at sretool.incident.")
    assert "secret" not in "".join(path.read_text("utf-8") for path in night.directory.glob("*.jsonl"))


def test_a_note_that_cannot_be_told_holds_up_no_resolution(night: Night):
    night.fails(Fault("429", on="rest"))
    incident = night.open()
    night.deliver()
    night.note(incident)
    night.resolve(incident)
    report = night.deliver()
    night.fails()
    afterwards = night.deliver(seconds=120)

    assert outcomes(report)[:2] == [("note", "Later"), ("resolve", "Delivered")]
    assert night.statuses_of(incident) == ["resolved"]
    assert outcomes(afterwards) == [("note", "Delivered")]


def test_notes_keep_their_order_also_when_the_first_failed(night: Night):
    incident = night.open()
    night.deliver()
    night.fails(Fault("5xx"))
    night.note(incident, "first")
    night.note(incident, "second")
    night.deliver(seconds=2)
    night.fails()
    night.seconds += 60
    night.deliver()

    assert [text.splitlines()[0] for text in night.notes_of(incident)] == ["first", "second"]


def test_a_note_on_what_the_events_api_took_and_dropped_is_given_up_after_a_minute(tmp_path: Path):
    night = night_in(tmp_path, answers(Reply(202, {"status": "success"}), path="/v2/enqueue"))
    night.fails(Fault("5xx", on="rest"))
    incident = night.open()
    night.deliver()
    night.fails()
    night.note(incident)
    night.resolve(incident)
    report = night.deliver(seconds=120)

    assert report.left == ()
    assert {("note", "Superseded"), ("resolve", "Superseded")} <= set(outcomes(report))


def test_a_resolution_that_pagerduty_refuses_is_named_at_each_run_until_it_is_taken(night: Night):
    incident = night.open()
    night.deliver()
    night.access = replace(night.access, sender="nobody@example.org")
    night.restart()
    night.resolve(incident)
    refused, again = night.deliver(), night.deliver()
    night.access = replace(night.access, sender=SENDER)
    night.restart()
    mended = night.deliver(wish=Wish(again=True))

    for report in (refused, again):
        assert [delivery.action for _, delivery in report.refused] == ["resolve"]
    assert (mended.refused, outcomes(mended)) == ((), [("resolve", "Delivered")])
    assert night.statuses_of(incident) == ["resolved"]


def another_sandbox(night: Night) -> None:
    """The drill is over, and another one knows nothing of it."""
    night.sandbox.account.incidents.clear()


def test_what_a_resolved_incident_owes_to_a_sandbox_that_is_gone_is_given_up_at_the_second_try(night: Night):
    incident = night.open()
    night.deliver()
    another_sandbox(night)
    night.seconds += 3_600
    night.acknowledge(incident)
    refused = [night.deliver()]
    night.note(incident)
    night.resolve(incident, "it was a drill")
    refused += [night.deliver(), night.deliver()]
    given_up, afterwards = night.deliver(wish=Wish(again=True)), night.deliver()

    assert [verdict(report) for report in refused] == ["refused", "refused", "refused"]
    assert set(outcomes(given_up)) == {(action, "Superseded") for action in ("acknowledge", "note", "resolve")}
    assert (verdict(given_up), given_up.refused) == ("told", ())
    assert (verdict(afterwards), afterwards.told) == ("told", ())


def test_what_a_drill_has_left_is_nothing_to_an_incident_of_the_next_one(tmp_path: Path):
    first, second = Night(tmp_path / "first"), Night(tmp_path / "second")
    left = first.open()
    first.deliver()
    going_on = second.open()
    second.deliver()
    first.resolve(left)
    first.sandbox, first.access = second.sandbox, second.access
    first.restart()
    first.deliver()

    assert second.statuses_of(going_on) == ["triggered"]


def test_what_is_resolved_at_another_account_by_mistake_is_told_once_the_right_key_is_set(night: Night):
    incident = night.open()
    night.deliver()
    theirs = dict(night.sandbox.account.incidents)
    another_sandbox(night)
    night.seconds += 3_600
    night.resolve(incident)
    mistaken = night.deliver()
    night.sandbox.account.incidents |= theirs
    told = night.deliver(wish=Wish(again=True))

    assert [delivery.action for _, delivery in mistaken.refused] == ["resolve"]
    assert "see whether the keys are of another account" in mistaken.told[-1].result.words
    assert outcomes(told) == [("resolve", "Delivered")]
    assert night.statuses_of(incident) == ["resolved"]


def test_an_open_incident_that_pagerduty_does_not_have_stays_refused(night: Night):
    """Somebody may sleep on."""
    incident = night.open()
    night.deliver()
    another_sandbox(night)
    night.seconds += 3_600
    night.acknowledge(incident)
    night.deliver()
    report = night.deliver(wish=Wish(again=True))

    assert [delivery.action for _, delivery in report.refused] == ["acknowledge"]


def test_in_the_minute_after_a_page_what_is_gone_is_looked_for_once_more_and_then_given_up(night: Night):
    incident = night.open()
    night.deliver()
    another_sandbox(night)
    night.resolve(incident)
    night.deliver()
    report = night.deliver(seconds=120, wish=Wish(again=True))

    assert outcomes(report) == [("resolve", "Later"), ("resolve", "Superseded")]
    assert (verdict(report), report.left) == ("told", ())


def test_a_note_on_what_is_still_to_be_paged_is_still_to_be_sent_unless_it_is_over(night: Night):
    incident = night.open()
    night.note(incident)
    queued = still_to_send(night.incident(incident))
    night.resolve(incident)
    over = still_to_send(night.incident(incident))

    assert [delivery.action for delivery in queued] == ["trigger", "note"]
    assert [delivery.action for delivery in over] == ["resolve"]


def test_who_opens_is_told_of_the_page_that_a_receiver_has_sent_meanwhile(night: Night):
    incident = night.open()
    asked = frozenset(delivery.delivery_id for delivery in night.incident(incident).deliveries)
    theirs = night.deliver()
    ours = night.deliver(wish=Wish(incident, asked))

    (line,) = seen_to_by_others(night.incident(incident), asked, ours)
    assert line.startswith(f"PagerDuty: {incident} paged, https://")
    assert line.endswith(", told by another sretool process (from-alert --listen, or deliver)")
    assert list(seen_to_by_others(night.incident(incident), asked, theirs)) == []
