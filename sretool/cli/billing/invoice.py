"""`sretool billing invoice ...`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import instant_text, instant_us, plainly, print_json, show, table
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.billing.operations import InvoiceRun

InvoiceId = Annotated[str, typer.Argument(help="The invoice's id, or the beginning of it.", metavar="ID")]


@plainly
def run(
    *,
    as_of: Annotated[
        str | None, typer.Option(help="Billing time, such as 2026-08-02 or 2026-08-02T06:00:00Z. Default: now.")
    ] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Bill late usage of customers that have no next invoice, too.")
    ] = False,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Close every billing period that is over, with its grace, and issue its invoices.

    A running service does so by itself as time passes; --as-of moves billing time, the only clock that moves.
    Running it again changes nothing that was done.

    \b
    Examples:
      sretool billing invoice run
      sretool billing invoice run --as-of 2026-09-02
      sretool billing invoice run --final
    """
    from sretool import clock
    from sretool.billing.directory import DataDirectory
    from sretool.billing.operations import run_invoices, take_part_in_faults

    as_of_us = clock.now_us() if as_of is None else instant_us(as_of, "--as-of")
    data = DataDirectory(directory)
    take_part_in_faults(data)
    ran = run_invoices(data, as_of_us=as_of_us, final=final)
    if output == "json":
        _print_run(ran)
    else:
        _show_run(ran)


def _print_run(ran: InvoiceRun) -> None:
    cuts = [{"start_us": cut.start_us, "end_us": cut.end_us, "final": cut.final} for cut in ran.cuts]
    print_json({"as_of": instant_text(ran.as_of_us), "cuts": cuts, "invoices": ran.documents})


def _show_run(ran: InvoiceRun) -> None:
    from sretool.money import decimal_text

    totals: Counter[str] = Counter()
    for row in ran.documents:
        totals[row["currency"]] += row["total_minor"]
    print(f"as of {instant_text(ran.as_of_us)}: {len(ran.cuts)} cut(s), {len(ran.documents):,} invoice(s)")
    for currency, minor in sorted(totals.items()):
        print(f"  {currency} {decimal_text(minor, currency)}")


@plainly
def list_invoices(
    *,
    tenant: Annotated[str | None, typer.Option(help="Of this tenant.")] = None,
    customer: Annotated[str | None, typer.Option(help="Of this customer.")] = None,
    period: Annotated[str | None, typer.Option(help="Of this billing period, such as 2026-08.")] = None,
    state: Annotated[Literal["finalized", "voided"] | None, typer.Option(help="In this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """List invoices by tenant, customer, period and version.

    \b
    Examples:
      sretool billing invoice list
      sretool billing invoice list --tenant acme --period 2026-08 --output json
    """
    from sretool.billing.issued import Selection
    from sretool.billing.operations import list_invoices as run
    from sretool.billing.reach import data_of

    selection = Selection(tenant=tenant, customer=customer, period=_month(period), state=state)
    rows = run(data_of(directory), selection, limit=limit)
    if output == "json":
        print_json({"invoices": rows})
    else:
        _show_rows(rows)
        if len(rows) == limit:
            print(f"the first {limit:,}: say --limit for more")


def _month(period: str | None) -> str | None:
    if period is not None and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", period):
        raise Stop(Exit.WRONG_INPUT, f"--period: {period!r} is not a month: write 2026-08")
    return period


def _show_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    shown = table("id", "tenant", "customer", "period", "version", "state", "currency", "total", right=("total",))
    for row in rows:
        shown.add_row(
            *(row["id"], row["tenant"], row["customer"], row["period"] or "final", str(row["version"])),
            *(row["state"], row["currency"], row["total"]),
        )
    show(shown)


@plainly
def show_invoice(invoice: InvoiceId, *, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """Show an invoice line by line.

    \b
    Example:
      sretool billing invoice show 3f2a
    """
    from sretool.billing.issued import document
    from sretool.billing.reach import data_of

    found = document(data_of(directory).invoices, invoice)
    if output == "json":
        print_json(found)
    else:
        _show_document(found)


def _show_document(found: Mapping[str, Any]) -> None:
    period = found["period"]["name"] if found["period"] else "late usage after the last period"
    print(f"invoice {found['id']}, version {found['version']}, {found['state']}")
    print(f"{found['tenant']}/{found['customer']}, {period}, finalized {instant_text(found['finalized_us'])}")
    shown = table("line", "kind", "period", "quantity", found["currency"], right=("quantity", found["currency"]))
    for line in found["lines"]:
        shown.add_row(line["line"], line["kind"], line["period"] or "", line.get("quantity", ""), line["amount"])
    shown.add_row("total", "", "", "", found["total"])
    if found["credit_note_minor"]:
        shown.add_row("credit note", "", "", "", found["credit_note"])
    show(shown)


@plainly
def void(
    invoices: Annotated[
        list[str] | None, typer.Argument(help="Invoices, each by its id or the beginning of it.", metavar="[ID]...")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.", prompt="Reason")],
    period: Annotated[str | None, typer.Option(help="All finalized ones of this period, such as 2026-08.")] = None,
    tenant: Annotated[str | None, typer.Option(help="All finalized ones of this tenant.")] = None,
    reissue: Annotated[bool, typer.Option("--reissue", help="Issue the next version, as of the same cut.")] = False,
    recut: Annotated[bool, typer.Option("--recut", help="Issue the next version with all usage known now.")] = False,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Void invoices; with --reissue or --recut their next versions take their place.

    \b
    Examples:
      sretool billing invoice void 3f2a --reason "wrong customer"
      sretool billing invoice void --period 2026-08 --reason "rounding bug of 2 September" --reissue
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.issued import Selection
    from sretool.billing.operations import void_invoices

    if not invoices and period is None and tenant is None:
        raise Stop(Exit.WRONG_INPUT, "sretool billing invoice void: say which: an ID, --period or --tenant")
    selection = None if period is None and tenant is None else Selection(tenant=tenant, period=_month(period))
    done = void_invoices(
        DataDirectory(directory), invoices or (), selection, reason=reason, reissue=reissue, recut=recut
    )
    if output == "json":
        print_json({"voided": done.voided, "reissued": done.reissued})
        return
    print(f"{len(done.voided):,} invoice(s) voided, {len(done.reissued):,} issued again")
    _show_rows(done.reissued[:20])
    if len(done.reissued) > 20:
        print(f"and {len(done.reissued) - 20:,} more")
