"""`sretool incident ...` as its user sees it, on the incident ledger alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.shop import PAGE, SPEC, Shop
from prometheus.fake import hang_up, reply, serving

from sretool.cli.incident.shown import whole_json
from sretool.clock import now
from sretool.incident.acting import Author, open_incident
from sretool.incident.events import Severity
from sretool.incident.ledger import Ledger

# The same commands, for which an answer of Prometheus may take as long as a busy machine takes for it.
PATIENT = (
    sys.executable,
    "-c",
    "from sretool.incident import looking; looking.SECONDS_MAX = 600.0; from sretool.cli.main import run; run()",
)
ID = re.compile(r"inc-[0-9]{8}-[0-9a-z]{5}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sretool.yaml").write_text("incidents: incidents\n")
    return tmp_path


def incident(home: Path, *arguments: str, said: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SRETOOL_", "PAGERDUTY_", "COLUMNS"))
    }
    is_asking = "SRETOOL_PROMETHEUS_URL" in variables
    command = [*(PATIENT if is_asking else (sys.executable, "-m", "sretool")), "incident", *arguments]
    environment = kept | {"SRETOOL_ACTOR": "ada", "COLUMNS": "200"} | variables
    return subprocess.run(command, cwd=home, env=environment, input=said, capture_output=True, text=True, check=False)


def opened(home: Path, *arguments: str) -> str:
    done = incident(home, "open", *(arguments or ("--title", "Orders fail")))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def recorded(home: Path, title: str = "Orders fail", *, severity: Severity | None = None) -> str:
    """The id of an incident that was opened before: as `open` records it, without what it asks and says then."""
    ledger, author = Ledger(home / "incidents"), Author("ada", "desk")
    return open_incident(ledger, author, now=now(), title=title, severity=severity).incident_id


def shown(home: Path, which: str) -> dict:
    found = Ledger(home / "incidents").incident(which)
    assert found is not None
    return json.loads(whole_json(found))


def kinds(found: dict) -> list[str]:
    return [event["kind"] for event in found["events"]]


def test_an_incident_from_its_opening_to_its_end(home: Path):
    name = opened(home)
    for arguments in (("ack",), ("note", "it is the queue"), ("resolve", "-m", "rolled back")):
        done = incident(home, *arguments)
        assert (done.returncode, name in done.stdout) == (0, True), done.stderr

    found = json.loads(incident(home, "show", name, "--output", "json").stdout)
    assert (found["title"], found["status"], found["resolution"]) == ("Orders fail", "resolved", "rolled back")
    assert kinds(found) == ["opened", "snapshot", "acknowledged", "noted", "resolved"]
    assert found["acknowledged_by"] == "ada"


def test_what_open_prints_is_the_id_and_nothing_else(home: Path):
    done = incident(home, "open", "--title", "Orders fail")

    assert ID.fullmatch(done.stdout.rstrip("\n"))
    assert "PagerDuty is not told" in done.stderr


def test_an_incident_needs_words_or_an_slo(home: Path):
    done = incident(home, "open")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--title" in done.stderr
    assert not (home / "incidents").exists()


def test_a_severity_that_is_given_stays(home: Path):
    found = shown(home, opened(home, "--title", "x", "--severity", "sev1"))

    assert (found["severity"], found["severity_reason"]) == ("sev1", "ada said so")


def test_a_severity_is_changed_by_who_knows_better(home: Path):
    name = opened(home)
    said = [
        incident(home, "severity", "sev1", "--reason", "nobody can pay"),
        incident(home, "severity", name[-5:], "SEV1", "--reason", "nobody can pay"),
        incident(home, "severity", name, "sev1"),  # No reason takes none away.
        incident(home, "severity", name, "sev3"),
    ]

    assert [done.returncode for done in said] == [0, 0, 0, 0]
    assert f"{name} is sev1 from now on\n" in said[0].stderr
    assert ["nothing was recorded" in done.stderr for done in said] == [False, True, True, False]
    found = shown(home, name)
    assert kinds(found) == ["opened", "snapshot", "severity_set", "severity_set"]
    assert found["events"][2]["what"] == {"severity": "sev1", "reason": "nobody can pay"}
    assert (found["severity"], found["severity_reason"]) == ("sev3", "ada said so")


@pytest.mark.parametrize("words", [("sev5",), ("sev1", "sev2", "sev3"), ("7k3qd",), ("zzzzz", "sev1")], ids=" ".join)
def test_what_is_no_severity_is_refused(home: Path, words: tuple[str, ...]):
    name = recorded(home)

    assert incident(home, "severity", *words).returncode == 2
    assert kinds(shown(home, name)) == ["opened"]


@pytest.mark.parametrize("part", [slice(-5, None), slice(-2, None), slice(0, -2), slice(13, 16)], ids=str)
def test_an_incident_is_meant_by_any_end_of_its_id(home: Path, part: slice):
    name = recorded(home)

    assert incident(home, "ack", name[part].upper()).stdout.startswith(name)


def test_where_two_are_open_one_has_to_be_named(home: Path):
    names = [recorded(home, title) for title in ("Orders fail", "Payments fail")]

    done = incident(home, "ack")
    assert (done.returncode, done.stdout) == (2, "")
    assert all(name in done.stderr for name in names)
    assert incident(home, "ack", "inc-").returncode == 2
    assert incident(home, "ack", names[1]).returncode == 0


def test_where_none_is_open_or_none_is_called_so_that_is_said(home: Path):
    assert "no incident is open" in incident(home, "ack").stderr
    recorded(home)
    for wrong in ("inc-20200101-aaaaa", "zzzzzz", ""):
        done = incident(home, "ack", wrong)
        assert (done.returncode, "no incident is called" in done.stderr) == (2, True), wrong


def test_doing_the_same_again_records_nothing(home: Path):
    name = recorded(home)
    for verb in ("ack", "ack", "resolve", "resolve"):
        assert incident(home, verb, name).returncode == 0

    assert kinds(shown(home, name)) == ["opened", "acknowledged", "resolved"]


def test_what_is_resolved_is_not_acknowledged_any_more_but_may_be_noted(home: Path):
    name = recorded(home)
    incident(home, "resolve", name)

    done = incident(home, "ack", name)
    assert (done.returncode, "is resolved" in done.stderr) == (2, True)
    assert incident(home, "note", name, "it was the queue").returncode == 0


def test_a_note_is_read_from_standard_input(home: Path):
    name = recorded(home)
    incident(home, "note", name, "-", said="pod a: killed\npod b: ✓\n")

    assert shown(home, name)["events"][-1]["what"] == {"text": "pod a: killed\npod b: ✓"}


@pytest.mark.parametrize(
    ("arguments", "said", "words"),
    [
        (("",), "", "a note needs words"),
        (("-",), "", "a note needs words"),
        (("one", "two", "three"), "", "put it in quotes"),
        (("-",), "x" * 25_001, "at most 25000 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_note_that_is_none_is_refused(home: Path, arguments: tuple[str, ...], said: str, words: str):
    recorded(home)

    done = incident(home, "note", *arguments, said=said)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


@pytest.mark.parametrize("others", [0, 1])
def test_a_note_that_is_an_incidents_name_is_refused_for_its_words_were_forgotten(home: Path, others: int):
    name = recorded(home)
    for _ in range(others):
        recorded(home, "Payments fail")

    for text in (name, name[-5:], f" {name[-5:].upper()} "):
        done = incident(home, "note", text)
        assert (done.returncode, f"there are no words for {name}" in done.stderr) == (2, True), done.stderr
    assert kinds(shown(home, name)) == ["opened"]


def test_what_happened_earlier_is_recorded_with_its_own_time(home: Path):
    name = opened(home, "--title", "x", "--at", "2026-03-01T03:00:00+01:00")
    incident(home, "ack", "--at", "2026-03-01T02:05:00Z")

    found = shown(home, name)
    assert name.startswith("inc-20260301-")
    assert (found["opened_at"], found["acknowledged_at"]) == ("2026-03-01T02:00:00Z", "2026-03-01T02:05:00Z")


def test_what_happened_a_while_ago_is_recorded_by_the_time_of_day(home: Path):
    name = opened(home, "--title", "x", "--at", "2020-01-01T00:00:00Z")
    incident(home, "ack", "--at", "00:00")

    assert shown(home, name)["acknowledged_at"].endswith("T00:00:00Z")


def test_where_nobody_has_said_how_bad_it_is_that_stays_true(home: Path):
    assert shown(home, opened(home))["severity_reason"] == "nobody has said how bad it is"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ack", "--at", "2999-01-01T00:00:00Z"), "is still to come"),
        (("open", "--title", "x", "--at", "2999-01-01T00:00:00Z"), "is still to come"),
        (("ack", "--at", "2020-01-01T00:00:00Z"), "was opened at"),
        (("resolve", "--at", "2020-01-01T00:00:00Z"), "was opened at"),
        (("ack", "--at", "yesterday"), "is no instant"),
        (("ack", "--at", "9999999999999999999"), "is still to come"),
        (("ack", "--at", "-9999999999999999999"), "is before 1970"),
    ],
    ids=" ".join,
)
def test_a_time_that_cannot_be_is_refused(home: Path, arguments: tuple[str, ...], words: str):
    recorded(home)

    done = incident(home, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_the_list_has_open_ones_worst_first_and_the_others_where_they_are_asked_for(home: Path):
    mild = recorded(home, "mild", severity="sev3")
    bad = recorded(home, "bad", severity="sev1")
    over = recorded(home, "over")
    old = opened(home, "--title", "old", "--at", "2020-01-01T00:00:00Z")
    incident(home, "resolve", over)
    incident(home, "resolve", old)

    assert ID.findall(incident(home, "list").stdout) == [bad, mild]
    assert ID.findall(incident(home, "list", "--all").stdout) == [bad, mild, over, old]
    assert ID.findall(incident(home, "list", "--since", "1d").stdout) == [bad, mild, over]
    assert [one["id"] for one in json.loads(incident(home, "list", "--output", "json").stdout)] == [bad, mild]
    assert incident(home, "list", "--output", "markdown").stdout.splitlines()[2].startswith(f"| {bad} | sev1 | open |")


def test_an_empty_list_says_so_and_is_a_list_in_json(home: Path):
    assert incident(home, "list").stdout == "no incident is open\n"
    assert incident(home, "list", "--all").stdout == "there are no incidents\n"
    assert json.loads(incident(home, "list", "--output", "json").stdout) == []


def test_a_page_shows_what_where_and_all_that_happened_by_when_it_happened(home: Path):
    name = opened(home, "--title", "Orders | fail", "--at", "2026-03-01T03:00:00Z", "--service", "shop")
    incident(home, "note", name, "the second", "--at", "2026-03-01T03:12:30Z")
    incident(home, "note", name, "the first\nin two lines", "--at", "2026-03-01T02:59:00Z")

    page = incident(home, "show", name).stdout
    assert page.splitlines()[0] == f"{name}  Orders | fail"
    assert re.search(r"service +shop\n", page)
    timeline = page[page.index("2026-03-01, UTC") :].splitlines()
    assert [line.split()[:2] for line in timeline[1:] if "prometheus" not in line] == [
        ["02:59:00", "-1m00s"],
        ["in", "two"],
        ["03:00:00", "+0s"],
        ["03:12:30", "+12m30s"],
    ]
    assert "| Orders" not in incident(home, "show", name, "--output", "markdown").stdout.splitlines()[-1]


def test_what_others_wrote_steers_no_terminal(home: Path):
    name = opened(home, "--title", "red \x1b[31malert\x1b[0m")
    incident(home, "note", name, "one\x1b]0;owned\x07\ttwo\nthree")

    for arguments in (("show",), ("list",), ("show", "--output", "markdown"), ("ack",), ("ack", "inc-2")):
        done = incident(home, *arguments)
        assert "\x1b" not in done.stdout + done.stderr, arguments
        assert "red \\x1b[31malert\\x1b[0m" in done.stdout, arguments
    assert "one\\x1b]0;owned\\x07\\ttwo\n" in incident(home, "show").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_an_id_that_standard_output_does_not_take_is_told_all_the_same(home: Path):
    command = [sys.executable, "-m", "sretool", "incident", "open", "--title", "x"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert ID.match(done.stderr), done.stderr
    assert "standard output takes no more" in done.stderr
    assert len(Ledger(home / "incidents").incidents()) == 1


def test_what_is_written_by_hand_is_found_by_verify_and_passed_over_by_the_list(home: Path):
    name = opened(home)
    incident(home, "note", name, "one")
    assert incident(home, "verify").stdout == "3 events of 1 writer: all as written\n"
    path = next((home / "incidents").glob("*.jsonl"))
    path.write_text(path.read_text().replace('"text":"one"', '"text":1'))

    done = incident(home, "verify")
    assert done.returncode == 1
    assert f"incidents/{path.name}:3: it was changed after it was written" in done.stdout
    assert f"incidents/{path.name}:3: `what.text` must be a text, not 1" in done.stdout
    assert json.loads(incident(home, "verify", "--output", "json").stdout)["sound"] is False
    listed = incident(home, "list")
    assert (listed.returncode, name in listed.stdout, f"{path.name}:3" in listed.stderr) == (0, True, True)


def test_where_no_settings_say_where_incidents_are_each_verb_does(home: Path):
    (home / "sretool.yaml").unlink()
    (home / "deep").mkdir()
    words = "no sretool.yaml here or above: the incident ledger is ./incidents\n"

    for arguments in (("open", "--title", "Orders fail"), ("list",), ("verify",)):
        assert incident(home, *arguments).stderr.count(words) == 1, arguments
    (home / "sretool.yaml").write_text("incidents: incidents\n")
    for arguments in (("list",), ("verify",)):
        assert "sretool.yaml" not in incident(home / "deep", *arguments).stderr, arguments


def test_a_ledger_that_is_not_there_is_not_as_written(home: Path):
    done = incident(home, "verify")

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no incident ledger in incidents" in done.stderr
    opened(home)
    for file in (home / "incidents").glob("*.jsonl"):
        file.unlink()
    assert incident(home, "verify").returncode == 1  # For some bytes are known to have been written.


def test_a_directory_that_nobody_may_write_to_is_a_sentence(home: Path):
    (home / "incidents").write_text("a file")

    done = incident(home, "open", "--title", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nothing was recorded: ")


def test_the_ledger_is_where_the_settings_say(home: Path):
    (home / "sretool.yaml").write_text("incidents: log/incidents\n")
    (home / "deep").mkdir()
    opened(home / "deep")

    assert len(list((home / "log/incidents").glob("*.jsonl"))) == 1


# What Prometheus says, and does not say.


@pytest.fixture
def shop_home(home: Path) -> Path:
    (home / "slos").mkdir()
    (home / "slos/shop.yaml").write_text(SPEC)
    return home


def test_opening_asks_how_the_budget_stands_and_proposes_a_severity(shop_home: Path):
    burning = {"slo:error:ratio5m": "0.05", "slo:error:ratio1h": "0.02"}
    with serving(Shop(burning, firing=(PAGE,))) as fake:
        done = incident(shop_home, "open", "--slo", "availability", SRETOOL_PROMETHEUS_URL=fake.url)

    found = shown(shop_home, done.stdout.strip())
    # Two thirds of 30 days of budget at 20 times the pace: a hair more than a day.
    assert (found["slo"], found["severity"]) == ("shop/availability", "sev2")
    assert found["severity_reason"] == "shop/availability burns fast enough to page (1h-5m)"
    assert kinds(found) == ["opened", "snapshot", "severity_set"]
    reading = found["events"][1]["what"]["readings"][0]
    assert (reading["verdict"], reading["burn_rates"]["5m"], reading["firing"]) == ("burning", "50", ["page 1h-5m"])
    assert reading["budget_left"] == "0.667"  # As the shop's rules have recorded it; its counters have nothing.
    assert "66.7% of the budget left, burn 5m 50x 1h 20x" in done.stderr


def test_a_severity_that_was_given_is_not_changed_by_what_prometheus_says(shop_home: Path):
    with serving(Shop(firing=(PAGE,))) as fake:
        arguments = ("open", "--slo", "availability", "--severity", "sev4")
        done = incident(shop_home, *arguments, SRETOOL_PROMETHEUS_URL=fake.url)

    assert shown(shop_home, done.stdout.strip())["severity"] == "sev4"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "no Prometheus is named"),
        (reply(b"", status=401), "wants to know who asks (401)"),
        (reply(b"<html>", kind="text/html"), "answers with a web page"),
    ],
    ids=["none", "401", "HTML"],
)
def test_opening_goes_on_where_prometheus_says_nothing_and_says_so(shop_home: Path, answer, words: str):
    with serving(answer or hang_up) as fake:
        url = {} if answer is None else {"SRETOOL_PROMETHEUS_URL": fake.url}
        done = incident(shop_home, "open", "--slo", "availability", **url)

    assert (done.returncode, words in done.stderr) == (0, True), done.stderr
    found = shown(shop_home, done.stdout.strip())
    assert (found["severity"], words in found["events"][1]["what"]["failure"]) == ("sev2", True)


def test_a_name_that_no_slo_has_is_refused_before_anything_is_recorded(shop_home: Path):
    done = incident(shop_home, "open", "--slo", "availabilty")

    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean shop/availability?" in done.stderr
    assert not (shop_home / "incidents").exists()


def test_a_broken_file_is_no_reason_to_refuse_an_incident(shop_home: Path):
    (shop_home / "slos/broken.yaml").write_text("slos: [")

    done = incident(shop_home, "open", "--slo", "shop/orders")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert "recorded all the same: no SLO or invariant is called shop/orders" in done.stderr


def test_a_dry_run_with_a_broken_file_does_not_say_that_anything_is_recorded(shop_home: Path):
    (shop_home / "slos/broken.yaml").write_text("slos: [")

    done = incident(shop_home, "open", "--slo", "shop/orders", "--dry-run")
    assert done.returncode == 0
    assert "warning: would be recorded all the same: no SLO or invariant is called shop/orders" in done.stderr
    assert "recorded all the same" not in done.stderr.replace("would be recorded", "")
    assert not (shop_home / "incidents").exists()


def test_a_service_that_nobody_has_is_refused_before_anything_is_recorded(shop_home: Path):
    done = incident(shop_home, "open", "--service", "shpo")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no service is called shpo: did you mean shop?" in done.stderr
    assert not (shop_home / "incidents").exists()


def test_a_service_is_taken_as_it_is_where_nothing_says_what_there_is_or_files_are_broken(home: Path):
    assert incident(home, "open", "--service", "nope").stderr.count("recorded all the same") == 0
    (home / "catalog.yaml").write_text("teams: {desk: {}}\nservices: {shop: {team: desk}}\n")
    assert incident(home, "open", "--service", "shop", "--title", "x").returncode == 0
    assert incident(home, "open", "--service", "nope").returncode == 2
    (home / "catalog.yaml").write_text("teams: {desk: {}}\nservices: {shop: {taem: desk}}\n")
    done = incident(home, "open", "--service", "search", "--title", "y")
    assert (done.returncode, "recorded all the same: no service is called search" in done.stderr) == (0, True)


def test_what_is_open_already_is_not_opened_twice_unless_somebody_says_so(shop_home: Path):
    name = opened(shop_home, "--slo", "availability")
    incident(shop_home, "ack", name, SRETOOL_ACTOR="eve")

    done = incident(shop_home, "open", "--slo", "shop/availability", "--title", "another word for it")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{name} is open about shop/availability for " in done.stderr
    assert "acknowledged by eve" in done.stderr
    assert "--again opens another" in done.stderr
    assert incident(shop_home, "open", "--slo", "availability", "--dry-run").returncode == 1
    assert opened(shop_home, "--slo", "availability", "--again") != name


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (("--service", "shop"), ("--service", "shop"), 1),
        (("--service", "shop", "--title", "a"), ("--service", "shop", "--title", "b"), 0),
        (("--service", "shop"), ("--slo", "availability"), 0),
        (("--title", "a"), ("--title", "a"), 0),
    ],
    ids=["a service", "of a service", "a service and its SLO", "no name"],
)
def test_what_is_the_same(shop_home: Path, first: tuple[str, ...], second: tuple[str, ...], code: int):
    opened(shop_home, *first)

    assert incident(shop_home, "open", *second).returncode == code


def test_what_is_over_is_opened_anew(shop_home: Path):
    incident(shop_home, "resolve", opened(shop_home, "--slo", "availability"))

    assert opened(shop_home, "--slo", "availability")


def test_two_who_open_at_once_open_one(shop_home: Path):
    command = [sys.executable, "-m", "sretool", "incident", "open", "--slo", "availability"]
    both = [subprocess.Popen(command, cwd=shop_home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0] for process in both]

    assert sorted(process.returncode for process in both) == [0, 1]
    assert sum(map(bool, said)) == 1


def test_an_slo_and_another_service_contradict_each_other(shop_home: Path):
    done = incident(shop_home, "open", "--slo", "availability", "--service", "search")

    assert (done.returncode, done.stdout) == (2, "")
    assert "availability is of shop, and --service is search" in done.stderr


def test_as_json_all_of_it_comes_at_once(shop_home: Path):
    done = incident(shop_home, "open", "--slo", "availability", "--output", "json")

    found = json.loads(done.stdout)
    assert done.stderr.startswith(found["id"])
    assert kinds(found) == ["opened", "snapshot"]
    assert json.loads(incident(shop_home, "ack", "--output", "json").stdout)["status"] == "acknowledged"


# What takes time comes after the id.

_AT_THE_ID = """
import sys
from sretool.cli import main
write = sys.stdout.write
class Told(Exception): pass
def told(text):
    print(*(name for name in {names!r} if name in sys.modules), file=sys.stderr)
    raise KeyboardInterrupt
