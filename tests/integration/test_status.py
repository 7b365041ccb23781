"""`slo status`, `slo gate` and `policy check` as commands, against servers whose whole history is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from integration import promises
from integration.backfill import record, write_counters
from integration.promises import AT, BORN, BUDGET, LAST, LOST_SINCE, MONTH_BEGAN, MONTH_SECONDS, PERIOD, TRAFFIC, WORKS
from integration.test_victoria import at, import_into, is_ready
from prometheus.fake import Request as Asked
from prometheus.fake import Wire, reply, serving

from sretool.burn.backfill import passes
from sretool.cli.inputs import read
from sretool.demo.processes import answering
from sretool.demo.server import Setup, running
from sretool.rules.compile import compile_service
from sretool.rules.timing import Timing

WINDOWS = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1_440, "3d": 4_320}
FULL = [name for name in TRAFFIC if name not in ("gone", "young", "eu", "us")]


@dataclass(frozen=True)
class World:
    """A repository of promises, and the server that has the history."""

    home: Path
    url: str

    def sretool(self, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("slo", *arguments, url=url)

    def run(self, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
        return subprocess.run(
            [sys.executable, "-m", "sretool", *arguments],
            cwd=self.home,
            env=kept | {"SRETOOL_PROMETHEUS_URL": url or self.url, "XDG_CACHE_HOME": str(self.home / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    def status(self, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.sretool("status", "--at", AT.isoformat(), *arguments, url=url)

    def gate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.sretool("gate", "--at", AT.isoformat(), *arguments)

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("policy", "check", "--at", AT.isoformat(), *arguments)

    def plan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.sretool("plan", "--at", AT.isoformat(), *arguments)

    def figures(self, *arguments: str, url: str | None = None) -> dict[str, dict]:
        """What is told of each SLO, by its service, or by its group where it has one."""
        done = self.status("--output", "json", *arguments, url=url)
        assert done.stderr == ""
        slos = json.loads(done.stdout)["slos"]
        return {one["group"].get("region", one["name"].partition("/")[0]): one for one in slos}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("promises")
    (home / "slos").mkdir()
    for name, text in promises.files().items():
        (home / "slos" / name).write_text(text)
    return home


@pytest.fixture(scope="module")
def world(
    home: Path, promtool: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The history, and what the rules of `ruled` would have recorded of it, with the alerts that they would raise."""
    data = tmp_path_factory.mktemp("world")
    write_counters(promtool, data, promises.counters())
    (service,) = read([str(home / "slos/ruled.yaml")]).services
    first, last = (AT.timestamp() - minutes * 60 for minutes in (LAST, 0))
    for files in passes([compile_service(service, Timing())], everything=True):
        for file in files:
            record(promtool, prometheus_binary, data, file=file, first=first, last=last)
    write_counters(promtool, data, promises.alerts())
    with running(prometheus_binary, data, Setup()) as server:
        yield World(home, server.api.url)


def number(text: str) -> Fraction:
    return Fraction(text)


@pytest.mark.parametrize("name", FULL)
def test_a_period_that_was_seen_is_counted_event_by_event(world: World, name: str) -> None:
    told = world.figures("--source", "counted")[name]

    traffic, began = TRAFFIC[name], LAST - PERIOD
    excluded = WORKS if name == "worked-on" else (0, 0)
    bad = traffic.bad_in(began, LAST) - traffic.bad_in(*excluded)
    every = traffic.all_in(began, LAST) - traffic.all_in(*excluded)
    period = told["period_figures"]
    assert (number(period["bad_events"]), number(period["all_events"])) == (bad, every)
    assert (period["source"], number(period["coverage_ratio"])) == ("counted", 1)
    assert float(told["budget_left_ratio"]) == pytest.approx(float(1 - Fraction(bad, every) / BUDGET), abs=1e-9)


def test_what_was_excluded_stands_beside_what_counts(world: World) -> None:
    told = world.figures("--source", "counted")["worked-on"]["period_figures"]

    traffic, began = TRAFFIC["worked-on"], LAST - PERIOD
    assert {key: number(text) for key, text in told["gross"].items()} == {
        "bad_events": traffic.bad_in(began, LAST),
        "all_events": traffic.all_in(began, LAST),
    }


