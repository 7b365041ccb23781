"""The commands, and the one place where what happened becomes an exit code."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from sretool.cli import billing, init, schema, slo
from sretool.cli.outcome import Exit, Stop

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
app.add_typer(billing.app, name="billing")
app.command()(schema.schema)
app.command()(init.init)


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
    try:
        app(prog_name="sretool")
    except Stop as stop:
        _leave(stop.code, str(stop))
    except BrokenPipeError:
        # Whoever read our output has left.
        _drop_output()
        sys.exit(Exit.FINE)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _drop_output()
            _leave(Exit.WRONG_INPUT, f"sretool: the result cannot be written: {error.strerror}")
        if os.environ.get("SRETOOL_TRACEBACK"):
            raise
        _leave(Exit.OUR_BUG, _bug(error))


def _drop_output() -> None:
    """What is still buffered has nowhere to go; Python would try once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave(code: Exit, message: str) -> None:
    if message:
        print(message, file=sys.stderr)
    sys.exit(code)


def _bug(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
    return (
        f"sretool: this is a bug of ours: {type(error).__name__}: {error}{place}\n"
        "Please report it with the output of the same command under SRETOOL_TRACEBACK=1."
    )
