"""`sretool report weekly` as a process: what it does without its sources, and with wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cli.shop import OF_THE_SLO, SPEC, Shop
from cli.terminal import Terminal
from prometheus.fake import Request, Wire, refusing, reply, serving

from sretool.incident.events import Opened, Resolved
from sretool.incident.ledger import Draft, Ledger

AT = "2026-03-04T09:17:00Z"
POSTMORTEM = """---
id: inc-20260303-aaaaa
title: It was slow
severity: sev3
status: draft
owner: desk
service: {service}
---

## Actions

| action | type | owner | due | verified by | status |
|---|---|---|---|---|---|
| of {service} | prevent | desk | 2026-03-10 | a look | open |
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/shop.yaml").write_text(SPEC)
    (tmp_path / "sretool.yaml").write_text("slos: slos/\n")
    return tmp_path


def variables(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
    return kept | {"XDG_CACHE_HOME": str(home / "cache")} | more


def weekly(home: Path, *arguments: str, at: str | None = AT, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sretool", "report", "weekly", *(("--at", at) if at else ()), *arguments]
    return subprocess.run(command, cwd=home, env=variables(home, **more), capture_output=True, text=True, check=False)


def open_an_incident(home: Path) -> None:
    at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    opened = Draft("inc-20260303-aaaaa", Opened("It is slow", "sev3", "", "shop", "shop/availability"))
    Ledger(home / "incidents", now=partial(lambda at: at, at)).append([opened])


def test_with_no_source_at_all_there_is_nothing_to_report_of(home: Path):
    done = weekly(home)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "there is nothing to report of: Prometheus: none is named: give --prometheus URL, set SRETOOL_PROMETHEUS_URL, "
        "or write prometheus: URL into sretool.yaml; there is no incident ledger at incidents; there are no "
        "postmortems at postmortems\n"
    )


def test_a_terminal_shows_what_is_being_done_and_then_what_is_to_be_decided(home: Path):
    command = [sys.executable, "-m", "sretool", "report", "weekly", "--at", AT]
    (home / "policy.yaml").write_text("freeze_below: 0%\n")
    with (
        serving(Shop()) as fake,
        Terminal(command, home, variables(home, SRETOOL_PROMETHEUS_URL=fake.url, NO_COLOR="1")) as terminal,
    ):
        terminal.read_until("asking about 2026-W10")
        terminal.read_until("writing the report")
        shown = terminal.read_until("has all of it")

    assert "demand   subject            budget left  trend  spent" in shown
    assert "unknown  shop/availability            -" in shown
    assert "shop/availability: no data: its counters have no data" in shown


def test_without_a_server_there_is_a_report_of_the_rest_that_names_what_is_missing(home: Path):
    open_an_incident(home)

    done = weekly(home, "--output", "json")

    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert "none is named" in found["decisions"]["missing"]
    assert [one["incident_id"] for one in found["incidents"]] == ["inc-20260303-aaaaa"]
    assert [words.partition(":")[0] for words in found["quality"]["missing"]] == [
        "Prometheus",
        "the policy",
        "postmortems",
    ]


def test_without_slos_there_is_a_report_of_incidents(home: Path):
    open_an_incident(home)
    (home / "slos/shop.yaml").unlink()
    (home / "slos").rmdir()

    done = weekly(home, "--output", "json", "--prometheus", "http://127.0.0.1:1")

    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert "there are no SLOs" in found["budgets"]["missing"]
    assert len(found["incidents"]) == 1


def test_a_server_that_does_not_answer_is_a_missing_source(home: Path):
    open_an_incident(home)

    with refusing() as port:
        done = weekly(home, "--prometheus", f"http://127.0.0.1:{port}")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Not known. Prometheus: http://127.0.0.1:") == 1, done.stdout
    assert done.stdout.count("Not known without Prometheus.") == 4
    assert "refuses the connection" in done.stdout


def test_a_server_that_has_nothing_of_the_slos_says_so_in_every_section(home: Path):
    with serving(Shop(recorded=dict.fromkeys(Shop().recorded, ""))) as fake:
        done = weekly(home, "--prometheus", fake.url, "--output", "json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["budget_left"] for one in found["decisions"]["found"]] == [None]
    assert [one["reason"] for one in found["budgets"]] == [
        "neither its counters nor its recorded series have data of the week"
    ]
    assert found["pages"]["unjudged"] == ["shop/availability"]


def test_a_server_that_breaks_off_in_the_midst_is_a_missing_source(home: Path):
    open_an_incident(home)
    with serving(reply(b'{"status": "succ')) as fake:
        done = weekly(home, "--prometheus", fake.url, "--output", "json")

    assert done.returncode == 0, done.stderr
    assert "broken" in json.loads(done.stdout)["pages"]["missing"]


def test_what_happened_later_than_the_instant_is_not_known_to_the_report(home: Path):
    open_an_incident(home)
    later = datetime(2026, 3, 4, 12, tzinfo=UTC)
    Ledger(home / "incidents", now=lambda: later).append([Draft("inc-20260303-aaaaa", Resolved("mended"))])

    done = weekly(home, "--output", "json")

    assert [one["status"] for one in json.loads(done.stdout)["incidents"]] == ["open"]


def test_of_one_service_only_its_own_incidents_and_actions_are_told(home: Path):
    open_an_incident(home)
    (home / "slos/desk.yaml").write_text(SPEC.replace("service: shop", "service: desk"))
    (home / "postmortems").mkdir()
    for service in ("shop", "desk"):
        (home / f"postmortems/{service}.md").write_text(POSTMORTEM.format(service=service))

    told = {
        service: json.loads(weekly(home, "--service", service, "--output", "json").stdout)
        for service in ("shop", "desk")
    }

    assert [len(told[service]["incidents"]) for service in told] == [1, 0]
    assert [[one["text"] for one in told[service]["actions"]["open"]] for service in told] == [["of shop"], ["of desk"]]


@pytest.mark.parametrize("has_ledger", [True, False])
def test_a_week_has_no_actions_of_an_incident_that_came_after_it(home: Path, has_ledger: bool):
    if has_ledger:
        open_an_incident(home)
    (home / "postmortems").mkdir()
    (home / "postmortems/p.md").write_text(POSTMORTEM.format(service="shop"))

    told = {
        week: json.loads(weekly(home, "--week", week, "--output", "json", at=None).stdout)
        for week in ("2026-W09", "2026-W10")
    }
    assert [len(told[week]["actions"]["open"]) for week in told] == [0, 1]


def test_a_line_of_the_ledger_that_nobody_can_read_is_told(home: Path):
    open_an_incident(home)
    (home / "incidents/zz.jsonl").write_text("nonsense\n")

    found = json.loads(weekly(home, "--output", "json").stdout)

    assert [words for words in found["quality"]["notes"] if "zz.jsonl:1" in words]


def test_the_name_of_the_file_says_the_format_and_links_lead_from_it(home: Path):
    open_an_incident(home)
    (home / "postmortems").mkdir()
    (home / "postmortems/inc-20260303-aaaaa.md").write_text("# It was slow\n")

    done = weekly(home, "--out", "reports/a/week.html")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "wrote reports/a/week.html\n")
    text = (home / "reports/a/week.html").read_text()
    assert text.startswith("<!doctype html>")
    assert 'href="../../postmortems/inc-20260303-aaaaa.md"' in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--week", "2026-W99"), "--week: 2026-W99 is no week: write such as 2026-W48"),
        (("--week", "9998-W01"), "--week: 9998-W01 has not begun yet"),
        (("--week", "2026-W01", "--at", "0"), "--week and --at name two ends of one week: give either"),
        (("--week", "2026-W01", "--time-scale", "60"), "--week names a week of real time: with --time-scale give --at"),
        (("--at", "9999-01-01T00:00:00Z"), "--at: 9999-01-01T00:00:00Z is yet to come"),
        (("--week", "0001-W01"), "--week: 0001-W01 is in no week from 1970 to 9999"),
        (("--at", "0"), "--at: 0 is in no week from 1970 to 9999"),
        (("--at", "99999999999999999999"), "--at: 100000000000000000000 is in no week from 1970 to 9999"),
        (("--at", "yesterday"), "--at yesterday is no instant"),
        (("--loss", "2"), "--loss 2 is no share"),
        (("--service", "desk"), "no SLO is left to ask about"),
        (("--out", "slos/shop.yaml/report.md"), "cannot write slos/shop.yaml/report.md"),
        (("--out", "week.pdf"), "--out week.pdf: a report is .html, .md or .json, not .pdf"),
        (("--out", "week.htm", "--output", "json"), "--out week.htm is a name for html, and --output says json"),
        (("--out", "week.markdown", "--output", "json"), "week.markdown is a name for markdown"),
        (("--out", "week.html", "--output", "json"), "--out week.html is a name for html, and --output says json"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_2(home: Path, arguments: tuple[str, ...], words: str):
    open_an_incident(home)

    done = weekly(home, *arguments, at=None)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert words in done.stderr
    assert not list(home.glob("week.*"))


@pytest.mark.parametrize(
    ("name", "begins"), [("week.md", "# "), ("week.markdown", "# "), ("WEEK.JSON", "{"), ("week", "# ")]
)
def test_a_file_is_what_its_name_says(home: Path, name: str, begins: str):
    open_an_incident(home)

    assert weekly(home, "--out", name).returncode == 0
    assert (home / name).read_text().startswith(begins)


def test_a_hyphen_is_standard_output(home: Path):
    open_an_incident(home)

    done = weekly(home, "--out", "-", "--output", "json")

    assert (done.returncode, json.loads(done.stdout)["incidents"][0]["status"]) == (0, "open")
    assert not (home / "-").exists()


def test_a_template_that_is_wrong_is_one_sentence_and_exit_2(home: Path):
    open_an_incident(home)
    (home / "own/templates").mkdir(parents=True)
    (home / "own/templates/report.md.j2").write_text("{{ report.wek }}")
    (home / "sretool.yaml").write_text("slos: slos/\nassets: own/\n")

    done = weekly(home)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert "report.md.j2" in done.stderr


def with_something_to_draw(request: Request, wire: Wire) -> None:
    """The shop, and the budget that it had left at two instants."""
    if "query_range" in request.target and "period_budget_remaining" in request.form["query"]:
        series = {"metric": OF_THE_SLO, "values": [[1772589600, "0.7"], [1772593200, "0.6"]]}
        reply({"status": "success", "data": {"resultType": "matrix", "result": [series]}})(request, wire)
    else:
        Shop()(request, wire)


@pytest.mark.parametrize(("lacking", "form"), [("numpy", "json"), ("matplotlib", "html")])
def test_without_the_extra_one_sentence_names_it(home: Path, lacking: str, form: str):
    with serving(with_something_to_draw) as fake:
        missing = without(lacking, home, "--output", form, "--prometheus", fake.url)

    assert (missing.returncode, missing.stdout, len(missing.stderr.splitlines())) == (2, "", 1), missing.stderr
    assert "pip install 'sretool[report]'" in missing.stderr


def test_markdown_needs_no_plots(home: Path):
    open_an_incident(home)

    assert without("matplotlib", home, "--output", "markdown").returncode == 0


def without(module: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a Python that does not find a module."""
    start = f"import sys; sys.modules['{module}'] = None; from sretool.cli.main import run; run()"
    command = [sys.executable, "-c", start, "report", "weekly", "--at", AT, *arguments]
    environment = os.environ | {"XDG_CACHE_HOME": str(home / "cache")}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


def test_the_help_says_how_to_begin(home: Path):
    done = weekly(home, "--help", at=None)

    assert done.returncode == 0
    assert "sretool report weekly --week 2026-W48" in done.stdout


def test_a_template_is_handed_out_changed_and_taken_and_a_mistake_in_it_is_placed(home: Path):
    open_an_incident(home)
    (home / "sretool.yaml").write_text("slos: slos/\nassets: ours\n")
    own = home / "ours/templates/report.md.j2"
    command = [sys.executable, "-m", "sretool", "report", "template", "markdown", "--out", str(own)]
    first = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    shipped = own.read_text()
    own.write_text("Our week {{ report.week.name }}")
    again = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)

    assert (first.returncode, shipped) == (0, (Path(__file__).parents[2] / "templates/report.md.j2").read_text())
    assert (again.returncode, again.stderr) == (2, f"{own} is there already, and is left as it is: name a new file\n")
    assert weekly(home).stdout == "Our week 2026-W10\n"
    own.write_text("a\n{{ report.week.name + 1 }}")
    broken = weekly(home)
    assert broken.returncode == 2
    assert 'ours/templates/report.md.j2:2: can only concatenate str (not "int") to str' in broken.stderr
