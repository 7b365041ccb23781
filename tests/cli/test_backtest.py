"""How `sretool slo backtest` ends, and what it prints of a history that is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus.fake import Request, Wire, reply, serving

OUTAGE = 1_774_872_000  # 2026-03-30 12:00 UTC.
SPEC = """apiVersion: sretool/v1
service: shop
owner: shop
slos:
  - name: availability
    objective: 99.9%
    period: 30d
    sli: {events: {bad: 'errors_total', total: 'requests_total'}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/shop.yaml").write_text(SPEC)
    return tmp_path


def backtest(home: Path, *options: str, before: Sequence[str] = ("-m", "sretool")) -> tuple[int, str]:
    """How the command ends, and what it says last."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
    command = [sys.executable, *before, "slo", "backtest", *options]
    done = subprocess.run(
        command, cwd=home, env=kept | {"XDG_CACHE_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout or done.stderr.strip().splitlines()[-1]


def _matrix(result: list[object]) -> dict[str, object]:
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def outage(request: Request, wire: Wire) -> None:
    """Twenty events a second, all of which fail in an hour."""
    form = request.form
    times = range(int(float(form["start"])), int(float(form["end"])) + 1, 30)
    if "errors_total" in form["query"]:
        values = [20 if OUTAGE <= at < OUTAGE + 3_600 else 0 for at in times]
    else:
        values = [20 for _ in times]
    points = [[at, str(value)] for at, value in zip(times, values, strict=True)]
    reply(_matrix([{"metric": {}, "values": points}]))(request, wire)


def test_an_outage_is_a_page_and_a_ticket_and_other_settings_are_held_to_the_same_loss(home: Path):
    options = ["--last", "1d", "--at", str(OUTAGE + 14_400), "--set", "min_bad_events=1000000", "--output", "json"]
    with serving(outage) as fake:
        code, printed = backtest(home, "availability", *options, "--prometheus", fake.url)
    as_specified, deaf = json.loads(printed)["candidates"]

    assert code == 0
    assert (as_specified["pages"], as_specified["tickets"], deaf["pages"], deaf["tickets"]) == (1, 1, 0, 1)
    assert as_specified["precision"]["page"] == {"hits": 1, "of": 1, "ratio": 1.0, "interval": None}
    assert deaf["recall"]["page"] == {"hits": 0, "of": 1, "ratio": 0.0, "interval": None}
    (loss,) = as_specified["losses"]
    assert (loss["began"], loss["bad_events"], loss["told"]) == (OUTAGE, 72_000, True)
    assert as_specified["firings"][0]["loss_began"] == OUTAGE


def test_a_table_says_how_many_a_share_is_of(home: Path):
    with serving(outage) as fake:
        at = str(OUTAGE + 14_400)
        _, printed = backtest(home, "availability", "--last", "1d", "--at", at, "--prometheus", fake.url)

    lines = printed.splitlines()
    assert lines[0] == "shop/availability from 2026-03-29 16:00:00 to 2026-03-30 16:00:00 UTC"
    (row,) = [line.split() for line in lines if line.startswith("  as specified")]
    assert row[2:8] == ["1", "1/1", "1", "1/1", "1", "1/1"]
    assert [line.split()[2] for line in lines if line.startswith("  2026-03-30")] == ["page", "ticket"]
    assert "72,000 of 72,000 events bad over 55m, 100.0% at worst" in printed


def test_on_a_narrow_terminal_no_figure_is_lost(home: Path, monkeypatch: pytest.MonkeyPatch):
    options = ("availability", "--last", "1d", "--at", str(OUTAGE + 14_400), "--set", "min_bad_events=2,5")
    with serving(outage) as fake:
        _, wide = backtest(home, *options, "--prometheus", fake.url)
        monkeypatch.setenv("COLUMNS", "80")
        _, narrow = backtest(home, *options, "--prometheus", fake.url)

    assert max(map(len, wide.splitlines())) > 80
    assert max(map(len, narrow.splitlines())) <= 80
    assert sorted(wide.split()) == sorted(narrow.split())


def test_a_server_without_the_slo_is_one_sentence_and_exit_3(home: Path):
    with serving(reply(_matrix([]))) as fake:
        ended = backtest(home, "availability", "--last", "1d", "--prometheus", fake.url)

    assert ended == (
        3,
        "the server has nothing of shop/availability in that time: what its alerts did is not known",
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["availabilty"], "no SLO is called availabilty: did you mean shop/availability?"),
        (["availability", "--last", "month"], "--last: 'month' is not a duration such as 30d, 1h30m or 250ms"),
        (["availability", "--last", "0"], "--last 0 is too short to tell anything: write such as 30d"),
        (["availability", "--loss", "2"], "--loss 2 is no share: write a percentage from 0% to 100%, such as 10%"),
        (
            ["availability", "--set", "objective=99.9"],
            "--set objective=99.9: write a percentage between 0% and 100%, such as 99.9%",
        ),
    ],
)
def test_wrong_input_is_a_sentence_and_exit_2(home: Path, options: list[str], told: str):
    assert backtest(home, *options, "--prometheus", "http://127.0.0.1:9") == (2, told)


def test_without_numpy_it_says_which_extra_brings_it(home: Path):
    without = (
        "import sys; sys.modules['numpy'] = None; sys.argv[0] = 'sretool'; from sretool.__main__ import run; run()"
    )

    assert backtest(home, "availability", before=("-c", without)) == (
        2,
        "sretool slo backtest needs numpy: pip install 'sretool[backtest]'",
    )
