"""`sretool billing reconcile`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json, show, table
from sretool.cli.billing.progress import bar
from sretool.cli.outcome import Exit, Stop

Engine = Annotated[
    Literal["auto", "python", "duckdb"],
    typer.Option("--engine", help="What reads the journal: auto is duckdb where it is installed. Both say the same."),
]


@plainly
def reconcile(*, directory: Directory = DIRECTORY, engine: Engine = "auto", output: Output = "table") -> None:
    """Recount events and invoices from the raw journal, with other code, and compare to the cent.

    It works beside a running service, and says how many invoices the biller has not come to yet.

    \b
    Examples:
      sretool billing reconcile
      sretool billing invoice run && sretool billing reconcile --output json

    Exit 0 when both agree, 1 when they differ, 3 when `serve --journal-days` has dropped what it needs.
    """
    from sretool.billing.reach import data_of
    from sretool.billing.recount import NoEngine
    from sretool.billing.recount import reconcile as run

    try:
        with bar("recounting") as progress:
            found = run(data_of(directory), progress=progress, engine=engine)
    except NoEngine as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing: {error}") from error
    if output == "json":
        rows = [difference._asdict() for difference in found.found]
        counts = {"events": found.events, "documents": found.documents, "waiting": found.waiting}
        print_json({"differences": rows, **counts, "position": found.position})
    else:
        _show(found.found)
        print(f"recounted {found.events:,} events and {found.documents:,} invoices: {len(found.found)} difference(s)")
        if found.waiting:
            print(f"{found.waiting:,} invoices are called for, and the biller has not come to them")
    if found:
        raise Stop(Exit.FOUND)


def _show(found: tuple[tuple[str, str, str, str], ...]) -> None:
    if not found:
        return
    rows = table("where", "what", "recounted", "found")
    for difference in found:
        rows.add_row(*difference)
    show(rows)
