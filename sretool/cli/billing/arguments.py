"""Arguments that the verbs share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

DIRECTORY = Path(".sretool/billing")

Directory = Annotated[Path, typer.Option("--directory", help="Where the service keeps its data.", metavar="DIR")]
Output = Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where the service listens. Default: where the one of --directory does, else port 8480."
    ),
]
Keys = Annotated[
    Path | None, typer.Option("--keys", help="Keys file that init wrote. Default: keys.json in --directory.")
]