@pytest.mark.parametrize("name", ["healthy", "burning", "exhausted", "eu", "us"])
def test_windows_are_counted_event_by_event(world: World, name: str) -> None:
    told = world.figures("--source", "counted")[name]["burn_rates"]

    burns = {window: float(TRAFFIC[name].burn(minutes)) for window, minutes in WINDOWS.items()}
    assert {window: float(rate) for window, rate in told.items()} == pytest.approx(burns, abs=1e-9)


def test_windows_leave_out_what_is_excluded(world: World) -> None:
    told = world.figures("--source", "counted")["worked-on"]

    traffic, window = TRAFFIC["worked-on"], (LAST - WINDOWS["3d"], LAST)
    net = [in_(*window) - in_(*WORKS) for in_ in (traffic.bad_in, traffic.all_in)]
    assert float(told["burn_rates"]["3d"]) == pytest.approx(float(Fraction(*net) / BUDGET), abs=1e-9)
    assert (told["verdict"], told["burning"]) == ("ok", [])


def test_each_group_has_figures_of_its_own(world: World) -> None:
    told = world.figures("--service", "grouped")

    left = {region: float(one["budget_left_ratio"]) for region, one in told.items()}
    assert left == pytest.approx({region: float(1 - TRAFFIC[region].spent) for region in ("eu", "us")}, abs=1e-9)
    assert {region: one["verdict"] for region, one in told.items()} == {"eu": "ok", "us": "exhausted"}


def test_a_month_begins_at_midnight_in_its_zone(world: World) -> None:
    told = world.figures("--service", "monthly")["monthly"]

    traffic, coverage = TRAFFIC["healthy"], Fraction((LAST - MONTH_BEGAN) * 60, MONTH_SECONDS)
    period = told["period_figures"]
    assert number(period["all_events"]) == traffic.all_in(MONTH_BEGAN, LAST)
    assert float(period["coverage_ratio"]) == pytest.approx(float(coverage), abs=1e-12)
    spent = traffic.ratio(MONTH_BEGAN) / BUDGET * coverage
    assert float(told["budget_spent_ratio"]) == pytest.approx(float(spent), abs=1e-9)


def test_a_young_service_has_spent_no_more_than_its_few_hours(world: World) -> None:
    told = world.figures("--service", "young")["young"]

    # To the minute: of a series' first value nobody knows since when it was counted.
    coverage = Fraction(LAST - BORN, PERIOD)
    assert float(told["period_figures"]["coverage_ratio"]) == pytest.approx(float(coverage), abs=1.01 / PERIOD)
    assert float(told["period_figures"]["all_events"]) == pytest.approx(TRAFFIC["young"].all_in(BORN, LAST), rel=0.01)
    spent = TRAFFIC["young"].ratio(BORN) / BUDGET * coverage
    assert float(told["budget_spent_ratio"]) == pytest.approx(float(spent), rel=0.02)


def test_a_service_that_is_ten_minutes_old_has_been_seen_for_ten_minutes(world: World) -> None:
    told = world.figures("--service", "young", "--at", str(round(AT.timestamp()) - (LAST - BORN - 10) * 60))["young"]

    assert float(told["period_figures"]["coverage_ratio"]) == pytest.approx(10 / PERIOD, abs=1.01 / PERIOD)


def test_data_that_went_away_are_no_health(world: World) -> None:
    told = world.figures("--service", "gone")["gone"]

    assert told["verdict"] == "no data"
    assert told["doubts"] == ["its counters have had no sample for 5m"]
    assert (told["no_data"], told["budget_left_ratio"]) == (*told["doubts"], None)
    lost_within = {window for window, minutes in WINDOWS.items() if minutes <= LAST - LOST_SINCE}
    assert {window for window, rate in told["burn_rates"].items() if rate is None} == lost_within


def test_what_nobody_recorded_is_no_data(world: World) -> None:
    told = world.figures("--source", "recorded")

    assert {one["verdict"] for name, one in told.items() if name != "ruled"} == {"no data"}
    assert {one["no_data"] for name, one in told.items() if name != "ruled"} == {"its rules are not loaded"}


