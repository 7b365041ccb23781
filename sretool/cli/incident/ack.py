"""`sretool incident ack`."""

from __future__ import annotations

from sretool.cli.incident.arguments import DryRun, Output, When, Which


def ack(which: Which = None, *, at: When = None, dry_run: DryRun = False, output: Output = "table") -> None:
    """Say that you are on it: recorded in the incident ledger, then told to PagerDuty. Whoever acts is SRETOOL_ACTOR.

    \b
    Examples:
      sretool incident ack
      sretool incident ack 7k3qd --at 03:07
    """
    from sretool.cli.incident.arguments import author, chosen, ledger, plainly
    from sretool.cli.incident.doing import tell
    from sretool.incident.acting import acknowledge

    with plainly():
        here = ledger(dry_run=dry_run)
        incident = chosen(which, here)
        tell(here, incident, acknowledge(here, author(at), incident), output)
