"""`sretool postmortem lint`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.lint import Ignore, LevelName, Select, but_for_none_yet, choice_of, tell
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.lint.linting import Choice, Report
    from sretool.spec.load import Specs


def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Postmortems, directories of them, or incidents by their ids. Default: postmortems: of sretool.yaml.",
            metavar="[PATH]...",
            show_default=False,
        ),
    ] = None,
    *,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: Annotated[LevelName, typer.Option(help="The least level that makes it exit 1.")] = "error",
    output: Annotated[
        Literal["human", "json", "sarif", "github"], typer.Option(help="How to print the findings.")
    ] = "human",
) -> None:
    """Find what a postmortem lacks: sections, answers, times that agree, actions with an owner and a day.

    \b
    Examples:
      sretool postmortem lint
      sretool postmortem lint 7k3qd
      sretool postmortem lint postmortems/inc-20261128-7k3qd.md --fail-on warning
      sretool lint --explain PM033

    A comment accepts a finding on its line, or on the one below it:
    <!-- sretool: ignore[PM033] reason="it is what the alert is for" -->

    Exit 0 without findings of that level, 1 with, 2 where a path cannot be read.
    """
    from sretool.cli.inputs import settings

    wanted = but_for_none_yet([*_with_incidents(paths)] if paths else [str(settings().postmortems)])
    if not wanted:
        return
    report, is_unread = linted(wanted, choice_of(select, ignore))
    tell(report, output, fail_on=fail_on, is_unread=is_unread)


def _with_incidents(paths: Sequence[str]) -> Iterator[str]:
    """Paths, and of what is none but may be what an incident is called, its page."""
    for path in paths:
        is_name = not Path(path).exists() and Path(path).name == path and not Path(path).suffix
        yield _page_of(path) if is_name else path


def _page_of(which: str) -> str:
    from sretool.cli.incident.arguments import chosen, ledger, plainly
    from sretool.cli.inputs import settings
    from sretool.incident.choosing import NotChosen
    from sretool.incident.postmortem.reading import SUFFIX

    with plainly():
        try:
            incident_id = chosen(which, ledger())
        except NotChosen as error:
            raise Stop(Exit.WRONG_INPUT, f"there is no file {which}, and {error}") from error
    page = settings().postmortems / f"{incident_id}{SUFFIX}"
    if not page.exists():
        raise Stop(Exit.WRONG_INPUT, f"{incident_id} has no postmortem yet: sretool postmortem new {which}")
    return str(page)


def linted(paths: Sequence[str], choice: Choice) -> tuple[Report, bool]:
    """What is wrong with the postmortems at some paths, and whether a path cannot be read."""
    from sretool.cli.inputs import repository, settings
    from sretool.clock import now
    from sretool.incident.postmortem import linting
    from sretool.yamltext.diagnostics import Notes

    notes = Notes()
    postmortems = linting.read_paths(paths, notes)
    facts = linting.facts_of(postmortems, repository().catalog, settings().incidents, _promised)
    report = linting.lint(postmortems, notes.diagnostics, facts=facts, today=now().date(), choice=choice)
    return report, any(each.code == "YA018" for each in notes.diagnostics)


def _promised() -> Specs | None:
    """The SLOs of the repository; None where there are none."""
    from sretool.cli.inputs import read

    try:
        return read(None)
    except Stop:
        return None
