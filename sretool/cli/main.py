"""The commands, and the one place where what happened becomes an exit code."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from sretool.cli import billing, demo, incident, init, lint, policy, postmortem, report, schema, slo
from sretool.cli.outcome import Exit, Stop
from sretool.cli.streams import ResultUnwritable, open_streams

app = typer.Typer(
    name="sretool",
    help="The reliability loop for pipelines that move money: SLOs, rules, burn, incidents, decisions.",
    epilog="Start with: sretool init DIR, then sretool slo validate and sretool slo generate --out rules.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(slo.app, name="slo")
app.add_typer(policy.app, name="policy")
app.add_typer(postmortem.app, name="postmortem")
app.add_typer(report.app, name="report")
app.add_typer(incident.app, name="incident")
app.add_typer(billing.app, name="billing")
app.command()(lint.lint)
app.command()(schema.schema)
app.command()(init.init)
app.command()(demo.demo)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"sretool {version('sretool')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """The reliability loop for pipelines that move money: SLOs, rules, burn, incidents, decisions."""


def run() -> None:
    """Run the command line and exit."""
    open_streams()
    code, message = _outcome()
    try:
        sys.stdout.flush()
    except ResultUnwritable as error:
        code, message = Exit.WRONG_INPUT, _unwritable(error)
    if message:
        print(message, file=sys.stderr)
    sys.exit(code)


def _outcome() -> tuple[int, str]:
    """The code to end with, and what is left to say."""
    try:
        app(prog_name="sretool")
    except SystemExit as ended:  # This is how it ends, if not by an exception of its own.
        return int(ended.code or Exit.FINE), ""
    except Stop as stop:
        return stop.code, str(stop)
    except Exception as error:
        if isinstance(error, ResultUnwritable) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
            return Exit.WRONG_INPUT, _unwritable(error)
        if os.environ.get("SRETOOL_TRACEBACK"):
            raise
        return Exit.OUR_BUG, _bug(error)
    return Exit.FINE, ""


def _unwritable(error: OSError) -> str:
    return f"sretool: the result cannot be written: {error.strerror}"


def _bug(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
    return (
        f"sretool: this is a bug of ours: {type(error).__name__}: {error}{place}\n"
        "Please report it with the output of the same command under SRETOOL_TRACEBACK=1."
    )
