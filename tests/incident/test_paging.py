"""The real commands as processes, against a PagerDuty over TLS that fails as the real one does."""

from __future__ import annotations

import json
import signal
import time

import pytest
from cli.test_slo_live import ended_after
from incident.drill import CATALOG, PATIENT, UNREACHED, Drill, sandbox

LOST = {"fault": "lost"}
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def exported():
    with sandbox() as environment:
        yield environment


@pytest.fixture
def drill(exported, tmp_path):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "sretool.yaml").write_text("incidents: incidents\n")
    made = Drill(exported, tmp_path)
    with made.plain:
        made.fails()
        yield made


def eventually(holds):
    """Wait until something holds. That it never does is not a verdict, but a test that hangs."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.05)


def test_an_incident_is_paged_acknowledged_noted_and_resolved(drill):
    opened, incident, talked = drill.open("Orders fail")
    codes = [
        drill.run("ack", incident)[0],
        drill.run("note", incident, "it is the queue")[0],
        drill.run("resolve", incident, "-m", "drained it")[0],
    ]

    assert [opened, *codes] == [0, 0, 0, 0]
    assert f"PagerDuty: {incident} paged, https://" in talked
    found = drill.theirs(incident)
    assert (found["status"], found["title"], drill.pages(incident)) == ("resolved", "Orders fail", 1)
    assert [note["content"].splitlines()[0] for note in found["notes"]] == ["it is the queue", "drained it"]


def test_a_page_whose_answers_are_lost_stays_queued_and_comes_once(drill):
    _, incident, _ = drill.open("Orders fail", **UNREACHED)
    drill.fails(LOST)
    queued, _, talked = drill.run("deliver", "--seconds", "8")  # Time for several attempts, one of which gets there.
    drill.fails()
    delivered, said, _ = drill.run("deliver")

    assert (queued, delivered) == (75, 0)
    assert f"the page of {incident} failed" in talked
    assert f"{incident} paged, as an earlier attempt had been" in said
    assert drill.pages(incident) == 1


def test_while_nobody_answers_an_incident_is_queued_and_its_id_is_printed(drill):
    nowhere = dict.fromkeys(("SRETOOL_PAGERDUTY_URL", "SRETOOL_PAGERDUTY_EVENTS_URL"), "https://127.0.0.1:1")
    queued, incident, talked = drill.open("Orders fail", **nowhere)
    delivered, said, left = drill.run("deliver")

    assert (queued, delivered) == (75, 0)
    assert f"queued: the page of {incident} after" in talked
    assert "refuses the connection" in talked
    assert "sretool incident deliver goes on with it" in talked
    assert f"{incident} paged" in said
    assert left == "nothing is left to be told\n"
    assert drill.pages(incident) == 1


def test_a_command_that_is_killed_while_it_pages_leaves_one_page(drill):
    drill.fails({"fault": "slow", "seconds": "600"})
    opening = ("open", "--service", "shop", "--severity", "sev1", "--title", "Orders fail")
    process = drill.start(*opening, command=PATIENT)
    incident = process.stdout.readline().strip()
    eventually(lambda: drill.pages(incident) == 1)
    process.kill()
    process.communicate()
    left = drill.ledger()
    drill.fails()
    delivered, said, _ = drill.run("deliver")

    assert "delivery_tried" not in left
    assert (process.returncode, delivered) == (-signal.SIGKILL, 0)
    assert f"{incident} paged, as an earlier attempt had been" in said
    assert drill.pages(incident) == 1


def test_two_that_deliver_at_once_page_once(drill):
    incidents = [drill.open(f"incident {number}", **UNREACHED)[1] for number in range(3)]
    both = [drill.start("deliver") for _ in range(2)]
    for process in both:
        process.communicate()

    assert [process.returncode for process in both] == [0, 0]
    assert [drill.pages(incident) for incident in incidents] == [1, 1, 1]


def test_whoever_watches_tells_what_others_leave(drill):
    watching = drill.start("deliver", "--watch")
    _, incident, _ = drill.open("Orders fail", **UNREACHED)
    with ended_after(PATIENCE_SECONDS, watching):
        paged = watching.stdout.readline()
        drill.run("resolve", incident, **UNREACHED)
        resolved = watching.stdout.readline()
    status = drill.theirs(incident)["status"]
    watching.send_signal(signal.SIGINT)
    rest, talked = watching.communicate()

    assert (watching.returncode, rest, status, drill.pages(incident)) == (130, "", "resolved", 1)
    assert [line.split(maxsplit=2)[2].split(",")[0].strip() for line in (paged, resolved)] == ["paged", "resolved"]
    assert "Traceback" not in talked


def test_what_is_wrong_is_one_sentence_that_says_what_to_do_and_the_incident_is_recorded_all_the_same(drill):
    cases = {
        "SSL_CERT_FILE": ({"SSL_CERT_FILE": "", "PAGERDUTY_ROUTING_KEY": ""}, 75),
        "SRETOOL_PAGERDUTY_URL has no https URL": (UNREACHED, 2),
        "does not know the key in PAGERDUTY_API_KEY": ({"PAGERDUTY_API_KEY": "w" * 20, "PAGERDUTY_ROUTING_KEY": ""}, 2),
        "set PAGERDUTY_FROM": ({"PAGERDUTY_FROM": "", "PAGERDUTY_ROUTING_KEY": ""}, 2),
    }
    for words, (variables, code) in cases.items():
        ended, incident, talked = drill.open("Orders fail", **variables)

        (line,) = [line for line in talked.splitlines() if "deliver" in line]
        assert (ended, words in line) == (code, True), talked
        assert incident in drill.ledger()
        assert drill.pages(incident) == 0


def test_a_page_goes_out_whose_bytes_are_no_text(drill):
    code, incident, talked = drill.open("caf\udce9 fails")

    assert (code, drill.theirs(incident)["title"]) == (0, "caf\ufffd fails"), talked


def test_no_secret_is_in_anything_that_is_said_or_kept(drill):
    secrets = [drill.exported[name] for name in ("PAGERDUTY_API_KEY", "PAGERDUTY_ROUTING_KEY")]
    drill.fails({"fault": "5xx", "on": "rest"})
    said = [
        drill.open("Orders fail"),
        drill.open("Orders fail", PAGERDUTY_FROM="nobody@example.org"),
        drill.run("open", "--service", "shop", "--title", "Orders fail again", "--dry-run"),
        drill.run("deliver", "--dry-run"),
    ]
    texts = [text for _, *both in said for text in both] + [drill.ledger()]

    assert not [text for text in texts for secret in secrets if secret in text]
    assert "Authorization: Token token=***" in texts[4]
    assert '"routing_key": "***"' in texts[4]


def test_a_dry_run_changes_nothing(drill):
    before = drill.plain.get("/sandbox/incidents").json()
    code, said, talked = drill.run("open", "--service", "shop", "--title", "Orders fail", "--dry-run")

    assert code == 0
    assert said.startswith(f"POST {drill.exported['SRETOOL_PAGERDUTY_URL']}/incidents\n")
    assert "nothing is recorded" in talked
    assert drill.plain.get("/sandbox/incidents").json() == before
    assert not (drill.home / "incidents").exists()


def test_a_dry_run_as_json_is_the_requests_without_secrets(drill):
    drill.run("open", "--service", "shop", "--title", "a", SRETOOL_PAGERDUTY_URL="http://localhost")
    runs = [
        drill.run("open", "--service", "shop", "--title", "b", "--dry-run", "--output", "json"),
        drill.run("ack", "--dry-run", "--output", "json"),
        drill.run("deliver", "--dry-run", "--output", "json"),
    ]
    requests = [json.loads(said) for _, said, _ in runs]

    assert [code for code, _, _ in runs] == [0, 0, 0]
    assert requests[0][0]["headers"]["Authorization"] == "Token token=***"
    assert requests[0][0]["body"]["incident"]["title"] == "b"
    assert [request["if_it_fails"] for request in requests[0]] == [False, True]
    assert requests[2][-1]["body"]["routing_key"] == "***"
    keyless = {"PAGERDUTY_API_KEY": "", "PAGERDUTY_ROUTING_KEY": ""}
    assert json.loads(drill.run("resolve", "--dry-run", "--output", "json", **keyless)[1]) == []


def test_what_was_delivered_as_json(drill):
    _, incident, _ = drill.open("Orders fail", **UNREACHED)
    _, said, _ = drill.run("deliver", "--output", "json")

    found = json.loads(said)
    assert [(one["incident"], one["action"], one["outcome"]) for one in found["told"]] == [
        (incident, "trigger", "delivered")
    ]
    assert (found["left"], found["refused"]) == ([], [])
