"""The templates that are shipped, for whoever wants one of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.outcome import Exit, Stop
from sretool.cli.writing import unless_stdout, write_file

NewFile = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="File to write, a new one. Default, and -: standard output.",
        metavar="FILE",
        callback=unless_stdout,
    ),
]


def hand_out(name: str, out: Path | None) -> None:
    """Print a template as it is shipped, or write it to a file that is not there yet: one that is may be theirs."""
    from sretool.assets import MissingAsset
    from sretool.filling import text

    try:
        template = text(name, instead=None)
    except MissingAsset as error:
        raise Stop(Exit.WRONG_INPUT, str(error)) from error
    if out is None:
        print(template, end="")
        return
    if out.exists():
        raise Stop(Exit.WRONG_INPUT, f"{out} is there already, and is left as it is: name a new file")
    write_file(out, template)
    print(f"wrote {out}", file=sys.stderr)
