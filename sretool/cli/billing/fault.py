"""`sretool billing fault ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json, show, table


@plainly
def set_fault(
    name: Annotated[str, typer.Argument(help="Which fault; `fault list` has them all.", metavar="NAME")],
    parameter: Annotated[
        str, typer.Argument(help="Its number, or a fail point for `crash`; else its default.", metavar="[PARAMETER]")
    ] = "",
    *,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Put a fault on. The service must have been started with --enable-faults.

    \b
    Examples:
      sretool billing fault set latency 500
      sretool billing fault set error-ratio 0.05
      sretool billing fault set clock-skew -26
      sretool billing fault set crash applier.before_commit
    """
    said = _ask(directory, "POST", "", {"name": name, "parameter": parameter})
    if output == "json":
        print_json(said)
        return
    value = said["active"][name]
    unit = said["known"][name]["parameter"] or ""
    at = f" at {value}" if unit == "point" else f": {value} {unit}" if value else ""
    print(f"fault {name} is on{at}")


@plainly
def clear(
    name: Annotated[str | None, typer.Argument(help="Which fault; without one, all of them.", metavar="[NAME]")] = None,
    *,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Take a fault off, or all of them.

    \b
    Examples:
      sretool billing fault clear
      sretool billing fault clear latency
    """
    said = _ask(directory, "DELETE", f"/{name}" if name else "", None)
    if output == "json":
        print_json(said)
    else:
        print(f"fault {name} is off" if name else "every fault is off")


@plainly
def list_faults(*, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """List every fault, its parameter, and whether it is on.

    \b
    Example:
      sretool billing fault list
    """
    said = _ask(directory, "GET", "", None)
    if output == "json":
        print_json(said)
    else:
        _show(said)


def _ask(directory: Path, method: str, path: str, body: dict[str, str] | None) -> dict[str, Any]:
    from urllib.parse import quote

    from sretool.billing.directory import DataDirectory
    from sretool.billing.reach import Declined, running

    try:
        return running(DataDirectory(directory)).ask(method, f"/admin/v1/faults{quote(path)}", body)
    except Declined as error:
        raise Declined(str(error).replace("see GET /admin/v1/faults", "see sretool billing fault list")) from error


def _show(said: dict[str, Any]) -> None:
    rows = table("fault", "active", "parameter", "default", "what it does")
    for name, kind in said["known"].items():
        active = said["active"].get(name)
        shown = "" if active is None else active or "on"
        rows.add_row(name, shown, kind["parameter"] or "", kind["default"], kind["description"])
    show(rows)
    if not said["enabled"]:
        print("faults are not enabled: start the service with --enable-faults")
