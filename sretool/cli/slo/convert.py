"""`sretool slo convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Paths
from sretool.cli.writing import unless_stdout


def convert(
    paths: Paths = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="File to write. Without it, and -: standard output.", callback=unless_stdout)
    ] = None,
) -> None:
    """Write specifications of any dialect as sretool/v1.

    \b
    Examples:
      sretool slo convert legacy/sloth.yaml --out slos/checkout.yaml
      sretool slo convert openslo/ | less
    """
    from sretool.cli.inputs import load
    from sretool.cli.writing import print_yaml, write_file
    from sretool.spec.write import write

    text = write(load(paths))
    if out is None:
        print_yaml(text)
    else:
        if out.exists():
            raise Stop(
                Exit.WRONG_INPUT, f"sretool slo convert: {out} exists already; remove it or choose another --out"
            )
        write_file(out, text)
        print(f"wrote {out}")
