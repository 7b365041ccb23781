"""`sretool incident open`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.incident.arguments import When


def open_(
    *,
    title: Annotated[str, typer.Option("--title", "-m", help="What is wrong, in a few words. Default: the SLO.")] = "",
    slo: Annotated[
        str,
        typer.Option(help="The SLO or invariant that is missed, as service/name, or name where that is unique."),
    ] = "",
    service: Annotated[str, typer.Option(help="The service, where no SLO of it is named.")] = "",
    severity: Annotated[
        Literal["sev1", "sev2", "sev3", "sev4"] | None,
        typer.Option(help="How bad it is. Default: by how fast the budget goes.", show_default=False),
    ] = None,
    at: When = None,
) -> None:
    """Open an incident: first in the incident ledger, where its id comes from, before anybody else is asked or told.

    \b
    Examples:
      sretool incident open --slo billing-ingest/availability
      sretool incident open --title "invoices lack a line" --severity sev1
      ID=$(sretool incident open --slo availability)
    """
    from sretool.cli.incident.arguments import author, ledger, plainly
    from sretool.cli.incident.doing import deliver
    from sretool.clock import now
    from sretool.incident.acting import open_incident

    with plainly():
        event = open_incident(
            ledger(),
            author(at),
            now=now(),
            title=title,
            severity=severity,
            service=service,
            slo=slo,
        )
        print(event.incident_id, flush=True)
        deliver([event])
