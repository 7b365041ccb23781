"""`sretool incident list`."""

from __future__ import annotations

from typing import Annotated

import typer

from sretool.cli.incident.arguments import Output


def list_incidents(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Those that are resolved, too.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH", help="Those that are resolved, too, if they were opened in the last 7d, or so long."
        ),
    ] = None,
    output: Output = "table",
) -> None:
    """List incidents: those that are open, worst first; then, if asked for, the resolved ones, the last one first.

    \b
    Examples:
      sretool incident list
      sretool incident list --since 7d --output markdown
    """
    from datetime import timedelta

    from sretool.cli.incident.arguments import ledger, plainly, tell_unread
    from sretool.cli.incident.listed import shown
    from sretool.cli.slo.asking import duration
    from sretool.clock import now
    from sretool.incident.choosing import in_view

    instant = now()
    after = None
    if since is not None:
        after = instant - timedelta(milliseconds=duration("--since", since).milliseconds)
    with plainly():
        contents = ledger().contents()
    tell_unread(contents)
    found = in_view(contents.incidents, with_resolved=all_, since=after)
    print(shown(found, output, now=instant, nothing="there are no incidents" if all_ else "no incident is open"))
