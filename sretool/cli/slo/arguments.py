"""Arguments that the commands share, each said once."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, directories, globs, or - for standard input; of any dialect. Default: slos: of sretool.yaml.",
        metavar="[PATH]...",
        show_default=False,
    ),
]
Output = Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")]