def test_recorded_and_counted_say_the_same(world: World) -> None:
    recorded, counted = (world.figures("--source", source)["ruled"] for source in ("recorded", "counted"))

    assert (recorded["period_figures"]["source"], counted["period_figures"]["source"]) == ("recorded", "counted")
    assert float(counted["budget_spent_ratio"]) == pytest.approx(float(TRAFFIC["ruled"].spent), abs=1e-9)
    # What is recorded of a period ends at a half hour, and is told until the next has settled.
    lagging = [spent_up_to(LAST - late) for late in range(40)]
    assert min(lagging) - 0.005 <= float(recorded["budget_spent_ratio"]) <= max(lagging) + 0.005
    for window in ("5m", "1h", "6h"):  # The longest is recorded in tiles of five minutes.
        assert float(recorded["burn_rates"][window]) == pytest.approx(float(counted["burn_rates"][window]), rel=0.07)


def spent_up_to(minute: int) -> float:
    return float(TRAFFIC["ruled"].ratio(minute - PERIOD, minute) / BUDGET)


def test_where_recorded_and_counted_differ_that_is_said(world: World) -> None:
    told = world.figures("--service", "ruled")["ruled"]

    assert [words.partition(" say ")[0] for words in told["notes"]] == ["recorded series, up to 30m behind,"]
    assert told["notes"][0].endswith("counters 61.2%: sretool slo explain --live names the cause")


def test_where_rules_are_loaded_their_alerts_are_told_and_elsewhere_what_would_fire(world: World) -> None:
    told = world.figures()

    page = {"burn_tier": "30m-5m", "severity": "page"}
    assert (told["ruled"]["windows_source"], told["ruled"]["period_figures"]["source"]) == ("recorded", "counted")
    assert told["ruled"]["firing"] == [page | {"alert": "ErrorBudgetBurn", "state": None, "silenced": None}]
    assert (told["burning"]["windows_source"], told["burning"]["firing"]) == ("counted", [])
    assert page in told["burning"]["burning"]


def test_invariants_are_held_or_violated(world: World) -> None:
    told = json.loads(world.status("--service", "money", "--output", "json").stdout)["invariants"]

    assert told == [
        {"name": "money/broken", "state": "violated", "rises_1h": "3"},
        {"name": "money/kept", "state": "held", "rises_1h": "0"},
    ]


def test_the_table_has_the_worst_first_and_violated_invariants_before_all(world: World) -> None:
    done = world.status()

    rows = [line.split() for line in done.stdout.partition("note: ")[0].splitlines() if "/" in line]
    names = [next(word for word in row if "/" in word) for row in rows]
    assert names == [
        "money/broken",
        "money/kept",
        "burning/availability",
        "ruled/availability",
        "exhausted/availability",
        "grouped/availability{region=us}",
        "gone/availability",
        "grouped/availability{region=eu}",
        "healthy/availability",
        "worked-on/availability",
        "monthly/availability",
        "young/availability",
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--service", "exhausted"), 0),
        (("--owner", "shop"), 0),
        (("healthy/availability", "money/kept"), 0),
        (("gone/availability",), 3),
        ((), 3),
    ],
)
def test_status_is_fine_whatever_the_verdict_unless_something_is_not_known(
    world: World, arguments: tuple[str, ...], code: int
) -> None:
    assert world.status(*arguments).returncode == code


