"""Where the demonstration is told: on the terminal, and in a transcript that is the same without what moves."""

from __future__ import annotations

import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill, wrap
from typing import IO

from rich.console import Console
from rich.status import Status

from sretool.demo.measured import SRETOOL
from sretool.demo.processes import run_aloud, wait_until

_LOOK_SECONDS = 0.2
_OPTION = re.compile(r"(--\S+) (?=[^-])")
_WIDTH = 80  # Of what goes into a file or a pipe, and of the story itself.
# `slo status` answers 3 where an SLO has no data, which is no reason to stop.
_ANSWERS = (0, 3)


@dataclass(frozen=True, slots=True)
class Stage:
    """A console, and the transcript; `out` is what is left to the user."""

    console: Console
    transcript: IO[str]
    out: Path

    def say(self, text: str = "", style: str = "") -> None:
        """Lines of the story, word for word; a terminal breaks them between words, and no word."""
        shown = _broken(text, self.console.width) if self.console.is_terminal else text
        self.console.print(shown, style=style, markup=False, highlight=False, soft_wrap=True)
        self.transcript.write(f"{text}\n")
        self.transcript.flush()

    @contextmanager
    def step(self, doing: str) -> Iterator[Callable[[str], None]]:
        """Something that takes a while. Call the value with what was done, which is then told with its seconds."""
        began = time.monotonic()

        def done(what: str) -> None:
            self.say(f"ok  {what} ({time.monotonic() - began:.1f} s here)", "green")

        with self._showing(doing):
            yield done

    @contextmanager
    def part(self, heading: str) -> Iterator[None]:
        """A part of the story, with its heading before it and how long it took after it."""
        began = time.monotonic()
        self.say(f"\n== {heading}", "bold")
        yield
        self.say(f"\n   ({time.monotonic() - began:.0f} s here)", "dim")

    def wait(
        self, what: str, condition: Callable[[], bool], *, seconds_max: float, look: Callable[[], str] = lambda: ""
    ) -> None:
        """Wait for `what`, with what can be seen meanwhile beside it on a terminal. Raises WaitedTooLong."""
        began = time.monotonic()
        with self._showing(f"waiting for {what}") as status:

            def asked() -> bool:
                if status is not None:
                    status.update(f"waiting for {what}: {time.monotonic() - began:.0f} s  {look()}")
                return condition()

            wait_until(asked, seconds_max=seconds_max, what=what, poll_seconds=_LOOK_SECONDS)

    def write(self, name: str, text: str) -> None:
        """A file that is left to the user."""
        (self.out / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")

    def shell(self, words: str, *, environment: Mapping[str, str] | None = None) -> None:
        """A command of ours as a user would type it in that directory, and what it prints."""
        width = self.console.width if self.console.is_terminal else _WIDTH
        self.say(f"\n{_typed(words, width)}", "bold")
        variables = {**(environment or {}), "COLUMNS": str(width)}
        command = [*SRETOOL, *shlex.split(words)[1:]]
        self.say(run_aloud(command, directory=self.out, environment=variables, codes=_ANSWERS).rstrip())

    @contextmanager
    def _showing(self, doing: str) -> Iterator[Status | None]:
        """A spinner on a terminal; elsewhere a line, so that nobody wonders."""
        if self.console.is_terminal:
            with self.console.status(doing) as status:
                yield status
        else:
            print(f"..  {doing}", file=sys.stderr, flush=True)
            yield None


def _typed(words: str, width: int) -> str:
    """A command after its prompt, in lines that can be pasted."""
    kept = _OPTION.sub(r"\1\0", f"$ {words}")  # An option and its value stay together.
    lines = wrap(kept, width - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return " \\\n".join(lines).replace("\0", " ")


def _broken(text: str, width: int) -> str:
    """Its lines between words where they are wider, set in as they begin."""
    lines = [line if len(line) <= width else _set_in(line, width) for line in text.split("\n")]
    return "\n".join(lines)


def _set_in(line: str, width: int) -> str:
    margin = line[: len(line) - len(line.lstrip())]
    return fill(line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)
