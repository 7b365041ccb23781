"""`sretool incident resolve`."""

from __future__ import annotations

from typing import Annotated

import typer

from sretool.cli.incident.arguments import DryRun, Output, When, Which


def resolve(
    which: Which = None,
    *,
    resolution: Annotated[str, typer.Option("--resolution", "-m", help="What ended it, in a sentence.")] = "",
    at: When = None,
    dry_run: DryRun = False,
    output: Output = "table",
) -> None:
    """Say that it is over: recorded in the incident ledger, then told to PagerDuty.

    What comes back later is another incident.

    \b
    Examples:
      sretool incident resolve -m "rolled back to 41f2"
      sretool incident resolve 7k3qd --at 2026-11-28T03:42:00Z
    """
    from sretool.cli.incident.arguments import author, chosen, ledger, plainly
    from sretool.cli.incident.doing import tell
    from sretool.incident import acting

    with plainly():
        here = ledger(dry_run=dry_run)
        incident = chosen(which, here)
        tell(here, incident, acting.resolve(here, author(at), incident, resolution), output)
