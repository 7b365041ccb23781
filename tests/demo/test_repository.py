"""What the demonstration writes into its repository is what a user may write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sretool.demo.repository import POLICY, SETTINGS, answers, catalog
from sretool.incident.postmortem.answers import read_answers
from sretool.settings.repository import find_repository
from sretool.yamltext.loading import load_file


@pytest.mark.parametrize("real_service", ["", "PREAL01"], ids=["a sandbox", "the real one"])
def test_its_settings_catalogue_and_policy_are_right(tmp_path: Path, real_service: str):
    (tmp_path / "sretool.yaml").write_text(SETTINGS)
    (tmp_path / "catalog.yaml").write_text(catalog(real_service))
    (tmp_path / "policy.yaml").write_text(POLICY)

    found = find_repository(tmp_path, {})

    assert (found.diagnostics, found.catalog is not None, found.policy is not None) == ((), True, True)
    assert found.catalog is not None
    ids = [service.pagerduty for service in found.catalog.services]
    assert ids == (["PREAL01"] * 3 if real_service else ["PINGEST", "PINVOIC", "PPROBER"])


def test_the_answers_leave_nothing_to_ask(tmp_path: Path):
    (tmp_path / "answers.yaml").write_text(answers(date(2026, 11, 28)))

    read, diagnostics = read_answers(load_file(tmp_path / "answers.yaml"))

    assert diagnostics == ()
    assert all((read.owner, read.summary, read.customers, read.detection, read.factors))
    assert all((read.went_well, read.went_wrong, read.lucky))
    assert [action.cells[3] for action in read.actions] == ["2026-12-12"]
