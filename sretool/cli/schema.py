"""`sretool schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.writing import unless_stdout


def schema(
    out: Annotated[
        Path | None,
        typer.Option(help="Write to this file rather than to standard output, which is -.", callback=unless_stdout),
    ] = None,
) -> None:
    """Print the JSON Schema of sretool/v1, for editors and validators.

    \b
    Example:
      sretool schema --out .vscode/sretool-v1.schema.json
    """
    from sretool.spec.schema import native_schema

    text = json.dumps(native_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        print(text, end="")
    else:
        from sretool.cli.writing import write_file

        write_file(out, text)