sys.argv = ["sretool", "incident", "open", *{arguments!r}]
sys.stdout.write = told
main.app(prog_name="sretool")
"""
_HEAVY = ("socket", "ssl", "httpcore", "httpx2", "pagerduty", "rich", "jinja2", "asyncio", "sretool.prometheus.server")


@pytest.mark.parametrize("arguments", [("--title", "x"), ("--slo", "availability")], ids=" ".join)
def test_up_to_the_id_nothing_of_the_network_is_imported(shop_home: Path, arguments: tuple[str, ...]):
    program = _AT_THE_ID.format(names=_HEAVY, arguments=list(arguments))
    done = subprocess.run([sys.executable, "-c", program], cwd=shop_home, capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[0] == "", done.stderr
    assert len(list((shop_home / "incidents").glob("*.jsonl"))) == 1


def test_a_key_that_somebody_pastes_reaches_no_ledger_and_no_terminal(home: Path):
    key, unreached = "u+PasteMeNot", "http://localhost"
    variables = {"PAGERDUTY_API_KEY": f"{key}\n", "SRETOOL_PAGERDUTY_URL": unreached}
    said = [
        incident(home, "open", "--title", f"curl with {key} fails", **variables),
        incident(home, "note", "-", said=f"PAGERDUTY_API_KEY={key}\nHOME=/root\n", **variables),
        incident(home, "resolve", "-m", f"made another {key}", **variables),
    ]
    ledger = "".join(path.read_text("utf-8") for path in (home / "incidents").glob("*.jsonl"))

    assert [done.returncode for done in said] == [2, 2, 2]  # For PagerDuty is asked by https alone.
    assert "curl with *** fails" in ledger
    assert not any(key in text for done in said for text in (ledger, done.stdout, done.stderr))


def test_bytes_that_are_no_text_become_text_before_they_are_recorded(home: Path):
    name = opened(home, "--title", "caf\udce9 fails", "--service", "sh\udce9p")
    incident(home, "note", name, "\udcff", SRETOOL_ACTOR="ad\udcff")
    noted = subprocess.run(
        [sys.executable, "-m", "sretool", "incident", "note", name, "-"], cwd=home, input=b"a\xff b", check=False
    )
    found = shown(home, name)

    assert noted.returncode == 0
    assert (found["title"], found["service"]) == ("caf\ufffd fails", "sh\ufffdp")
    assert [event["what"].get("text") for event in found["events"][2:]] == ["\ufffd", "a\ufffd b"]
    assert found["events"][2]["actor"].startswith("ad\ufffd@")
    (file,) = (home / "incidents").glob("*.jsonl")
    assert "\\ud" not in file.read_bytes().decode("utf-8", "strict")


@pytest.mark.parametrize("arguments", [("show", "\udcff"), ("ack", "inc-\udcff"), ("open", "--slo", "\udcff/\udcff")])
def test_a_name_whose_bytes_are_no_text_is_nobodys(home: Path, arguments: tuple[str, ...]):
    recorded(home)
    done = incident(home, *arguments)

    assert (done.returncode, done.stdout) == (2, ""), done.stderr


def test_a_key_of_blanks_is_none(home: Path):
    done = incident(home, "open", "--title", "Orders fail", PAGERDUTY_API_KEY=" \n")

    assert (done.returncode, shown(home, done.stdout.strip())["paging"]) == (0, "not asked for")


def test_settings_that_are_broken_refuse_no_incident_but_it_is_said_where_it_goes(home: Path):
    (home / "sretool.yaml").write_text("incidents: ops/incidents\nslos: [\n", "utf-8")
    done = incident(home, "open", "--title", "Orders fail")

    assert done.returncode == 0
    assert "sretool.yaml:2:7: YA001" in done.stderr
    assert "warning: without what is wrong there: incidents are in incidents" in done.stderr
    assert done.stderr.count("warning") == 1


def test_a_dry_run_shows_the_page_that_goes_out_before_a_note_and_touches_nothing(home: Path):
    (home / "catalog.yaml").write_text(
        "teams: {shop: {}}\nservices: {shop: {team: shop, pagerduty: PSHOP01}}\n", "utf-8"
    )
    keys = {"PAGERDUTY_API_KEY": "u+NobodysKey", "PAGERDUTY_FROM": "ada@example.org"}
    opening = ("open", "--service", "shop", "--title", "Orders fail")
    incident(home, *opening, "--dry-run", **keys)
    before_all = list(home.glob("incidents*"))
    incident(home, *opening, SRETOOL_PAGERDUTY_URL="http://localhost", **keys)
    before = {path: path.read_bytes() for path in (home / "incidents").iterdir()}
    done = incident(home, "note", "u+NobodysKey is in the log", "--dry-run", **keys)

    requests = re.findall(r"^(?:GET|POST|PUT) https://api\.pagerduty\.com/[a-zA-Z/]*", done.stdout, re.MULTILINE)
    assert [request.split("/", 3)[-1] for request in requests] == [
        "incidents",  # Looked for, since an earlier command may have paged,
        "incidents",  # paged,
        "incidents",  # found,
        "incidents/PAGERDUTYSID/notes",  # and noted on, unless it is there.
        "incidents/PAGERDUTYSID/notes",
    ]
    assert "NobodysKey" not in done.stdout + done.stderr
    assert (before_all, {path: path.read_bytes() for path in (home / "incidents").iterdir()}) == ([], before)


def test_of_a_service_the_same_words_are_the_same_incident_also_where_they_are_no_text(home: Path):
    name = opened(home, "--title", "caf\udce9 fails", "--service", "shop")

    again = incident(home, "open", "--title", "caf\udce9 fails", "--service", "shop")

    assert again.returncode == 1
    assert f"{name} is open about" in again.stderr
    assert opened(home, "--title", "tea fails", "--service", "shop") != name
