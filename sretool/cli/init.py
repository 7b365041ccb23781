"""`sretool init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.outcome import Exit, Stop


def init(
    directory: Annotated[Path, typer.Argument(help="Where to start; made if need be.")] = Path(),
) -> None:
    """Start a repository of the right shape: settings, a catalogue, one SLO, its runbook, a CI workflow.

    Files that exist already are never overwritten: then nothing is written.

    \b
    Example:
      sretool init reliability && cd reliability && sretool slo validate
    """
    from sretool.assets import files
    from sretool.cli.writing import write_file

    starter = files("templates/starter")
    standing = sorted(name for name in starter if (directory / name).exists())
    if standing:
        raise Stop(
            Exit.WRONG_INPUT, f"sretool init: {directory} already holds {', '.join(standing)}; nothing was written"
        )
    for name, text in sorted(starter.items()):
        write_file(directory / name, text)
        print(f"wrote {directory / name}")
    there = "" if directory == Path() else f"cd {directory} && "
    print(f"next: {there}sretool slo validate && sretool slo generate --out rules")
