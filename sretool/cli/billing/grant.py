"""`sretool billing grant`."""

from __future__ import annotations

from typing import Annotated

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import instant_us, plainly, print_json
from sretool.cli.outcome import Exit, Stop


@plainly
def grant(
    tenant: Annotated[str, typer.Argument(help="Whose customer.", metavar="TENANT")],
    customer: Annotated[str, typer.Argument(help="Who gets it.", metavar="CUSTOMER")],
    amount: Annotated[str, typer.Argument(help="In the customer's currency, such as 12.50.", metavar="AMOUNT")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.", prompt="Reason")],
    priority: Annotated[int, typer.Option(help="The lowest pays first.")] = 100,
    effective: Annotated[str | None, typer.Option(help="From when on it pays. Default: now.")] = None,
    expires: Annotated[str | None, typer.Option(help="Until when it pays. Default: for ever.")] = None,
    grant_id: Annotated[
        str | None, typer.Option("--id", help="Names the credit, so that giving it again is safe. Default: a new one.")
    ] = None,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Give a customer a credit, which pays its next invoices.

    It pays an invoice if it is in force at the last instant of the billing period. The same credit under the same --id
    is given once; another one under it is refused.

    \b
    Examples:
      sretool billing grant acme acme-1 50.00 --reason "outage of 3 August"
      sretool billing grant acme acme-1 50.00 --reason promo --expires 2027-01-01 --id promo-2026-acme-1
    """
    from uuid import uuid4

    from sretool import clock
    from sretool.billing.invoices.controls import Grant
    from sretool.billing.operations import customer_in_force, grant_credit
    from sretool.billing.reach import data_of
    from sretool.money import decimal_text, whole_minor_units

    data = data_of(directory)
    currency = customer_in_force(data, tenant, customer).currency
    try:
        amount_minor = whole_minor_units(amount, currency)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing grant: AMOUNT: {error}") from error
    given = Grant(
        id=grant_id or str(uuid4()),
        tenant=tenant,
        customer=customer,
        currency=currency,
        amount_minor=amount_minor,
        priority=priority,
        effective_us=clock.now_us() if effective is None else instant_us(effective, "--effective"),
        expires_us=None if expires is None else instant_us(expires, "--expires"),
        reason=reason,
    )
    is_new = grant_credit(data, given, is_from_now=effective is None)
    shown = decimal_text(amount_minor, currency)
    if output == "json":
        print_json({"id": given.id, "currency": currency, "amount": shown, "granted": is_new})
    else:
        already = "" if is_new else " already"
        print(f"{tenant}/{customer} has a credit of {currency} {shown}{already}: {given.id}")
