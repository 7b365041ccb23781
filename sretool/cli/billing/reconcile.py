"""`sretool billing reconcile`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json, show, table
from sretool.cli.outcome import Exit, Stop
from sretool.cli.progress import bar

if TYPE_CHECKING:
    from sretool.billing.recount.judge import Difference

_SHOWN = 20

Engine = Annotated[
    Literal["auto", "python", "duckdb"],
    typer.Option("--engine", help="What reads the journal: auto is duckdb where it is installed. Both say the same."),
]


@plainly
def reconcile(*, directory: Directory = DIRECTORY, engine: Engine = "auto", output: Output = "table") -> None:
    """Recount events and invoices from the raw journal, with other code, and compare to the cent.

    It works beside a running service, and says how many invoices the biller has not come to yet. Of the places that
    differ it shows the first twenty, each with its first difference; --output json has all of them.

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
        places = {place: tuple(some) for place, some in groupby(sorted(found.found, key=_place), key=_place)}
        _show(places)
        where = f" in {len(places):,} place(s)" if places else ""
        counted = f"recounted {found.events:,} events and {found.documents:,} invoices"
        print(f"{counted}: {len(found.found):,} difference(s){where}")
        if found.waiting:
            print(f"{found.waiting:,} invoices are called for, and the biller has not come to them")
    if found:
        raise Stop(Exit.FOUND)


def _place(difference: Difference) -> str:
    return difference.place


def _show(places: Mapping[str, Sequence[Difference]]) -> None:
    if not places:
        return
    rows = table("where", "differences", "the first", "recounted", "found", right=("differences",))
    for place, differences in islice(places.items(), _SHOWN):
        first = differences[0]
        rows.add_row(place, f"{len(differences):,}", first.what, first.recounted, first.found)
    show(rows)
    if len(places) > _SHOWN:
        print(f"and {len(places) - _SHOWN:,} more places: --output json has them all")
