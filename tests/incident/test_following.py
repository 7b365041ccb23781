"""A ledger that is followed says what it says when it is read as a whole, whatever happens to its files meanwhile."""

import pytest
from incident.samples import draft, ledger_in

from sretool.incident.events import Acknowledged, Noted
from sretool.incident.following import Followed

FIRST, SECOND = "inc-20261128-aaaaa", "inc-20261128-bbbbb"


@pytest.fixture
def ledger(tmp_path):
    return ledger_in(tmp_path / "incidents")


def file_of(ledger):
    (path,) = ledger.directory.glob("*.jsonl")
    return path


def as_read(ledger):
    return {incident.incident_id: incident for incident in ledger.incidents()}


def test_what_is_new_is_read_and_says_whom_it_concerns(ledger):
    followed = Followed(ledger.directory)
    nobody = followed.refresh()
    ledger.append([draft(incident_id=FIRST), draft(incident_id=SECOND)])
    both = followed.refresh()
    ledger.append([draft(Acknowledged("ada"), FIRST)])
    one = followed.refresh()

    assert (nobody, both, one, followed.refresh()) == (set(), {FIRST, SECOND}, {FIRST}, set())
    assert followed.incidents == as_read(ledger)


def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(ledger):
    ledger.append([draft(incident_id=FIRST)])
    whole = file_of(ledger).read_bytes()
    followed = Followed(ledger.directory)
    for length in range(len(whole)):
        file_of(ledger).write_bytes(whole[:length])
        assert followed.refresh() == set()
    file_of(ledger).write_bytes(whole)

    assert followed.refresh() == {FIRST}


def test_a_file_that_git_has_replaced_is_read_anew(ledger):
    followed = Followed(ledger.directory)
    ledger.append([draft(incident_id=FIRST)])
    before = file_of(ledger).read_bytes()
    ledger.append([draft(Noted("a rather long note"), FIRST)])
    followed.refresh()
    file_of(ledger).write_bytes(before)
    followed.refresh()
    ledger.append([draft(incident_id=SECOND), draft(Acknowledged("grace"), FIRST)])
    followed.refresh()

    assert set(followed.incidents) == {FIRST, SECOND}
    assert followed.incidents[FIRST].acknowledgement is not None


def test_a_line_that_cannot_be_read_is_passed_over(ledger):
    ledger.append([draft(incident_id=FIRST)])
    with file_of(ledger).open("ab") as file:
        file.write(b"no JSON\n")
    followed = Followed(ledger.directory)

    assert followed.refresh() == {FIRST}


def test_one_incident_may_be_followed_without_the_others(ledger):
    ledger.append([draft(incident_id=FIRST), draft(incident_id=SECOND)])
    followed = Followed(ledger.directory, mentioning=SECOND)

    assert followed.refresh() == {SECOND}
    assert set(followed.incidents) == {SECOND}
