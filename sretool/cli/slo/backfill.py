"""`sretool slo backfill`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.connecting import Headers, Timeout, prometheus_server, url_of_a_server
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Paths


def backfill(
    paths: Paths = None,
    *,
    data_dir: Annotated[
        Path, typer.Option(help="The data directory of the server, that of --storage.tsdb.path.", show_default=False)
    ],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            callback=url_of_a_server,
            help="The server that is asked. Default: as --prometheus elsewhere.",
        ),
    ] = None,
    last: Annotated[str, typer.Option(help="How far back to go, such as 30d.")] = "30d",
    until: Annotated[
        str | None,
        typer.Option(help="Where to end, as an instant. Default: 3h ago, before what the server keeps in memory."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what no rule looks back on: history for dashboards.")
    ] = False,
    header: Headers = None,
    timeout: Timeout = None,
) -> None:
    """Give new rules a history: what they would have recorded, evaluated by promtool in passes, in the right order.

    Run it where the server's data is, before or after the rules are loaded. Between two passes the server loads what
    was written, which takes it up to a minute. Exit 3 where the server or promtool does not do its part.

    \b
    Examples:
      sretool slo backfill --data-dir /var/lib/prometheus/metrics2
      sretool slo backfill slos/checkout.yaml --last 7d --data-dir data --everything
    """
    from sretool.burn.backfill import BackfillFailed, NoDirectory, Past
    from sretool.burn.backfill import backfill as fill
    from sretool.cli.inputs import settings
    from sretool.cli.slo.asking import duration, instant, promised
    from sretool.rules.compile import compile_service
    from sretool.rules.timing import Timing

    length = duration("--last", last)
    end = instant(until, option="--until") - (0 if until else 3 * 3_600)
    promtool = shutil.which("promtool")
    if promtool is None:
        raise Stop(Exit.WRONG_INPUT, "promtool is not on PATH: it comes with Prometheus")
    files = [compile_service(service, Timing(settings().scrape_interval)) for service in promised(paths)]
    past = Past(end - float(length.seconds), end, data_dir)
    try:
        with prometheus_server(against, timeout_seconds=timeout, headers=header) as server:
            blocks = fill(server, Path(promtool), files, past, everything=everything, began=_say)
    except BackfillFailed as error:
        code = Exit.WRONG_INPUT if isinstance(error, NoDirectory) else Exit.NO_ANSWER
        raise Stop(code, f"sretool slo backfill: {error}") from error
    print(f"wrote {blocks} block(s) to {data_dir}: {length.readable} up to {_text(end)}")


def _say(number: int, of: int, doing: str) -> None:
    print(f"pass {number} of {of}: {doing}", file=sys.stderr)


def _text(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
