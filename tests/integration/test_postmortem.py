"""`postmortem new` as a command, on a fault whose every event is known, against a server that has its whole history.

Everything is scraped on the minute, and counters grow by whole events, so that what is expected is plain arithmetic.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from integration.backfill import only, record, write_counters
from integration.promises import AT, DAY, LAST, Traffic

from sretool.cli.inputs import read
from sretool.demo.server import Setup, running
from sretool.incident.events import Acknowledged, AlertsSeen, DeliveryTried, Noted, Opened, Resolved, SeenAlert
from sretool.incident.ledger import Draft, Ledger
from sretool.incident.postmortem.reading import Postmortem, instant, read_file
from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.timing import Timing
from sretool.yamltext.diagnostics import Notes

# Half of 600 events a minute fail for twenty minutes; one in ten minutes does at all other times, on the tenth.
FAULT = LAST - 237
LENGTH = 20
PER_MINUTE, FAILING = 600, 300
TRAFFIC = Traffic(PER_MINUTE, lambda minute: FAILING if FAULT < minute <= FAULT + LENGTH else int(minute % 10 == 0))
PERIOD = 7 * DAY
ALLOWED = Fraction(PERIOD * PER_MINUTE, 1_000)
PAGED = FAULT + 4
LATE = "billing_late_unbilled_amount_minor_units"
SERVICES = ("ruled", "plain")
REGIONS = 12


def at(minute: float) -> datetime:
    return AT + timedelta(minutes=minute - LAST)


def counters() -> Iterator[str]:
    for service in SERVICES:
        for code in ("500", "200"):
            value = 0
            for minute in range(LAST + 1):
                bad = TRAFFIC.bad(minute) if minute else 0
                value += bad if code == "500" else (PER_MINUTE - bad if minute else 0)
                stamp = f"{at(minute).timestamp():.0f}"
                yield f'requests_total{{job="{service}",code="{code}"}} {value} {stamp}\n'
    yield from grouped()
    for minute in range(LAST + 1):
        yield f'lost_total{{job="ruled"}} {7 if minute < FAULT + 5 else 10} {at(minute).timestamp():.0f}\n'
    for minute in range(FAULT - 60, LAST + 1):
        amount = 12_345 if minute > FAULT + 10 else 0
        yield f'{LATE}{{job="ruled",currency="EUR"}} {amount} {at(minute).timestamp():.0f}\n'


def grouped() -> Iterator[str]:
    """In each of twelve regions so many of a hundred orders a minute fail in the fault as the region's number."""
    for region in range(1, REGIONS + 1):
        for code in ("500", "200"):
            value = 0
            for minute in range(FAULT - 60, FAULT + 90):
                bad = region if FAULT < minute <= FAULT + LENGTH else 0
                value += bad if code == "500" else 100 - bad
                stamp = f"{at(minute).timestamp():.0f}"
                yield f'orders_total{{region="r{region}",code="{code}"}} {value} {stamp}\n'


GROUPED = """apiVersion: sretool/v1
service: grouped
slos:
  - name: availability
    objective: 99.9%
    period: 7d
    group_by: [region]
    sli: {events: {bad: 'orders_total{code="500"}', total: orders_total}}
    runbook: runbooks/grouped.md
"""


def slo_file(service: str) -> str:
    return f"""apiVersion: sretool/v1
service: {service}
owner: shop
targets: {{job: {service}}}
slos:
  - name: availability
    description: Orders are answered.
    objective: 99.9%
    period: 7d
    sli:
      events:
        bad: requests_total{{job="{service}", code="500"}}
        total: requests_total{{job="{service}"}}
    runbook: runbooks/{service}.md
  - name: latency
    description: Orders are answered soon.
    objective: 99%
    period: 7d
    sli: {{latency: {{histogram: seconds, threshold: 500ms}}}}
    runbook: runbooks/{service}.md
invariants:
  - name: lost
    description: No order is lost.
    zero: lost_total{{job="{service}"}}
    runbook: runbooks/{service}.md
"""


