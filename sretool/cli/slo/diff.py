"""`sretool slo diff`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.slo.arguments import Paths


def diff(
    rev: Annotated[str, typer.Argument(help="A git revision to compare with, such as main or HEAD~1.")],
    paths: Paths = None,
    *,
    output: Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")] = "table",
) -> None:
    """Show which promises changed since a git revision, and what history a change costs.

    \b
    Examples:
      sretool slo diff main
      sretool slo diff HEAD~1 slos/ --output json
    """
    import json
    from dataclasses import asdict

    from sretool.cli.inputs import load
    from sretool.cli.revision import load_revision
    from sretool.rules.difference import differences

    found = differences(load_revision(rev, paths), load(paths))
    if output == "json":
        print(json.dumps([asdict(difference) for difference in found], indent=2, ensure_ascii=False))
        return
    for difference in found:
        print(f"{difference.kind:<8} {difference.name}")
        for line in (*difference.details, *([difference.consequence] if difference.consequence else [])):
            print(f"         {line}")
    if not found:
        print(f"no promise differs from {rev}")
