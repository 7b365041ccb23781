"""`sretool billing quarantine ...`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import instant_text, plainly, print_json, show, table
from sretool.cli.outcome import Exit, Stop

EventPlace = Annotated[str, typer.Argument(help="The event's id in `quarantine list`, such as 4711-3.", metavar="ID")]


@plainly
def list_held(
    *,
    directory: Directory = DIRECTORY,
    tenant: Annotated[str | None, typer.Option(help="Of this tenant only.")] = None,
    state: Annotated[Literal["held", "released", "discarded", "any"], typer.Option(help="In this state.")] = "held",
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the oldest first.")] = 100,
    output: Output = "table",
) -> None:
    """List events that no meter could use and conflicts, the oldest first.

    \b
    Examples:
      sretool billing quarantine list
      sretool billing quarantine list --tenant acme --state any --output json
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.operations import held_events

    asked = None if state == "any" else state
    events = held_events(DataDirectory(directory), tenant=tenant, state=asked, limit=limit)
    rows = [
        {
            "id": f"{held.address.position}-{held.address.index}",
            "tenant": held.tenant,
            "transaction_id": held.transaction_id,
            "customer_id": held.customer_id,
            "kind": held.kind,
            "state": held.state,
            "since": instant_text(held.ingest_us),
            "reason": held.reason,
        }
        for held in events
    ]
    if output == "json":
        print_json({"events": rows})
        return
    shown = table("id", "tenant", "customer", "kind", "state", "since", "transaction", "reason")
    for row in rows:
        shown.add_row(
            *(
                row[name]
                for name in ("id", "tenant", "customer_id", "kind", "state", "since", "transaction_id", "reason")
            )
        )
    show(shown)


@plainly
def release(event: EventPlace, *, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """Have an event decided again, by the catalogue in force now. A conflict cannot be released.

    \b
    Example:
      sretool billing catalog apply && sretool billing quarantine release 4711-3

    Exit 1 when the event is still of no use and stays where it is.
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.ledger import Address
    from sretool.billing.operations import release as run

    state = run(DataDirectory(directory), Address(*_place(event)))
    _print(event, state, output)
    if state == "held":
        raise Stop(Exit.FOUND, f"event {event} is still of no use, and stays in quarantine: see its reason")


@plainly
def discard(
    event: EventPlace,
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.", prompt="Reason")],
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Never bill an event.

    \b
    Example:
      sretool billing quarantine discard 4711-3 --reason "sent by a test, see ticket 17"
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.ledger import Address
    from sretool.billing.operations import discard as run

    _print(event, run(DataDirectory(directory), Address(*_place(event)), reason=reason), output)


def _place(event: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,18})-(\d{1,2})", event)
    if not found:
        raise Stop(Exit.WRONG_INPUT, f"{event!r} is not the id of an event in quarantine, such as 4711-3")
    return int(found[1]), int(found[2])


def _print(event: str, state: str, output: str) -> None:
    if output == "json":
        print_json({"id": event, "state": state})
    else:
        print(f"event {event} is {state}")