ANSWERS = """
summary: For twenty minutes half of all orders failed, until a disk had room again. All were sent once more.
customers: 40 shops wrote to us; they were answered within the hour.
detection: An alert on the free space would have told an hour before. The runbook's second step showed the disk.
factors: [The journal shares its disk with the logs., Nothing looks at the free space.]
went_well: The page came within four minutes.
went_wrong: [Two people looked for the dashboard under another name.]
lucky: It was a quiet morning.
actions:
  - {action: Rotate the logs, type: prevent, owner: shop, due: 2026-03-20, verified by: the disk stays below 60%}
"""


@dataclass(frozen=True)
class World:
    """A repository with an incident of each service, and the server that has the history."""

    home: Path
    url: str

    def new(self, service: str, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("new", incident_of(service), "--force", "--prometheus", url or self.url, *arguments)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
        command = [sys.executable, "-m", "sretool", "postmortem", *arguments]
        return subprocess.run(command, cwd=self.home, env=kept, capture_output=True, text=True, check=False)

    def page(self, service: str) -> Path:
        return self.home / f"postmortems/{incident_of(service)}.md"

    def read(self, service: str) -> Postmortem:
        notes = Notes()
        found = read_file(self.page(service), notes)
        assert found is not None
        assert notes.diagnostics == []
        return found


def incident_of(service: str) -> str:
    return {"ruled": "inc-20260304-7k3qd", "plain": "inc-20260304-m4x9z"}[service]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    (home / "slos").mkdir()
    (home / "sretool.yaml").write_text("slos: slos/\n", encoding="utf-8")
    (home / "catalog.yaml").write_text("teams: {shop: }\n", encoding="utf-8")
    (home / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    for service in SERVICES:
        (home / f"slos/{service}.yaml").write_text(slo_file(service), encoding="utf-8")
        write_incident(home, service)
    return home


def write_incident(home: Path, service: str) -> None:
    """Seen by an alert after three minutes, paged after four, taken on after six, over after thirty."""
    labels = (("burn_tier", "1h-5m"), ("service", service), ("severity", "page"), ("slo", "availability"))
    alert = SeenAlert("f", "ErrorBudgetBurn", labels, (), at(FAULT + 3))
    ledger = Ledger(home / "incidents")
    name = incident_of(service)
    opened = Opened("Orders fail", "sev2", "burns 500x", service, f"{service}/availability")
    (opening,) = ledger.append([Draft(name, opened, ("trigger",), at(FAULT + 3.5), "ada@host", "alertmanager")])
    drafts = [
        Draft(name, AlertsSeen((alert,)), (), at(FAULT + 3.5)),
        Draft(name, DeliveryTried(f"{opening.event_id}/trigger", "delivered", "", "rest", "Q1"), (), at(PAGED)),
        Draft(name, Acknowledged("ada"), (), at(FAULT + 6)),
        Draft(name, Noted("the disk is full | of logs"), (), at(FAULT + 8)),
        Draft(name, Resolved("rotated the logs"), (), at(FAULT + 30)),
    ]
    ledger.append(drafts)


def write_early_incident(home: Path) -> str:
    """Somebody sees it coming, pages whoever can help, and they are too late."""
    name, ledger = "inc-20260304-e4r1y", Ledger(home / "incidents")
    opened = Opened("The disk fills up", "sev3", "ada said so", "plain")
    (opening,) = ledger.append([Draft(name, opened, ("trigger",), at(FAULT - 4), "ada@host")])
    paged = DeliveryTried(f"{opening.event_id}/trigger", "delivered", "", "rest", "Q2")
    ledger.append([Draft(name, paged, (), at(FAULT - 3)), Draft(name, Resolved(""), (), at(FAULT + 30))])
    return name


@pytest.fixture(scope="module")
def world(
    home: Path, promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    data = tmp_path_factory.mktemp("world")
    write_counters(promtool, data, counters())
    (service,) = read([str(home / "slos/ruled.yaml")]).services
    base = only(compile_service(service, Timing()), (names.BAD, names.ALL))
    first, last = at(FAULT - 600).timestamp(), AT.timestamp()
    record(promtool, prometheus_binary, data, file=base, first=first, last=last)
    with running(prometheus_binary, data, Setup()) as server:
        yield World(home, server.api.url)


@pytest.fixture(scope="module")
def pages(world: World) -> dict[str, Postmortem]:
    for service in SERVICES:
        done = world.new(service, "--answers", "answers.yaml")
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, f"postmortems/{world.page(service).name}", "")
    return {service: world.read(service) for service in SERVICES}


def time_of(page: Postmortem, name: str) -> datetime:
    found = instant(next(stamp.when.text for stamp in page.times if stamp.name.text == name))
    assert found is not None
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_impact_is_when_events_failed_with_rules_and_without(pages: dict[str, Postmortem], service: str):
    page = pages[service]

    # The first scrape that saw a failed event is one minute into the fault; the last, at its end. Rules run every half
    # minute, at a moment of their own, and steps are half minutes.
    assert at(FAULT + 1) <= time_of(page, "Impact began") <= at(FAULT + 1.5)
    assert at(FAULT + LENGTH) <= time_of(page, "Impact ended") <= at(FAULT + LENGTH + 1)
    assert time_of(page, "Detected") == at(FAULT + 3)
    assert time_of(page, "Paged") == at(PAGED)
    assert time_of(page, "Acknowledged") == at(FAULT + 6)
    assert time_of(page, "Resolved") == at(FAULT + 30)


@pytest.mark.parametrize("service", SERVICES)
def test_bad_events_and_what_they_took_of_the_budget_are_counted(pages: dict[str, Postmortem], service: str):
    impact = pages[service].section("Impact")
    assert impact is not None
    (row,) = impact.tables[0].rows
    slo, bad, _, spent, when_paged, gone_when_paged, _, source = (cell.text for cell in row)

    by_the_page = TRAFFIC.bad_in(PAGED - PERIOD, PAGED) / ALLOWED
    assert (slo, bad) == (f"{service}/availability", f"{FAILING * LENGTH:,}")
    assert spent == f"{float(FAILING * LENGTH / ALLOWED):.1%}"
    assert when_paged == f"{float(FAILING * (PAGED - FAULT) / ALLOWED):.1%}"
    assert gone_when_paged == f"{float(by_the_page):.1%}"
    assert source.startswith("counted, Q")


def test_a_picture_shows_the_burn_and_the_page_says_where_it_is(world: World, pages: dict[str, Postmortem]):
    picture = world.page("ruled").with_suffix(".svg")

    assert f"]({picture.name})" in world.page("ruled").read_text(encoding="utf-8")
    assert picture.read_text(encoding="utf-8").startswith("<svg ")


def test_amounts_that_are_late_come_from_the_service_and_one_without_says_so(
    world: World, pages: dict[str, Postmortem]
):
    ruled, plain = (world.page(service).read_text(encoding="utf-8") for service in SERVICES)

    assert "Late and not yet billed: 123.45 EUR at the end, nothing when it began (Q" in ruled
    assert f"Late and not yet billed: not known: none of the services tells {LATE}" in plain


def test_an_invariant_says_by_how_much_its_counter_rose(world: World, pages: dict[str, Postmortem]):
    ruled, plain = (world.page(service).read_text(encoding="utf-8") for service in SERVICES)

    assert "- invariant ruled/lost: rose by 3 (Q" in ruled
    assert "- invariant plain/lost: not known: its counter is not there (Q" in plain


def test_an_slo_of_which_there_are_no_data_is_not_taken_to_be_well(world: World, pages: dict[str, Postmortem]):
    page = world.page("plain").read_text(encoding="utf-8")

    assert "- plain/latency: not known: Prometheus has no data of it in that time" in page


def test_with_all_answers_nothing_is_left_but_to_read_it(world: World, pages: dict[str, Postmortem]):
    both = [str(world.page(service)) for service in pages]

    done = world.run("lint", *both, "--fail-on", "warning", "--ignore", "PM005")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ok in 2 files\n")


def test_each_question_of_the_page_has_what_was_asked(world: World, pages: dict[str, Postmortem]):
    page = world.page("ruled").read_text(encoding="utf-8")
    told, asked = page.split("## Supporting material")

    assert set(re.findall(r"\bQ\d+\b", told)) == set(re.findall(r"^(Q\d+), ", asked, re.MULTILINE))
    assert 'slo:bad_events:rate{service="ruled", slo="availability"}' in asked


def test_without_answers_each_question_is_asked_once(world: World):
    done = world.new("plain")

    assert done.stderr == "8 questions are left: answer each TODO, then sretool postmortem lint\n"
    lint = world.run("lint", str(world.page("plain")), "--output", "github")
    assert lint.returncode == 1
    assert lint.stdout.count("PM002") == lint.stdout.count("::error") == 8


def test_a_page_before_it_burnt_had_spent_nothing_and_lint_asks_about_the_order(world: World):
    name = write_early_incident(world.home)
    assert world.run("new", name, "--prometheus", world.url).returncode == 0
    page = read_file(world.home / f"postmortems/{name}.md", Notes())
    assert page is not None
    impact = page.section("Impact")
    assert impact is not None
    (row,) = impact.tables[0].rows

    assert (row[1].text, row[4].text) == (f"{FAILING * LENGTH:,}", "0.0%")
    assert f"these events, or some of them, are counted for {incident_of('plain')}, too" in page.source.text
    done = world.run("lint", page.source.path, "--select", "PM011")
    assert (done.returncode, done.stdout.count("warning: Detected, ")) == (0, 1)


def test_of_many_groups_the_ten_that_lost_most_are_told_and_the_others_counted(world: World):
    (world.home / "slos/grouped.yaml").write_text(GROUPED, encoding="utf-8")
    name, ledger = "inc-20260304-gr0vp", Ledger(world.home / "incidents")
    opened = Opened("Orders fail", "sev2", "burns", "grouped", "grouped/availability")
    drafts = [Draft(name, opened, (), at(FAULT + 3)), Draft(name, Resolved(""), (), at(FAULT + 30))]
    ledger.append(drafts)
    assert world.run("new", name, "--prometheus", world.url).returncode == 0
    page = read_file(world.home / f"postmortems/{name}.md", Notes())
    assert page is not None
    impact = page.section("Impact")
    assert impact is not None

    assert [(row[0].text, row[1].text) for row in impact.tables[0].rows] == [
        (f"grouped/availability{{region=r{region}}}", str(region * LENGTH)) for region in range(REGIONS, 2, -1)
    ]
    assert "grouped/availability: 2 more groups burnt, with fewer bad events" in page.source.text


def test_a_server_that_does_not_answer_is_said_and_the_page_is_written(world: World):
    done = world.new("plain", "--answers", "answers.yaml", url="http://127.0.0.1:9")

    assert done.returncode == 0
    assert "what its SLOs did is not known: " in done.stderr
    page = world.page("plain").read_text(encoding="utf-8")
    assert "| Impact began | not known: " in page
    assert "| Detected | 20" in page
    assert world.run("lint", str(world.page("plain"))).returncode == 0


def test_what_is_recorded_can_be_all_that_is_asked(world: World):
    done = world.new("ruled", "--source", "recorded")
    assert done.returncode == 0
    impact = world.read("ruled").section("Impact")
    assert impact is not None
    (row,) = impact.tables[0].rows

    # Each event is in as many of the rates as they are long, and so the sum of them is the events.
    assert int(row[1].text.replace(",", "")) == pytest.approx(FAILING * LENGTH, rel=0.01)
    assert row[-1].text.startswith("summed up from rates, Q")
    # Nothing recorded the period itself, so that nobody knows what a share of it is.
    assert row[3].text.startswith("not known: ")
