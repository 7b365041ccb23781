"""`sretool slo status`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.slo.asking import At, Names, Owner, ServiceName, Slos, Source, TimeScale


def status(
    names: Names = None,
    *,
    slos: Slos = None,
    service: ServiceName = None,
    owner: Owner = None,
    at: At = None,
    source: Source = "auto",
    time_scale: TimeScale = 1,
    prometheus: PrometheusUrl = None,
    alertmanager: AlertmanagerUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--output", help="How to print the result.")
    ] = "table",
) -> None:
    """Say how each SLO and invariant stands, worst first: budget left, burn rates, what fires.

    Exit 0 whatever the verdict, 3 when an SLO that was asked for has no data.

    \b
    Examples:
      sretool slo status
      sretool slo status availability freshness --source counted
      sretool slo status --owner ingest --at 2026-11-28T03:00:00Z --output json
    """
    from sretool.cli.outcome import Exit, Stop
    from sretool.cli.slo.asking import Reach, ask, promised

    reach = Reach(prometheus, alertmanager, timeout, header)
    found = ask(
        promised(slos), names, service=service, owner=owner, at=at, source=source, time_scale=time_scale, reach=reach
    )
    from sretool.cli.slo.printing import print_status  # Once the server has been asked.

    print_status(found, output)
    if any(one.verdict == "no data" for one in found.standings) or any(
        one.state == "no data" for one in found.invariants
    ):
        raise Stop(Exit.NO_ANSWER)
