"""`sretool policy check`, and the gate where a policy is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli.shop import PAGE, SPEC, Shop
from cli.test_slo_live import environment
from prometheus.fake import serving

POLICY = "freeze_below: 0%\ncaution_below: 25%\n"
EXCEPTION = """exceptions:
  - slo: shop/availability
    reason: The vendor's outage
    approver: Ada Lovelace
    until: 2026-03-31
"""
OVERSPENT = {"slo:period_bad_events:sum": "1100"}
LATER, TODAY = "2026-04-01T00:00:00Z", "2026-03-31T23:59:59Z"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/shop.yaml").write_text(SPEC)
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path


def sretool(home: Path, shop: Shop, *arguments: str, at: str = TODAY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sretool", *arguments, "--source", "recorded", "--at", at]
    with serving(shop) as fake:
        env = environment(home, SRETOOL_PROMETHEUS_URL=fake.url, COLUMNS="100")
        return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)


def test_what_is_demanded_and_why_is_printed(home: Path):
    done = sretool(home, Shop(OVERSPENT), "policy", "check")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "policy: freeze, only what makes the service more reliable ships",
        "at 2026-03-31 23:59:59 UTC",
        "",
        "demand  subject            budget left",
        "freeze  shop/availability      -10.00%",
        "",
        "shop/availability: its budget is overspent by 10.00%",
    ]


@pytest.mark.parametrize(
    ("shop", "code", "state"),
    [
        (Shop(), 0, "ship"),
        (Shop({"slo:period_bad_events:sum": "800"}), 0, "caution"),
        (Shop(OVERSPENT), 1, "freeze"),
        (Shop(firing=(PAGE,)), 1, "freeze"),
        (Shop({"slo:period_bad_events:sum": ""}), 3, "unknown"),
        (Shop(retention="15d"), 3, "unknown"),
    ],
    ids=["well", "low", "overspent", "paging", "without data", "forgotten"],
)
def test_the_exit_code_is_the_gates(home: Path, shop: Shop, code: int, state: str):
    checked = sretool(home, shop, "policy", "check", "--output", "json")
    gate = sretool(home, shop, "slo", "gate")

    assert (checked.returncode, gate.returncode, json.loads(checked.stdout)["state"]) == (code, code, state)


def test_an_exception_opens_both_until_its_last_day_is_over_and_is_named(home: Path):
    (home / "policy.yaml").write_text(POLICY + EXCEPTION)
    by_exception = "an exception holds until 2026-03-31, approved by Ada Lovelace: The vendor's outage"

    checked, gate = (sretool(home, Shop(OVERSPENT), *words) for words in (("policy", "check"), ("slo", "gate")))
    assert (checked.returncode, gate.returncode) == (0, 0)
    assert by_exception in " ".join(checked.stdout.split())
    assert f"  excepted: shop/availability: its budget is overspent by 10.00%; {by_exception}" in gate.stdout

    checked, gate = (
        sretool(home, Shop(OVERSPENT), *words, at=LATER) for words in (("policy", "check"), ("slo", "gate"))
    )
    assert (checked.returncode, gate.returncode) == (1, 1)
    assert "note: the exception for shop/availability ended on 2026-03-31 and counts for nothing" in " ".join(
        checked.stdout.split()
    )
    assert "  note: the exception for shop/availability ended on 2026-03-31 and counts for nothing" in gate.stdout


def test_who_names_a_budget_at_the_gate_does_without_the_policy(home: Path):
    (home / "policy.yaml").write_text(POLICY + EXCEPTION)

    assert sretool(home, Shop(OVERSPENT), "slo", "gate", "--min-budget", "0%").returncode == 1
    assert sretool(home, Shop(), "slo", "gate", "--min-budget", "70%").returncode == 1


def test_markdown_has_a_row_a_demand_with_its_reason(home: Path):
    done = sretool(home, Shop(OVERSPENT), "policy", "check", "--output", "markdown")

    row = "| freeze | shop/availability | -10.00% | its budget is overspent by 10.00% |"
    assert row in done.stdout.splitlines()


@pytest.mark.parametrize("command", [("policy", "check"), ("slo", "gate"), ("slo", "validate")], ids=" ".join)
def test_a_policy_that_is_wrong_ends_what_would_obey_it(home: Path, command: tuple[str, ...]):
    (home / "policy.yaml").write_text("freeze_below: 10\n")

    done = subprocess.run(
        [sys.executable, "-m", "sretool", *command],
        cwd=home,
        env=environment(home, SRETOOL_PROMETHEUS_URL="http://127.0.0.1:1"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("policy.yaml:1:15: YA016 `freeze_below` must be a percentage")


def test_without_a_policy_there_is_nothing_to_check_and_the_gate_asks_for_a_tenth(home: Path):
    (home / "policy.yaml").unlink()
    nearly_spent = Shop({"slo:period_bad_events:sum": "950"})

    checked, gate = (sretool(home, nearly_spent, *words) for words in (("policy", "check"), ("slo", "gate")))
    assert (checked.returncode, checked.stdout, checked.stderr.startswith("there is no policy.yaml")) == (2, "", True)
    assert (gate.returncode, "5.00% of the budget is left, 10.00% is asked" in gate.stdout) == (1, True)
