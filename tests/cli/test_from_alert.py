"""`sretool incident from-alert` as its user sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from incident.webhooks import SLOW, ended, firing, posted

COMMAND = [sys.executable, "-m", "sretool", "incident", "from-alert"]


def from_alert(home: Path, *arguments: object, said: bytes = b"", **variables: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was said."""
    ours = ("SRETOOL_", "PAGERDUTY_", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | variables
    command = [*COMMAND, *map(str, arguments)]
    (home / "sretool.yaml").write_text("incidents: incidents\n")
    done = subprocess.run(command, cwd=home, env=environment, input=said, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_notifications_on_standard_input_are_one_incident_from_its_opening_to_its_end(tmp_path: Path):
    opened = from_alert(tmp_path, said=posted(firing(summary="It burns.")))
    again = from_alert(tmp_path, said=posted(firing(summary="It burns.")))
    over = from_alert(tmp_path, said=posted(ended()))

    name = opened[1].split()[0]
    assert (opened[0], opened[1].startswith(f"{name} is open since "), "It burns." in opened[1]) == (0, True, True)
    assert again == (0, "", "nothing was recorded: all of it is known\n")
    assert over[1].startswith(f"{name} is resolved since ")
    assert "PagerDuty is not told, for want of a key" in opened[2]


def test_the_incident_as_json(tmp_path: Path):
    _, printed, _ = from_alert(tmp_path, "--output", "json", said=posted(firing(summary="It burns.")))

    incident = json.loads(printed)
    assert (incident["title"], incident["status"], incident["events"][0]["origin"]) == (
        "It burns.",
        "open",
        "alertmanager",
    )


def test_further_alerts_are_nothing_that_pagerduty_would_be_told(tmp_path: Path):
    from_alert(tmp_path, said=posted(firing()))

    code, printed, said = from_alert(tmp_path, said=posted(firing(), firing(SLOW)))

    assert (code, " is open since " in printed, said) == (0, True, "")


def test_what_is_no_notification_is_exit_2_and_records_nothing(tmp_path: Path):
    code, printed, said = from_alert(tmp_path, said=b"{}")

    assert (code, printed, (tmp_path / "incidents").exists()) == (2, "", False)
    assert said.startswith("this is no notification of an Alertmanager: `version` must be ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--listen", "9095"), "'9095' is no HOST:PORT"),
        (("--listen", "0.0.0.0:0"), "give --token-file"),
        (("--listen", "127.0.0.1:0", "--token-file", "none"), "--token-file: none: No such file"),
        (("--listen", "127.0.0.1:0", "--token-file", "empty"), "--token-file: empty is empty"),
        (("--listen", "127.0.0.1:0", "--token-file", "odd"), "holds characters that no token has"),
    ],
)
def test_where_it_cannot_or_must_not_listen_is_told(tmp_path: Path, arguments, words):
    (tmp_path / "empty").touch()
    (tmp_path / "odd").write_text("hüsh")

    code, printed, said = from_alert(tmp_path, *arguments)

    assert (code, printed, words in said) == (2, "", True), said


def test_a_key_that_can_be_none_is_told_before_it_listens(tmp_path: Path):
    code, printed, said = from_alert(tmp_path, "--listen", "127.0.0.1:0", PAGERDUTY_ROUTING_KEY="short")

    assert (code, printed, "PAGERDUTY_ROUTING_KEY has 5 characters" in said) == (2, "", True)
