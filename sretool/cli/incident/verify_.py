"""`sretool incident verify`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.outcome import Exit, Stop


def verify(
    *,
    output: Annotated[Literal["table", "json", "markdown"], typer.Option(help="How to print the result.")] = "table",
) -> None:
    """Check that the incident ledger is as it was written: every line, every writer's chain, the events as a whole.

    Exit 1 with the file and line of what was changed, moved, taken out or torn; 2 where there is no ledger at all.
    """
    from sretool.cli.incident.arguments import ledger, plainly
    from sretool.cli.incident.verified import shown
    from sretool.incident.verify import verify

    with plainly():
        directory = ledger().directory
        found = verify(directory)
    if found.is_nothing:
        raise Stop(Exit.WRONG_INPUT, f"there is no incident ledger in {directory}: nobody has recorded anything there")
    print(shown(found, output))
    if not found.is_sound:
        raise Stop(Exit.FOUND)
