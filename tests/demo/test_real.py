"""Nobody is woken for a demonstration unless somebody at a terminal says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.terminal import Terminal

from sretool.demo.real import NotReal, real_pagerduty
from sretool.settings.catalog import Catalog, CatalogService

DEMO = [sys.executable, "-m", "sretool", "demo", "--page-for-real"]
KEYS = {"PAGERDUTY_API_KEY": "k" * 20, "PAGERDUTY_ROUTING_KEY": "r" * 32, "PAGERDUTY_FROM": "ada@example.org"}
CATALOG = Catalog(services=(CatalogService("billing-ingest", "ingest", pagerduty="PREAL01"),))


def environment(**variables: str) -> dict[str, str]:
    ours = ("SRETOOL_", "PAGERDUTY_", "COLUMNS")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | variables


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sretool.yaml").write_text("catalog: catalog.yaml\n")
    (tmp_path / "catalog.yaml").write_text(
        "teams: {ingest: {}}\nservices: {billing-ingest: {team: ingest, pagerduty: PREAL01}}\n"
    )
    return tmp_path


def test_without_a_terminal_it_refuses(home: Path):
    ended = subprocess.run(
        DEMO, cwd=home, env=environment(**KEYS), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no terminal to ask at" in ended.stderr


def test_it_names_the_service_and_wakes_nobody_unless_told_to(home: Path):
    with Terminal(DEMO, home, environment(**KEYS)) as terminal:
        asked = terminal.read_until("Wake them? [y/N]")
        terminal.press("\n")
        answered = terminal.rest()

    assert "on call for the PagerDuty service PREAL01, at https://api.pagerduty.com" in asked
    assert "nobody is woken, and nothing was started" in answered
    assert "k" * 20 not in answered


def test_it_pages_for_the_service_that_was_named_and_no_other():
    real = real_pagerduty(KEYS, CATALOG)

    assert (real.real_service, real.environment) == ("PREAL01", {"PAGERDUTY_ROUTING_KEY": ""})


@pytest.mark.parametrize(
    ("keys", "catalog", "words"),
    [
        ({}, CATALOG, "PAGERDUTY_API_KEY"),
        ({"PAGERDUTY_ROUTING_KEY": "r" * 32}, CATALOG, "PAGERDUTY_API_KEY"),
        (KEYS | {"PAGERDUTY_FROM": ""}, CATALOG, "PAGERDUTY_FROM"),
        (KEYS | {"SRETOOL_PAGERDUTY_URL": "http://here"}, CATALOG, "SRETOOL_PAGERDUTY_URL"),
        (KEYS, Catalog(), "services.billing-ingest"),
        (KEYS, None, "services.billing-ingest"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_started(keys, catalog, words):
    with pytest.raises(NotReal, match=words):
        real_pagerduty(keys, catalog)
