"""The live commands where something is wrong: servers, answers, options; and `watch` as a terminal sees it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from cli.shop import PAGE, SPEC, Shop, notified
from cli.terminal import Terminal
from prometheus.fake import refusing, reply, serving

from sretool.cli.slo.asking import instant
from sretool.clock import now

RECORDED = ("--source", "recorded")
ASKING = [("status",), ("gate",), ("gate", "--on-no-data", "open"), ("watch",), ("plan",)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/shop.yaml").write_text(SPEC)
    return tmp_path


def environment(home: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SRETOOL_", "COLUMNS", "LINES"))}
    return kept | {"XDG_CACHE_HOME": str(home / "cache"), "TERM": "xterm"} | variables


def sretool(home: Path, url: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    named = {"SRETOOL_PROMETHEUS_URL": url, "COLUMNS": "200"}
    command = [sys.executable, "-m", "sretool", "slo", *arguments]
    return subprocess.run(
        command, cwd=home, env=environment(home, **named | variables), capture_output=True, text=True, check=False
    )


def told(home: Path, shop: Shop, *arguments: str) -> dict:
    """What status says of the SLO."""
    with serving(shop) as fake:
        done = sretool(home, fake.url, "status", *RECORDED, "--output", "json", *arguments)
    return json.loads(done.stdout)["slos"][0]


# No server, or none that answers.


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"", status=401), "wants to know who asks (401)"),
        (reply(b"<html>", kind="text/html"), "answers with a web page"),
        (reply(b'{"status": "succ'), "ends too early or is broken"),
        (reply({"status": "error", "error": "out of memory"}, status=422), "refuses (422: out of memory)"),
    ],
    ids=["401", "HTML", "truncated", "422"],
)
def test_what_is_no_answer_is_one_sentence_and_exit_3(home: Path, arguments: tuple[str, ...], answer, words: str):
    with serving(answer) as fake:
        done = sretool(home, fake.url, *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1), done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_where_nobody_listens_is_one_sentence_and_exit_3(home: Path, arguments: tuple[str, ...]):
    with refusing() as port:
        done = sretool(home, f"http://127.0.0.1:{port}", *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1), done.stderr


def test_a_server_that_knows_nothing_of_them_has_no_data(home: Path):
    shop = Shop()
    shop.recorded.clear()
    with serving(shop) as fake:
        status, gate = (sretool(home, fake.url, command) for command in ("status", "gate"))
        passed = sretool(home, fake.url, "gate", "--on-no-data", "open")

    assert (status.returncode, gate.returncode, passed.returncode) == (3, 3, 0)
    assert "note: shop/availability: its counters have no data" in status.stdout
    assert gate.stdout.startswith("gate: closed, for want of data\n  shop/availability: no data: its counters")
    assert passed.stdout.startswith("gate: open\n  passed over: shop/availability: no data: its counters")


# The input is wrong, which is known before anybody is asked.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("status", "availabilty"), "availability"),
        (("gate", "shop/nothing"), "nothing"),
        (("status", "--owner", "nobody"), "no SLO is left to ask about"),
        (("gate", "--service", "nobody"), "no SLO is left to ask about"),
        (("status", "--at", "yesterday"), "--at yesterday is no instant"),
        (("status", "--at", "2026-03-01T03:00:00"), "--at 2026-03-01T03:00:00 is no instant"),
        (("status", "--at", "2999-01-01T00:00:00Z"), "--at 2999-01-01T00:00:00Z is yet to come: give an instant up to"),
        (("status", "--at", "0"), "--at 0 is before 2000, of which no server knows anything"),
        (("gate", "--at", "32472144000"), "--at 32472144000 is yet to come"),
        (("gate", "--at", "9" * 400), "9 is no instant"),
        (("plan", "--at", "2999-01-01T00:00:00Z"), "is yet to come"),
        (("explain", "availability", "--live", "--at", "2999-01-01T00:00:00Z"), "is yet to come"),
        (("backtest", "availability", "--at", "2999-01-01T00:00:00Z"), "is yet to come"),
        (("backfill", "--data-dir", ".", "--until", "2999-01-01T00:00:00Z"), "--until 2999-01-01T00:00:00Z is yet"),
        (("gate", "--min-budget", "10"), "--min-budget 10 is no share"),
        (("gate", "--min-budget", "110%"), "--min-budget 110% is no share"),
        (("gate", "--min-budget", "NaN%"), "--min-budget NaN% is no share"),
        (("gate", "--min-coverage", "half"), "--min-coverage half is no share"),
        (("watch", "--every", "often"), "--every: "),
        (("watch", "--every", "500ms"), "--every 500ms is too often"),
        (("status", "--time-scale", "0"), "--time-scale"),
    ],
)
def test_wrong_input_is_exit_2_and_asks_nobody(home: Path, arguments: tuple[str, ...], words: str):
    with serving(reply()) as fake:
        done = sretool(home, fake.url, *arguments)

    assert (done.returncode, done.stdout, fake.requests) == (2, "", []), done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_clock_that_is_a_little_ahead_of_ours_is_believed(seconds: int):
    ahead = int(now().timestamp()) + seconds

    assert instant(str(ahead)) == ahead


def test_a_specification_that_is_wrong_is_exit_2(home: Path):
    (home / "slos/shop.yaml").write_text(SPEC.replace("99.9%", "99.9"))

    done = sretool(home, "http://127.0.0.1:1", "gate")

    assert (done.returncode, "SL101" in done.stderr) == (2, True)


# States with words.


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ({"slo:error:ratio1h": "NaN"}, "slo:error:ratio1h is NaN"),
        ({"slo:error:ratio6h": "+Inf"}, "slo:error:ratio6h is Infinity"),
        ({"slo:base_age:seconds": "300"}, "the newest recorded sample is 5m old"),
        ({"slo:base_age:seconds": ""}, "nothing is recorded now: its data is gone, or was never there"),
        ({"slo:period_bad_events:sum": "1002000"}, "more bad than all events: the two sides of its SLI do not count"),
    ],
)
def test_a_figure_that_is_in_doubt_says_so_and_closes_the_gate(home: Path, recorded: dict[str, str], words: str):
    shop = Shop(recorded)
    with serving(shop) as fake:
        gate = sretool(home, fake.url, "gate", *RECORDED)

    assert any(doubt.startswith(words) for doubt in told(home, shop)["doubts"])
    assert (gate.returncode in (1, 3), words in gate.stdout) == (True, True), gate.stdout


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ({"slo:period_bad_events:sum": "NaN"}, "what is recorded of the period is no number"),
        ({"slo:period_all_events:sum": "+Inf"}, "what is recorded of the period is no number"),
        ({"slo:period_all_events:sum": "0"}, "no events in the period"),
        ({"slo:period_coverage:ratio": ""}, "nothing is recorded of the period"),
        ({"slo:objective:ratio": ""}, "its rules are not loaded"),
    ],
)
def test_a_period_without_figures_is_no_data(home: Path, recorded: dict[str, str], words: str):
    one = told(home, Shop(recorded))

    assert (one["verdict"], one["no_data"], one["budget_left_ratio"]) == ("no data", words, None)


def test_a_rule_that_fails_closes_the_gate_of_its_slo_for_want_of_data(home: Path):
    with serving(Shop(failing="labelset twice")) as fake:
        gate = sretool(home, fake.url, "gate", *RECORDED)

    assert gate.returncode == 3
    assert "  shop/availability: the rule slo:all_events:rate fails on the server: labelset twice" in gate.stdout


def test_beside_no_data_stands_no_figure(home: Path):
    with serving(Shop({"slo:base_age:seconds": ""})) as fake:
        shown = {
            output: sretool(home, fake.url, "status", *RECORDED, "--output", output).stdout
            for output in ("table", "json", "markdown")
        }
    one = json.loads(shown["json"])["slos"][0]

    words = "nothing is recorded now: its data is gone, or was never there"
    assert (one["verdict"], one["no_data"]) == ("no data", words)
    assert {one[figure] for figure in ("budget_spent_ratio", "budget_left_ratio", "bad_events_left")} == {None}
    assert (one["period_figures"], set(one["burn_rates"].values())) == (None, {None})
    for row in (line for text in shown.values() for line in text.splitlines() if "no data" in line):
        assert not re.search(r"[\d.]+x|(?<!99\.9)%", row), row


def test_a_server_that_forgets_before_the_period_is_over_is_in_doubt(home: Path):
    (doubt,) = told(home, Shop(retention="15d"))["doubts"]

    assert doubt == (
        "its period lasts 30d and the server keeps 15d: what is older is not seen, so start the server with "
        "--storage.tsdb.retention.time=30d"
    )
    assert told(home, Shop(retention="31d"))["doubts"] == []


def test_what_a_server_has_to_keep_is_said_in_the_unit_of_the_period(home: Path):
    weeks = SPEC.replace("period: 30d", "period: 4w")
    (home / "slos/shop.yaml").write_text(weeks)

    (doubt,) = told(home, Shop(retention="15d"))["doubts"]

    assert doubt.startswith("its period lasts 28d and the server keeps 15d: ")
    assert doubt.endswith(" --storage.tsdb.retention.time=28d")


def test_a_plan_says_so_before(home: Path):
    with serving(Shop(retention="15d")) as fake:
        done = sretool(home, fake.url, "plan", "--output", "json")

    found = {(one["level"], one["words"]) for one in json.loads(done.stdout)["findings"]}
    words = "keeps 15d, and a period lasts 30d: start it with --storage.tsdb.retention.time=30d"
    assert (done.returncode, ("wrong", words) in found) == (1, True)


def test_lengths_are_those_of_rules_whose_time_runs_faster(home: Path):
    with serving(Shop()) as fake:
        plan = sretool(home, fake.url, "plan", "--time-scale", "60")
        explained = sretool(home, fake.url, "explain", "availability", "slos", "--time-scale", "60")

    assert "each 500ms the rules would read" in plan.stdout
    assert ("requests_total[6s]" in explained.stdout, "[6m]" in explained.stdout) == (True, False)


def test_a_plan_fits_a_narrow_terminal_and_says_once_what_holds_for_several(home: Path):
    (home / "slos/other.yaml").write_text(SPEC.replace("service: shop", "service: shop-of-others"))
    with serving(Shop()) as fake:
        done = sretool(home, fake.url, "plan", COLUMNS="60")

    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert len([line for line in lines if "shop-of-others/availability" in line]) == len(
        [line for line in lines if "shop/availability" in line]
    )
    assert any("shop/availability, shop-of-others/availability" in line for line in lines)


def test_a_service_born_today_has_spent_a_day_of_its_month_at_most(home: Path):
    one = told(home, Shop({"slo:period_coverage:ratio": "0.02"}))

    assert float(one["budget_left_ratio"]) == pytest.approx(1 - 0.333 * 0.02)
    assert one["period_figures"]["coverage_ratio"] == "0.02"


def test_an_objective_that_the_rules_there_do_not_have_is_said(home: Path):
    one = told(home, Shop({"slo:objective:ratio": "0.99"}))

    assert one["notes"] == ["the rules there have an objective of 0.99, the files 0.999"]


def test_an_answer_that_is_not_whole_closes_the_gate(home: Path):
    with serving(Shop(warnings=("a store is away",))) as fake:
        status, gate = (sretool(home, fake.url, command, *RECORDED) for command in ("status", "gate"))

    assert "note: the server warns that its answers are not whole: a store is away" in status.stdout
    assert gate.returncode == 3
    assert "  the server: its answers are not whole: a store is away" in gate.stdout


@pytest.mark.parametrize(("silenced", "words"), [(True, "page 1h-5m (silenced)"), (False, "page 1h-5m")])
def test_a_silence_is_told_and_opens_no_gate(home: Path, silenced: bool, words: str):
    quiet = reply(notified(silenced=silenced))
    with serving(Shop(firing=(PAGE,))) as fake, serving(quiet) as notifier:
        asked = (fake.url, "gate", *RECORDED, "--alertmanager", notifier.url)
        done = sretool(home, *asked)

    row = next(line for line in done.stdout.splitlines() if line.startswith("burning"))
    assert (done.returncode, row.endswith(f"  {words}  recorded")) == (1, True), done.stdout


def test_an_alertmanager_that_does_not_answer_costs_no_figure(home: Path):
    with serving(Shop()) as fake, serving(reply(b"", status=403)) as notifier:
        done = sretool(home, fake.url, "status", *RECORDED, "--alertmanager", notifier.url)

    assert (done.returncode, "66.7%" in done.stdout) == (0, True)
    assert "note: which alerts are silenced is not known: " in done.stdout


# How it looks.


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_name_is_whole_however_narrow_the_terminal(home: Path, columns: int):
    (home / "slos/shop.yaml").write_text(SPEC.replace("shop", "shop-of-all-the-things-that-anybody-sells"))
    with serving(Shop()) as fake:
        done = sretool(home, fake.url, "status", *RECORDED, COLUMNS=str(columns))

    assert "  shop-of-all-the-things-that-anybody-sells/availability  " in done.stdout
    assert columns < 80 or max(map(len, done.stdout.splitlines())) <= columns


def test_eighty_columns_hold_what_is_asked_first(home: Path):
    with serving(Shop(firing=(PAGE,))) as fake:
        done = sretool(home, fake.url, "status", *RECORDED, COLUMNS="80")

    heading = done.stdout.splitlines()[2]
    assert [words.strip() for words in heading.split("  ") if words] == [
        "verdict", "SLO", "budget left", "burn 5m", "burn 1h", "burn 6h", "firing",
    ]  # fmt: skip


def test_what_is_said_of_many_is_said_once_with_their_names(home: Path):
    for number in range(4):
        (home / f"slos/{number}.yaml").write_text(SPEC.replace("service: shop", f"service: shop-{number}"))
    with serving(Shop()) as fake:
        done = sretool(home, fake.url, "status", *RECORDED)

    assert [line for line in done.stdout.splitlines() if line.startswith("note: ")] == [
        "note: shop-0/availability, shop-1/availability, shop-2/availability, shop-3/availability:"
        " its rules are not loaded"
    ]


@pytest.mark.parametrize(("variables", "is_colourful"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(home: Path, variables: dict[str, str], is_colourful: bool):
    command = [sys.executable, "-m", "sretool", "slo", "status", *RECORDED]
    with (
        serving(Shop()) as fake,
        Terminal(command, home, environment(home, SRETOOL_PROMETHEUS_URL=fake.url, **variables)) as terminal,
    ):
        shown = terminal.rest()

    assert ("\x1b[32mok" in shown, "\x1b[" in shown) == (is_colourful, is_colourful)


# watch, on a terminal and elsewhere.


@contextmanager
def watching(home: Path, shop: Shop, *, columns: int = 120) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "sretool", "slo", "watch", *RECORDED, "--every", "1s", "--timeout", "5"]
    with (
        serving(shop) as fake,
        Terminal(
            command, home, environment(home, SRETOOL_PROMETHEUS_URL=fake.url, NO_COLOR="1"), columns=columns
        ) as terminal,
    ):
        yield terminal


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_watch_draws_over_its_own_screen_and_gives_the_other_back(home: Path, ends: signal.Signals):
    with watching(home, Shop()) as terminal:
        terminal.read_until("shop/availability", times=2)
        terminal.process.send_signal(ends)
        shown = terminal.rest()

    assert terminal.process.returncode == 0
    assert shown.startswith("\x1b[?1049h\x1b[?25l\x1b[H")
    assert shown.endswith("\x1b[?25h\x1b[?1049l")
    assert "\x1b[2J" not in shown  # Who clears a screen makes it flicker.


def test_watch_shows_what_it_saw_last_when_the_server_is_lost(home: Path):
    shop = Shop()
    with watching(home, shop) as terminal:
        terminal.read_until("shop/availability")
        shop.lost = True
        terminal.read_until("no answer: ")
        terminal.read_until("shop/availability")
        shop.lost = False
        terminal.read_until("\x1b[Hat ")
        terminal.process.send_signal(signal.SIGINT)
        terminal.rest()

    assert terminal.process.returncode == 0


def test_watch_draws_anew_when_the_terminal_gets_another_size(home: Path):
    with watching(home, Shop(), columns=200) as terminal:
        terminal.read_until("from")
        terminal.resize(columns=70)
        terminal.read_until("burn 1h  firing\x1b[K")
        terminal.process.send_signal(signal.SIGINT)
        terminal.rest()


def test_watch_counts_what_is_below_the_end_of_the_screen(home: Path):
    for number in range(9):
        (home / f"slos/{number}.yaml").write_text(SPEC.replace("service: shop", f"service: shop-{number}"))
    with watching(home, Shop()) as terminal:
        terminal.resize(columns=100, lines=8)
        terminal.read_until("more lines: sretool slo status shows all")
        terminal.process.send_signal(signal.SIGINT)
        terminal.rest()


@contextmanager
def ended_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[None]:
    """Whoever waits for a line that never comes reads the end instead."""
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def test_watch_says_a_line_a_change_where_there_is_no_terminal(home: Path):
    shop = Shop()
    command = [sys.executable, "-m", "sretool", "slo", "watch", *RECORDED, "--every", "1s"]
    with serving(shop) as fake:
        variables = environment(home, SRETOOL_PROMETHEUS_URL=fake.url)
        with (
            subprocess.Popen(command, cwd=home, env=variables, stdout=subprocess.PIPE, text=True) as watch,
            ended_after(60, watch),
        ):
            assert watch.stdout is not None
            said = [watch.stdout.readline()]
            shop.firing = (PAGE,)
            said.append(watch.stdout.readline())
            shop.lost = True
            said.append(watch.stdout.readline())
            shop.firing = ()  # Before it is back: it may be asked between the two.
            shop.lost = False
            said.append(watch.stdout.readline())
            watch.send_signal(signal.SIGINT)
            rest = watch.stdout.read()

    words = [line.rstrip().partition(" ")[2] for line in said]
    assert words[0] == words[3] == "ok shop/availability (recorded)"
    assert words[1] == "burning shop/availability page 1h-5m (recorded)"
    assert words[2].startswith("no answer: ")
    assert (watch.returncode, rest) == (0, "")
