"""The incident ledger on a disk that behaves: what is appended is read, in order, whoever wrote it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from incident.samples import HAPPENINGS, NIGHT, OPENED, Clock, dice, draft, ledger_in

from sretool.incident.codec import decode
from sretool.incident.events import Acknowledged, Noted, Opened, Resolved
from sretool.incident.ledger import Draft, Ledger, files_of
from sretool.incident.lines import fields_of, is_whole

ONE = "inc-20261128-aaaaa"
OTHER = "inc-20261128-bbbbb"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "incidents"


def lines(directory: Path) -> list[bytes]:
    return [line for path in files_of(directory) for line in path.read_bytes().splitlines()]


def git(where: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=where, check=True, capture_output=True)


def test_where_nobody_has_written_there_is_nothing_and_nothing_is_made(directory: Path):
    assert (Ledger(directory).events(), Ledger(directory).incidents()) == ((), ())
    assert not directory.exists()


def test_what_is_appended_is_read_again_by_whoever_comes(directory: Path):
    recorded = ledger_in(directory).append([draft(happening) for happening in HAPPENINGS])

    assert Ledger(directory).events() == recorded
    assert tuple(event.happening for event in recorded) == HAPPENINGS


def test_nothing_to_record_makes_no_file(directory: Path):
    assert ledger_in(directory).append([]) == ()
    assert files_of(directory) == []


def test_each_line_is_an_event_numbered_chained_and_sealed(directory: Path):
    for text in ("one", "two", "three"):
        ledger_in(directory).append([draft(Noted(text))])

    found = [fields_of(line) for line in lines(directory)]
    assert [one["seq"] for one in found] == [1, 2, 3]
    assert [one["prev"] for one in found] == ["0" * 64, found[0]["hash"], found[1]["hash"]]
    assert all(is_whole(line) for line in lines(directory))
    assert [decode(one).happening for one in found] == [Noted("one"), Noted("two"), Noted("three")]


def test_the_hash_of_a_line_is_that_of_sha256sum_over_what_stands_before_it(directory: Path):
    ledger_in(directory).append([draft()])

    line = lines(directory)[0]
    head = line[: line.rindex(b',"hash":')]
    summed = subprocess.run(["sha256sum"], input=head, capture_output=True, check=True).stdout.split()[0]
    assert fields_of(line)["hash"].encode() == summed


def test_an_event_without_an_instant_of_its_own_is_of_its_recording(directory: Path):
    event = ledger_in(directory).append([draft()])[0]

    assert (event.occurred_at_utc, event.recorded_at_utc) == (NIGHT, NIGHT)


def test_an_event_may_be_of_earlier_but_never_of_later(directory: Path):
    earlier, later = NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=1)

    events = ledger_in(directory).append(
        [Draft(ONE, OPENED, occurred_at=earlier), Draft(ONE, Noted("x"), occurred_at=later)]
    )
    assert [event.occurred_at_utc for event in events] == [earlier, NIGHT]


def test_a_clock_that_steps_back_changes_no_order(directory: Path):
    clock = Clock()
    ledger = ledger_in(directory, clock)
    texts = [str(number) for number in range(20)]
    for number, text in enumerate(texts):
        clock.now = NIGHT + timedelta(seconds=number % 3 - 86_400 * (number % 2))
        ledger.append([draft(Noted(text))])

    events = ledger.events()
    assert [event.happening for event in events] == [Noted(text) for text in texts]
    assert sorted(event.event_id for event in events) == [event.event_id for event in events]
    assert sorted(event.recorded_at_utc for event in events) == [event.recorded_at_utc for event in events]


def test_events_of_the_same_millisecond_have_growing_ids(directory: Path):
    ids = [event.event_id for event in ledger_in(directory).append([draft()] * 50)]

    assert sorted(set(ids)) == ids


def test_the_first_ten_letters_of_an_id_are_the_time_of_its_recording(directory: Path):
    event = Ledger(directory, now=lambda: datetime.fromtimestamp(1_469_918_176.385, UTC)).append([draft()])[0]

    assert event.event_id.startswith("01ARYZ6S41")  # The example of the ULID specification.


def test_what_is_decided_on_how_all_stands_is_recorded(directory: Path):
    ledger = ledger_in(directory)
    ledger.append([draft(incident_id=ONE), draft(incident_id=OTHER)])

    ledger.append_if(lambda found: [draft(Resolved(one.title), one.incident_id) for one in found])
    assert [incident.status for incident in ledger.incidents()] == ["resolved", "resolved"]


def test_what_is_decided_on_how_one_stands_sees_nothing_of_the_others(directory: Path):
    ledger = ledger_in(directory)
    ledger.append([draft(incident_id=ONE), draft(Opened("Other", "sev3", ""), OTHER)])

    ledger.append_to(OTHER, lambda found: [draft(Acknowledged(found.title if found else ""), OTHER)])
    assert ledger.append_to("inc-20261128-zzzzz", lambda found: [] if found is None else [draft()]) == ()
    assert [incident.status for incident in ledger.incidents()] == ["open", "acknowledged"]


def test_one_incident_is_found_without_the_others(directory: Path):
    ledger = ledger_in(directory)
    ledger.append([draft(incident_id=ONE), draft(Noted(f"as in {ONE}"), OTHER), draft(incident_id=OTHER)])

    found = ledger.incident(ONE)
    assert found is not None
    assert [event.happening for event in found.events] == [OPENED]
    assert ledger.incident("inc-20261128-zzzzz") is None


def test_what_is_open_about_a_text_is_found_without_what_is_over_or_about_another(directory: Path):
    ledger = ledger_in(directory)
    names = [f"inc-20261128-aaaa{letter}" for letter in "abcde"]
    ledger.append([draft(incident_id=name) for name in names[:3]])
    ledger.append([draft(replace(OPENED, slo="shop/latency"), names[3]), draft(Resolved(""), names[0])])
    ledger.append([draft(Noted('"shop/availability" and "kind":"resolved","what"'), name) for name in names[1:4]])
    (file,) = directory.glob("*.jsonl")
    (directory / "copy.jsonl").write_bytes(file.read_bytes() + b'{"kind":"opened","what":"shop/availability"}\n')

    assert [one.incident_id for one in ledger.unresolved("shop/availability")] == names[1:3]
    assert [len(one.events) for one in ledger.unresolved("shop/availability")] == [2, 2]
    assert ledger.unresolved("availability") == ()


def test_an_id_is_given_once(directory: Path):
    ledger = Ledger(directory, now=Clock(), random=dice())
    ledger.append([draft(incident_id=name) for name in ("inc-20261128-00001", "inc-20261128-00003")])

    again = Ledger(directory, now=Clock(), random=dice())
    assert [again.free_id(NIGHT) for _ in range(2)] == ["inc-20261128-00002", "inc-20261128-00004"]


def test_git_sees_the_events_and_nothing_of_this_clone_alone(directory: Path):
    ledger_in(directory).append([draft()])
    git(directory, "init")

    shown = subprocess.run(
        ["git", "ls-files", "-o", "--exclude-standard"], cwd=directory, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == [".gitignore", files_of(directory)[0].name]


def test_a_copied_directory_is_written_by_somebody_else(directory: Path, tmp_path: Path):
    ledger_in(directory).append([draft()])
    shutil.copytree(directory, tmp_path / "copy")

    ledger_in(tmp_path / "copy").append([draft(Noted("in the copy"))])
    assert [path.read_bytes().count(b"\n") for path in files_of(tmp_path / "copy")] == [1, 1]


def test_a_directory_of_another_host_is_written_by_somebody_else(directory: Path):
    ledger_in(directory).append([draft()])
    marker = directory / ".writer"
    with marker.open("r+") as file:
        said = file.read().replace(os.uname().nodename, "x" * len(os.uname().nodename))
        file.seek(0)
        file.write(said)

    ledger_in(directory).append([draft()])
    assert len(files_of(directory)) == 2


@pytest.mark.parametrize("said", ["", "{", "[]", '{"writer": 3}', "\x00" * 256], ids=repr)
def test_a_marker_that_says_nothing_makes_another_writer(directory: Path, said: str):
    ledger_in(directory).append([draft()])
    (directory / ".writer").write_text(said)

    ledger_in(directory).append([draft(Noted("two"))])
    assert (len(files_of(directory)), len(Ledger(directory).events())) == (2, 2)


def test_two_clones_are_merged_by_git_without_a_conflict(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    clock = Clock()
    ledger_in(here / "incidents", clock).append([draft()])
    git(here, "init")
    git(here, "add", ".")
    git(here, "commit", "-m", "one")
    git(tmp_path, "clone", "here", "there")
    for number, (clone, text) in enumerate(
        [(here, "here 1"), (there, "there 1"), (here, "here 2"), (there, "there 2")]
    ):
        clock.now = NIGHT + timedelta(minutes=number)
        ledger_in(clone / "incidents", clock).append([draft(Noted(text))])
        git(clone, "add", ".")
        git(clone, "commit", "-m", text)

    git(here, "pull", "--no-rebase", str(there), "HEAD")
    events = Ledger(here / "incidents").events()
    assert [event.happening for event in events] == [OPENED, *map(Noted, ("here 1", "there 1", "here 2", "there 2"))]


def test_a_branch_on_which_the_file_is_shorter_gets_a_file_of_its_own(tmp_path: Path):
    ledger = ledger_in(tmp_path / "incidents")
    ledger.append([draft()])
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "branch", "other")
    ledger.append([draft(Noted("on main"))])
    git(tmp_path, "commit", "-am", "two")

    git(tmp_path, "checkout", "other")
    ledger.append([draft(Noted("on the other branch"))])
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "three")
    git(tmp_path, "merge", "main")

    assert {event.happening for event in ledger.events()} == {OPENED, Noted("on main"), Noted("on the other branch")}


def test_an_event_that_stands_in_two_files_happened_once(directory: Path):
    ledger_in(directory).append([draft()])
    shutil.copy(files_of(directory)[0], directory / "copy.jsonl")

    assert len(Ledger(directory).events()) == 1
