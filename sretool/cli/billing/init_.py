"""`sretool billing init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sretool.cli.billing.arguments import DIRECTORY, Output
from sretool.cli.billing.plainly import plainly, print_json
from sretool.cli.outcome import Exit, Stop


@plainly
def init(
    directory: Annotated[Path, typer.Argument(help="Where the service will keep its data.")] = DIRECTORY,
    *,
    customers: Annotated[
        int, typer.Option(min=8, max=1_000_000, help="How many customers the tenants for load have.")
    ] = 1_000,
    output: Output = "table",
) -> None:
    """Write a price catalogue of real shape (billing.yaml) and the keys of its tenants, which are shown this once.

    The keys stand in keys.json beside it too, which only its owner can read and `load` and `probe` do read; the
    catalogue has their hashes.

    \b
    Examples:
      sretool billing init
      sretool billing init /srv/billing --customers 100000
    """
    from sretool import clock
    from sretool.billing.catalog.starter import write_starter

    try:
        started = write_starter(directory, today=clock.now().date(), customers=customers)
    except FileExistsError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing init: {error}") from error
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing init: cannot write to {directory}: {error.strerror}") from error
    keys = {tenant: key.text for tenant, key in started.keys.items()}
    if output == "json":
        written = {"catalog": str(started.catalog), "keys_file": str(started.keys_file)}
        print_json(written | {"customers": started.customers, "keys": keys})
        return
    print(f"wrote {started.catalog}: {len(keys)} tenants, {started.customers} customers")
    print(f"wrote {started.keys_file}: their keys, shown this once:")
    for tenant, key in keys.items():
        print(f"  {tenant:<8} {key}")
    there = "" if directory == DIRECTORY else f" --directory {directory}"
    print(f"next: sretool billing serve{there}")
