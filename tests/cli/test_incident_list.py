"""Incidents as a list, where the terminal is narrow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from incident.samples import ALERT, draft, ledger_in

from sretool.cli.incident import shown as one
from sretool.cli.incident.listed import shown
from sretool.incident.acting import Author, open_incident, resolve
from sretool.incident.events import AlertsSeen

NOW = datetime(2026, 11, 28, 3, 4, 5, tzinfo=UTC)


def test_on_80_columns_a_list_says_what_is_wrong_before_when_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ledger = ledger_in(tmp_path)
    title = "the queue of the payments is full, and nobody knows since when"
    open_incident(ledger, Author("ada", "desk"), now=NOW, title=title)
    monkeypatch.setenv("COLUMNS", "80")
    lines = shown(ledger.incidents(), "table", now=NOW, nothing="").splitlines()

    assert lines[0].split() == ["incident", "severity", "status", "page", "title"]
    assert lines[1].endswith("  the queue of the payment…")
    assert max(map(len, lines)) <= 80


def test_of_what_a_person_has_resolved_both_list_and_page_say_that_an_alert_fires_on(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.append([draft(), draft(AlertsSeen((ALERT,)))])
    resolve(ledger, Author("ada", "desk"), ledger.incidents()[0].incident_id)
    fires_on = ledger.incidents()
    ledger.append([draft(AlertsSeen((replace(ALERT, ended_at_utc=NOW),)))])
    words = "goes on     1 alert fires, as far as was told, and nobody is paged until one begins anew"

    assert "  still fires  " in shown(fires_on, "table", now=NOW, nothing="")
    assert words in one.shown(fires_on[0], "table", now=NOW)
    assert "  resolved  " in shown(ledger.incidents(), "table", now=NOW, nothing="")
    assert "goes on" not in one.shown(ledger.incidents()[0], "table", now=NOW)
