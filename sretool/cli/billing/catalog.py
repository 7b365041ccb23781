"""`sretool billing catalog apply`."""

from __future__ import annotations

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json


@plainly
def apply(*, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """Put the billing.yaml of the data directory into force, with a running service or without.

    What was applied stands in the journal; invoices of closed periods keep the catalogue that they were issued by.

    \b
    Example:
      sretool billing catalog apply

    Exit 2 with every reason why the file cannot be put into force.
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.operations import apply_catalog_file

    data = DataDirectory(directory)
    applied = apply_catalog_file(data)
    if output == "json":
        print_json({"catalog": str(data.catalog), "applied": applied})
    else:
        print(f"{data.catalog} is in force" + ("" if applied else " already"))
