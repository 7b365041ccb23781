"""Incidents as a list, where the terminal is narrow."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from incident.samples import ledger_in

from sretool.cli.incident.listed import shown
from sretool.incident.acting import Author, open_incident

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
