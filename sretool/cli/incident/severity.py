"""`sretool incident severity`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sretool.cli.incident.arguments import DryRun, Output, When
from sretool.cli.outcome import Exit, Stop


def severity(
    words: Annotated[
        list[str],
        typer.Argument(
            help="How bad it is: sev1 to sev4; before it the incident, if several are open.", metavar="[ID] SEVERITY"
        ),
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why, in a sentence. Default: that you say so.")] = "",
    at: When = None,
    dry_run: DryRun = False,
    output: Output = "table",
) -> None:
    """Say how bad it is, now that more is known. From then on no alert changes it.

    It is recorded in the incident ledger. A page that went out keeps its urgency at PagerDuty: change it there.

    \b
    Examples:
      sretool incident severity sev1 --reason "nobody can pay"
      sretool incident severity 7k3qd sev3
    """
    from sretool.cli.incident.arguments import author, chosen, ledger, plainly
    from sretool.cli.incident.doing import tell
    from sretool.incident import acting
    from sretool.incident.events import SEVERITIES

    found = next((one for one in SEVERITIES if one == words[-1].lower()), None)
    if found is None or len(words) > 2:
        said = " ".join(words)
        raise Stop(Exit.WRONG_INPUT, f"{said} is no severity: say {', '.join(SEVERITIES)}, after the incident if any")
    with plainly():
        here, who = ledger(dry_run=dry_run), author(at)
        incident = chosen(words[0] if len(words) == 2 else None, here)
        recorded = acting.set_severity(here, who, incident, found, reason)
        if recorded:
            urgency = "; a page that went out keeps its urgency at PagerDuty" if who.pages else ""
            print(f"{incident} is {found} from now on{urgency}", file=sys.stderr)
        tell(here, incident, recorded, output)
