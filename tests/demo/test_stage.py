"""The story on a terminal is broken between words; in the transcript, and through a pipe, it is as it was said."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sretool.demo.stage import Stage

SAID = "All is real but for the history, which is written first.\n    runbook  https://runbooks.example.org/checkout"


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [
        (
            True,
            "All is real but for the history,\nwhich is written first.\n"
            "    runbook\n    https://runbooks.example.org/checkout\n",
        ),
        (False, f"{SAID}\n"),
    ],
    ids=["a terminal", "a pipe"],
)
def test_the_story_fits_its_terminal_and_the_transcript_has_it_as_it_was_said(is_terminal: bool, shown: str):
    screen, transcript = StringIO(), StringIO()
    stage = Stage(Console(file=screen, force_terminal=is_terminal, width=36, color_system=None), transcript, Path())

    stage.say(SAID)

    assert (screen.getvalue(), transcript.getvalue()) == (shown, f"{SAID}\n")


def test_a_command_that_is_wider_than_the_screen_can_be_pasted():
    screen = StringIO()
    stage = Stage(Console(file=screen, force_terminal=True, width=40, color_system=None), StringIO(), Path())

    stage.shell("sretool schema --help --help --help --help")

    typed, _, printed = screen.getvalue().strip().partition("Usage:")
    assert typed == "$ sretool schema --help --help --help \\\n    --help\n"
    assert printed
