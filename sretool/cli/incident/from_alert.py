"""`sretool incident from-alert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sretool.cli.connecting import Headers, PrometheusUrl
from sretool.cli.slo.asking import TimeScale


def from_alert(
    *,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Listen for notifications, until Ctrl-C, as an Alertmanager's webhook_configs have them: at"
            " http://HOST:PORT/alerts. Port 0 is a free one.",
            show_default=False,
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --listen: senders must show this token, as `authorization: {credentials_file: FILE}` does."
            " Needed where others than this machine reach it: whoever does opens incidents.",
            show_default=False,
        ),
    ] = None,
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    time_scale: TimeScale = 1,
    output: Annotated[
        Literal["table", "json"],
        typer.Option(help="How to print the incident; with --listen, how to say where it listens."),
    ] = "table",
) -> None:
    """Open, extend or resolve an incident by what an Alertmanager says: a notification of its webhook, on stdin.

    The same group of alerts is one incident, however often and by however many Alertmanagers it is told; it is resolved
    when all of its alerts have ended. With --listen it is a receiver of its own, which tells PagerDuty in the
    background, also what others have left to be told.

    \b
    Examples:
      sretool incident from-alert < notification.json
      sretool incident from-alert --listen 127.0.0.1:9095
      sretool incident from-alert --listen 10.0.0.7:9095 --token-file /etc/sretool/token
    """
    from sretool.cli.incident.arguments import plainly
    from sretool.cli.incident.received import Glance, listen_at, record_once

    glance = Glance(prometheus, header, time_scale)
    with plainly():
        if listen is None:
            record_once(glance, output)
        else:
            listen_at(listen, token_file, glance, as_json=output == "json")
