"""What the verbs share: options, the ledger of this repository, who acts, which incident, and mistakes as sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.outcome import Exit, Stop
from sretool.cli.streams import ResultUnwritable

if TYPE_CHECKING:
    from sretool.incident.acting import Author
    from sretool.incident.choosing import Chosen
    from sretool.incident.history import Incident
    from sretool.incident.ledger import Contents, Ledger
    from sretool.settings.repository import Repository

UNREAD_SHOWN_MAX = 3
_NAMING = "The incident: its id, or any beginning or ending of it that no other has, such as 7k3qd."
Which = Annotated[
    str | None,
    typer.Argument(help=f"{_NAMING} Default: the only one that is open.", metavar="[ID]", show_default=False),
]
WhichToShow = Annotated[
    str | None,
    typer.Argument(
        help=f"{_NAMING} Default: the only one that is open, or else the last.", metavar="[ID]", show_default=False
    ),
]
WhichToWriteAbout = Annotated[
    str | None,
    typer.Argument(
        help=f"{_NAMING} Default: the last resolved one that has no postmortem.", metavar="[ID]", show_default=False
    ),
]
When = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="When it happened: 03:00 (UTC, today or yesterday), 2026-11-28T03:00:00Z or Unix seconds. Default: now.",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Record nothing, tell nobody: print the requests that would be made.")
]
Output = Annotated[Literal["table", "json", "markdown"], typer.Option("--output", help="How to print the result.")]


@cache
def repository() -> Repository:
    """What sretool.yaml says. Not by `inputs`, which brings all that reads SLOs: here somebody waits.

    A broken file is told, and refuses nothing: but without it another directory of incidents may be meant.
    """
    from sretool.settings.repository import find_repository
    from sretool.yamltext.diagnostics import as_text

    found = find_repository(Path.cwd(), os.environ)
    broken = [diagnostic for diagnostic in found.diagnostics if diagnostic.level == "error"]
    for diagnostic in broken:
        print(as_text(diagnostic), file=sys.stderr)
    if not found.is_marked:
        here = Path(os.path.relpath(found.settings.incidents))
        print(f"no sretool.yaml here or above: the incident ledger is ./{here}", file=sys.stderr)
    if broken:
        print(f"warning: without what is wrong there: incidents are in {found.settings.incidents}", file=sys.stderr)
    return found


def ledger(*, dry_run: bool = False) -> Ledger:
    """Of this repository; or one that records nothing, and says what it would say if it had."""
    from sretool.incident.ledger import Ledger

    if dry_run:
        from sretool.incident.rehearsing import RehearsalLedger

        return RehearsalLedger(repository().settings.incidents)
    return Ledger(repository().settings.incidents)


def author(at: str | None) -> Author:
    """Who runs the command: SRETOOL_ACTOR, or the user of this machine."""
    from sretool.incident.acting import Author, secrets

    name = os.environ.get("SRETOOL_ACTOR") or _user()
    keys = secrets(os.environ)
    return Author(name, os.uname().nodename, at=_instant(at), pages=bool(keys), secrets=keys)


def _user() -> str:
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError):  # Nobody in /etc/passwd, as in some containers.
        return f"uid-{os.getuid()}"


def _instant(at: str | None) -> datetime | None:
    if at is None:
        return None
    from sretool.cli.slo.asking import moment
    from sretool.clock import now
    from sretool.incident.instants import last_at

    of_day = last_at(at, now())
    if of_day is not None:
        return of_day
    seconds = moment(at)
    if seconds < 0:
        raise Stop(Exit.WRONG_INPUT, f"--at {at} is before 1970")
    if seconds > now().timestamp():
        raise Stop(Exit.WRONG_INPUT, f"--at {at} is still to come: only what has happened can be recorded")
    return datetime.fromtimestamp(seconds, UTC)


def chosen(which: str | None, ledger: Ledger, unnamed: Callable[[Sequence[Incident]], Chosen] | None = None) -> str:
    """The id of the incident that is meant. Where none is named it is the only open one, or what `unnamed` chooses,
    and the command says which was taken.
    """
    from sretool.incident.choosing import named, only_open
    from sretool.incident.identifiers import is_incident_id
    from sretool.incident.texts import well_formed
    from sretool.incident.wording import legible

    if which is None:
        taken = (unnamed or only_open)(ledger.incidents())
        incident = taken.incident
        print(f"taken: {incident.incident_id}, {taken.why}: {legible(incident.title)}", file=sys.stderr)
        return incident.incident_id
    if is_incident_id(which):
        return which
    text = well_formed(which)
    return named(ledger.contents(mentioning=text.lower()).incidents, text).incident_id


@contextmanager
def plainly() -> Iterator[None]:
    """What cannot be recorded, chosen or read ends the command with a sentence."""
    from sretool.incident.acting import AlreadyOpen, Contradiction
    from sretool.incident.choosing import NotChosen
    from sretool.incident.ledger import Unwritable
    from sretool.incident.locking import Busy

    try:
        yield
    except AlreadyOpen as error:
        raise Stop(Exit.FOUND, f"nothing was recorded: {error}") from error
    except (Contradiction, NotChosen) as error:
        raise Stop(Exit.WRONG_INPUT, str(error)) from error
    except Unwritable as error:
        raise Stop(Exit.WRONG_INPUT, f"nothing was recorded: {error}") from error
    except ResultUnwritable:  # That is no mistake of the ledger's.
        raise
    except (OSError, Busy) as error:
        raise Stop(Exit.WRONG_INPUT, f"the incident ledger cannot be read: {error}") from error


def tell_unread(contents: Contents) -> None:
    """What no event could be made of does not go without a word."""
    for unread in contents.unread[:UNREAD_SHOWN_MAX]:
        print(f"note: passed over {unread}", file=sys.stderr)
    if len(contents.unread) > UNREAD_SHOWN_MAX:
        print(f"note: and {len(contents.unread) - UNREAD_SHOWN_MAX} more lines", file=sys.stderr)
    if contents.unread:
        print("remedy: sretool incident verify says what is wrong with the ledger", file=sys.stderr)
