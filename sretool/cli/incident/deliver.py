"""`sretool incident deliver`."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.incident.arguments import DryRun
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
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
                rehearse(ledger().incidents())
                return
            by = Deliverer(ledger(), connected(os.environ, repository().catalog), author(None).actor)
            until = math.inf if watch else time.monotonic() + seconds
            report = delivered(by, Wish(again=again, watch=watch), until=until, heard=_tell)
        except Misconfigured as error:
            raise Stop(Exit.WRONG_INPUT, f"PagerDuty is not told: {error}") from error
        except Unwritable as error:
            raise Stop(Exit.WRONG_INPUT, f"what PagerDuty is told cannot be recorded: {error}") from error
    _sum_up(report)
    if ending(report):
        raise Stop(ending(report))


def _tell(one: Told) -> None:
    from sretool.incident.outbox import Later
    from sretool.incident.tidings import told

    print(told(one), file=sys.stderr if isinstance(one.result, Later) else sys.stdout, flush=True)


def _sum_up(report: Report) -> None:
    from sretool.incident.tidings import leftovers

    for line in leftovers(report):
        print(line, file=sys.stderr)