def test_markdown_is_a_table_that_github_draws(world: World) -> None:
    lines = world.status("--service", "healthy", "--output", "markdown").stdout.splitlines()

    heading, rule, row = lines[2:5]
    assert heading.startswith("| verdict | SLO | objective | SLI | budget left |")
    assert rule == "|" + " --- |" * (heading.count("|") - 1)
    assert row.startswith("| ok | healthy/availability | 99.9% | 99.9833% | 83.3% |")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--service", "healthy"), 0, "gate: open"),
        (("--service", "healthy", "--min-budget", "84%"), 1, "83.33% of the budget is left, 84.00% is asked"),
        (
            ("--service", "exhausted"),
            1,
            "exhausted/availability: its budget is overspent by 629.77%, 10.00% left is asked",
        ),
        (("--service", "grouped"), 1, "grouped/availability{region=us}: its budget is overspent by 414.29%"),
        (("--service", "ruled"), 1, "ruled/availability: it burns fast enough to page (30m-5m)"),
        (("--service", "burning", "--on-no-data", "open"), 1, "burning/availability: it burns fast enough to page"),
        (("money/broken",), 1, "money/broken: is violated"),
        (("money/kept",), 0, "gate: open"),
        (("--service", "gone"), 3, "gone/availability: its counters have had no sample for 5m"),
        (("--service", "gone", "--on-no-data", "open"), 0, "passed over: gone/availability: its counters have had"),
        (("--service", "young"), 0, "gate: open"),
        (("--service", "young", "--min-coverage", "2%"), 3, "1.85% of its period has been seen, 2.00% is asked"),
    ],
)
def test_the_gate(world: World, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = world.gate(*arguments)

    assert (done.returncode, words in done.stdout) == (code, True), done.stdout


def test_the_gate_appends_its_decision_to_a_pipelines_page(world: World, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("what was there\n")

    world.gate("--service", "exhausted", "--summary", str(page))

    assert page.read_text().splitlines()[:4] == [
        "what was there",
        "### Gate: closed",
        "",
        "- **exhausted/availability**: its budget is overspent by 629.77%, 10.00% left is asked",
    ]


def test_the_policy_decides_by_what_the_server_says(world: World, home: Path) -> None:
    policy = home / "policy.yaml"
    policy.write_text(
        "caution_below: 84%\n"
        "exceptions:\n"
        f"  - {{service: exhausted, reason: The vendor, approver: Ada, until: {AT.date()}}}\n"
        f"  - {{service: grouped, reason: The move, approver: Ada, until: {AT.date() - timedelta(days=1)}}}\n"
    )
    try:
        checked = world.check("--output", "json")
        gate = world.gate("--service", "exhausted")
        over = world.gate("--service", "grouped")
    finally:
        policy.unlink()

    demanded = {one["subject"]: one["state"] for one in json.loads(checked.stdout)["demands"]}
    names = ("exhausted/availability", "grouped/availability{region=us}", "healthy/availability", "gone/availability")
    assert [demanded[name] for name in names] == ["exception", "freeze", "caution", "unknown"]
    assert (checked.returncode, gate.returncode, over.returncode) == (1, 0, 1)
    assert f"an exception holds until {AT.date()}, approved by Ada: The vendor" in gate.stdout
    assert f"the exception for grouped ended on {AT.date() - timedelta(days=1)}" in over.stdout


def test_all_queries_of_one_run_are_about_one_instant(world: World) -> None:
    with serving(passing_on(world.url)) as proxy:
        told = world.figures(url=proxy.url)
        asked = [request.form for request in proxy.requests if request.method == "POST"]

    assert told == world.figures()
    assert {form["time"] for form in asked if "time" in form} == {f"{AT.timestamp():.3f}"}
    # Ranges read days that are over, levels at the starts of spans, and the history that is drawn: nothing after AT,
    # which is long past, so that whatever were pinned to the clock would show.
    assert max(float(form["end"]) for form in asked if "end" in form) <= AT.timestamp()


@pytest.mark.parametrize(
    ("service", "code", "level", "words"),
    [
        ("healthy", 0, "ok", 'total: 2 series of requests_total{service="healthy"}'),
        ("burning", 0, "note", "would page 30m-5m, ticket 6h-30m as soon as the rules are there"),
        ("ruled", 0, "note", "its rules are there already, and its alerts fire: page 30m-5m"),
        ("gone", 1, "wrong", 'total: no series now, 2 within 1d: requests_total{service="gone"}'),
    ],
)
def test_a_plan_says_whether_rules_would_find_data(
    world: World, service: str, code: int, level: str, words: str
) -> None:
    done = world.plan("--service", service)

    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert done.returncode == code
    assert [level, f"{service}/availability", words] in rows


def test_a_plan_says_what_rules_would_read(world: World) -> None:
    done = world.plan("--service", "healthy")

    # Two series in all and one of bad events, each with a sample a minute in five minutes and a scrape.
    assert done.stdout.splitlines()[-1] == "each 30s the rules would read 18 samples of 3 raw series"


def test_a_plan_knows_the_scrape_interval_and_the_buckets_that_there_are(world: World, tmp_path: Path) -> None:
    (tmp_path / "sretool.yaml").write_text("scrape_interval: 15s\n")
    (tmp_path / "slos").mkdir()
    latency = promises.files()["healthy.yaml"].partition("      events:")[0]
    latency += "      latency: {histogram: seconds, threshold: 2s}\n"
    (tmp_path / "slos/slow.yaml").write_text(latency.replace("service: healthy", "service: slow"))
    (tmp_path / "slos/healthy.yaml").write_text(promises.files()["healthy.yaml"])

    done = World(tmp_path, world.url).plan()

    assert done.returncode == 1
    assert "its buckets are 0.5, 1.0\n" in done.stdout
    assert "total: samples come every 60 s, scrape_interval of sretool.yaml says 15 s\n" in done.stdout
    # Rules for 15 s read 5m15s, in which there are five samples of each series, as they do come.
    assert done.stdout.splitlines()[-1] == "each 30s the rules would read 15 samples of 3 raw series"


def test_a_plan_names_a_metric_of_the_same_labels_that_is_written_almost_so(world: World, tmp_path: Path) -> None:
    (tmp_path / "slos").mkdir()
    typed = promises.files()["healthy.yaml"].replace("requests_total{", "reqests_total{")
    (tmp_path / "slos/healthy.yaml").write_text(typed)

    done = World(tmp_path, world.url).plan()

    meant = 'total: no series of reqests_total{service="healthy"}; did you mean requests_total?'
    assert done.returncode == 1
    assert meant in " ".join(done.stdout.split())


def test_a_plan_takes_no_other_metric_for_what_has_not_happened_yet(world: World, tmp_path: Path) -> None:
    (tmp_path / "slos").mkdir()
    unborn = promises.files()["healthy.yaml"].replace("bad: ", 'bad: request_errors_total{service="healthy"} # ')
    (tmp_path / "slos/healthy.yaml").write_text(unborn)

    done = World(tmp_path, world.url).plan()

    assert done.returncode == 0
    assert "right if it never happened, else check the selector" in " ".join(done.stdout.split())
    assert "did you mean" not in done.stdout


def passing_on(url: str):
    """An answer that is another server's."""

    def answer(request: Asked, wire: Wire) -> None:
        kind = {"Content-Type": request.headers.get("content-type", "text/plain")}
        onward = Request(url + request.target, request.body or None, kind, method=request.method)
        try:
            with urlopen(onward) as response:
                status, body = response.status, response.read()
        except HTTPError as refused:
            status, body = refused.code, refused.read()
        reply(body, status=status)(request, wire)

    return answer


@pytest.fixture(scope="module")
def victoria(home: Path, victoria_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same history in another server."""
    data = tmp_path_factory.mktemp("victoria")

    def command(port: int) -> list[str]:
        flags = (f"-httpListenAddr=127.0.0.1:{port}", "-storageDataPath=data", "-search.latencyOffset=0s")
        return [str(victoria_binary), *flags, "-retentionPeriod=10y", "-search.disableCache"]

    with answering(command, log=data / "log", is_ready=is_ready, directory=data) as (port, _):
        url = at(port)
        in_milliseconds = "".join(line.replace("\n", "000\n") for line in promises.counters())
        import_into(url, in_milliseconds)
        yield World(home, url)


def test_another_server_counts_the_same(world: World, victoria: World) -> None:
    ours, theirs = world.figures("--source", "counted"), victoria.figures("--source", "counted")

    assert {name: comparable(one) for name, one in theirs.items()} == {
        name: comparable(one) for name, one in ours.items()
    }


def comparable(one: dict) -> dict:
    """What is told of an SLO, its ratios as numbers. Of a series' first value the two servers guess differently."""
    period = one["period_figures"]
    exactly = {key: one[key] for key in ("verdict", "no_data", "burning", "doubts")}
    rough = 2 if one["name"].startswith("young") else 9
    rates = {window: rate and round(float(rate), rough) for window, rate in one["burn_rates"].items()}
    shown = ("error_ratio", "coverage_ratio") if period else ()  # Of what is gone no period is told.
    return exactly | rates | {key: round(float(period[key]), rough) for key in shown}
