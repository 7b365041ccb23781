"""`sretool incident open`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.connecting import Headers, PrometheusUrl
from sretool.cli.incident.arguments import DryRun, Output, When
from sretool.cli.slo.asking import TimeScale


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
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    time_scale: TimeScale = 1,
    again: Annotated[
        bool, typer.Option("--again", help="Also while another about the same is open: another page goes out.")
    ] = False,
    dry_run: DryRun = False,
    output: Output = "table",
) -> None:
    """Open an incident: first in the incident ledger, where its id comes from, before anybody else is asked or told.

    Then Prometheus is asked how the budget stands, for 3 seconds at most, and PagerDuty is told. Only the id goes to
    standard output. While another incident about the same SLO is open nothing is recorded, and it exits 1.

    \b
    Examples:
      sretool incident open --slo billing-ingest/availability
      sretool incident open --title "invoices lack a line" --severity sev1
      ID=$(sretool incident open --slo availability)
    """
    from sretool.cli.incident.arguments import author, ledger, plainly
    from sretool.cli.incident.doing import say_opened, tell_opened
    from sretool.cli.incident.subject import named
    from sretool.clock import now
    from sretool.incident.acting import open_incident

    subject = named(slo, service)
    with plainly():
        here, who = ledger(dry_run=dry_run), author(at)
        opened = open_incident(
            here, who, now=now(), title=title, severity=severity, service=subject.service, slo=subject.name, again=again
        )
        say_opened(opened, output, dry_run=dry_run)
        from sretool.cli.incident.looked import look_back  # Whatever takes time comes after the id.

        look_back(here, who, opened, subject, is_given=severity is not None,
                  url=prometheus, headers=header, time_scale=time_scale)  # fmt: skip
        tell_opened(here, opened, output)
