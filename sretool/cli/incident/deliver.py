"""`sretool incident deliver`."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.incident.arguments import DryRun
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from sretool.incident.deliver import Report, Told


def deliver(
    *,
    seconds: Annotated[
        float, typer.Option(min=0, help="Give up after so many seconds; what is left stays queued.")
    ] = 60,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C, and tell what others leave.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Try once more what PagerDuty has refused, too: after you mended why.")
    ] = False,
    dry_run: DryRun = False,
    output: Annotated[
        Literal["table", "json"],
        typer.Option(help="How to print what became of it; with --watch, json is a line for each attempt."),
    ] = "table",
) -> None:
    """Tell PagerDuty what is queued: pages that it did not take, acknowledgements, resolutions, notes.

    Each incident is told in order, and a page goes out once, whatever PagerDuty answers and however often this runs,
    also twice at once.

    Exit 0 nothing is left, 75 something stays queued, 2 PagerDuty refuses something, and the line says what to mend,
    70 a bug of ours kept something from being told, and nothing else.

    \b
    Examples:
      sretool incident deliver
      sretool incident deliver --watch
      sretool incident deliver --dry-run
    """
    from sretool.cli.incident.arguments import author, ledger, plainly, repository
    from sretool.cli.incident.paging import ending, rehearse
    from sretool.incident.deliver import Deliverer, Wish
    from sretool.incident.deliver import deliver as delivered
    from sretool.incident.ledger import Unwritable
    from sretool.incident.pagerduty.access import Misconfigured
    from sretool.incident.pagerduty.connecting import connected

    if math.isnan(seconds):
        raise Stop(Exit.WRONG_INPUT, "--seconds nan is no time")
    with plainly():
        try:
            if dry_run:
                rehearse(ledger().incidents(), output)
                return
            by = Deliverer(ledger(), connected(os.environ, repository().catalog), author(None).actor)
            until = math.inf if watch else time.monotonic() + seconds
            report = delivered(by, Wish(again=again, watch=watch), until=until, heard=_teller(output, watch=watch))
        except Misconfigured as error:
            raise Stop(Exit.WRONG_INPUT, f"PagerDuty is not told: {error}") from error
        except Unwritable as error:
            raise Stop(Exit.WRONG_INPUT, f"what PagerDuty is told cannot be recorded: {error}") from error
    _sum_up(report, output)
    if ending(report):
        raise Stop(ending(report))


def _teller(output: str, *, watch: bool) -> Callable[[Told], None]:
    """Says what became of an attempt, once it is known; where all of it will be one JSON document, on stderr."""
    if output == "table":
        return _tell
    return _tell_json if watch else _talk


def _tell_json(one: Told) -> None:
    from sretool.incident.tidings import told_json

    print(json.dumps(told_json(one), ensure_ascii=False), flush=True)


def _talk(one: Told) -> None:
    from sretool.incident.tidings import told

    print(told(one), file=sys.stderr, flush=True)


def _tell(one: Told) -> None:
    from sretool.incident.outbox import Later
    from sretool.incident.tidings import told

    print(told(one), file=sys.stderr if isinstance(one.result, Later) else sys.stdout, flush=True)


def _sum_up(report: Report, output: str) -> None:
    from sretool.incident.tidings import as_json, leftovers

    if output == "json":
        print(json.dumps(as_json(report), indent=2, ensure_ascii=False))
    for line in leftovers(report):
        print(line, file=sys.stderr)
