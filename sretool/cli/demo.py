"""`sretool demo`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.outcome import Exit, Stop

_INTERRUPTED = 130  # As shells have it.


def demo(
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to leave the rules, a transcript and links; new or empty. Default: a temporary directory.",
            show_default=False,
        ),
    ] = None,
    stay: Annotated[bool, typer.Option("--stay", help="Leave it all running at the end, until Ctrl-C.")] = False,
) -> None:
    """Show the loop on this machine: a service, a fault, the page that it causes, and the way back.

    Starts the billing service, usage, Prometheus and Alertmanager on free loopback ports, and stops them again.
    It takes a minute or two, and needs prometheus, promtool and alertmanager on PATH.

    \b
    Example:
      sretool demo --stay
    """
    from tempfile import mkdtemp

    from rich.console import Console

    from sretool.cli.billing.plainly import require_extra
    from sretool.demo.processes import ServerFailed, WaitedTooLong, interruptible
    from sretool.demo.stage import Stage
    from sretool.demo.story import told
    from sretool.prometheus.errors import NoAnswer

    require_extra()
    try:
        with interruptible():
            left = _empty(out) if out else Path(mkdtemp(prefix="sretool-demo-"))
            with (
                (left / "transcript.txt").open("w", encoding="utf-8") as transcript,
                told(Stage(Console(), transcript, left)),
            ):
                if stay:
                    _stay()
    except (ServerFailed, WaitedTooLong, NoAnswer) as error:
        raise Stop(Exit.NO_ANSWER, f"sretool demo: {error}") from error
    except KeyboardInterrupt as error:
        typer.echo("sretool demo: interrupted; everything that it started is stopped", err=True)
        raise typer.Exit(_INTERRUPTED) from error


def _stay() -> None:
    try:
        typer.echo("everything runs until Ctrl-C; links.md says where")
        signal.pause()
    except KeyboardInterrupt:
        typer.echo("stopping")


def _empty(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise Stop(Exit.WRONG_INPUT, f"sretool demo: {directory} is not empty: name a new directory")
    return directory.resolve()
