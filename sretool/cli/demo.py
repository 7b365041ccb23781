"""`sretool demo`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.demo.paging import PagerDuty

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
    page_for_real: Annotated[
        bool,
        typer.Option(
            "--page-for-real",
            help="Page by the real PagerDuty (PAGERDUTY_API_KEY) for the service that catalog.yaml here has for"
            " billing-ingest, after asking. Without it a sandbox stands in its place, and nobody is woken.",
        ),
    ] = False,
) -> None:
    """Show the loop on this machine: a service, a fault, its page, its incident, and what is learnt of it.

    Starts the billing service, usage, Prometheus, Alertmanager and a sandbox in PagerDuty's place on free loopback
    ports, and stops them again. It takes about two minutes, and needs prometheus, promtool and alertmanager on PATH.

    \b
    Example:
      sretool demo --stay
    """
    from tempfile import mkdtemp

    from rich.console import Console

    from sretool.demo.processes import ServerFailed, WaitedTooLong, interruptible
    from sretool.demo.stage import Stage
    from sretool.demo.story import told
    from sretool.prometheus.errors import NoAnswer

    _require_extra()
    real = _agreed() if page_for_real else None
    try:
        with interruptible():
            left = _empty(out) if out else Path(mkdtemp(prefix="sretool-demo-"))
            with (
                (left / "transcript.txt").open("w", encoding="utf-8") as transcript,
                told(Stage(Console(), transcript, left), real),
            ):
                if stay:
                    _stay()
    except (ServerFailed, WaitedTooLong, NoAnswer) as error:
        raise Stop(Exit.NO_ANSWER, f"sretool demo: {error}") from error
    except KeyboardInterrupt as error:
        typer.echo("sretool demo: interrupted; everything that it started is stopped", err=True)
        raise typer.Exit(_INTERRUPTED) from error


def _require_extra() -> None:
    from importlib.util import find_spec

    from sretool.cli.billing.plainly import missing_extra

    missing = [*missing_extra(), *(name for name in ("matplotlib", "trustme") if find_spec(name) is None)]
    if missing:
        raise Stop(
            Exit.WRONG_INPUT,
            f"sretool demo needs {', '.join(missing)}, which the extra brings: pip install 'sretool[demo]'",
        )


def _agreed() -> PagerDuty:
    """The real PagerDuty, if whoever runs this says at a terminal that it is to be told."""
    import os
    import sys

    from sretool.cli.inputs import repository
    from sretool.demo.real import NotReal, real_pagerduty

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(Exit.WRONG_INPUT, "sretool demo: --page-for-real asks first, and there is no terminal to ask at")
    try:
        real = real_pagerduty(os.environ, repository().catalog)
    except NotReal as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool demo: --page-for-real: {error}") from error
    typer.echo(f"This pages whoever is on call for the PagerDuty service {real.real_service}, at {real.real_url}.")
    if not typer.confirm("Wake them?", default=False):
        raise Stop(Exit.FINE, "sretool demo: nobody is woken, and nothing was started")
    return real


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
