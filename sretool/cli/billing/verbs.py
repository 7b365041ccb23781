"""The verbs of `sretool billing`, in the order in which help lists them."""

from __future__ import annotations

import typer

from sretool.cli.billing import (
    audit,
    catalog,
    fault,
    grant,
    init_,
    invoice,
    journal,
    load,
    probe,
    quarantine,
    reconcile,
    serve,
)


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)


invoices = _group("Invoices: run, list, show, void.")
invoices.command("run")(invoice.run)
invoices.command("list")(invoice.list_invoices)
invoices.command("show")(invoice.show_invoice)
invoices.command("void")(invoice.void)

journals = _group("The journal: verify.")
journals.command("verify")(journal.verify)

faults = _group("Known ways to make a running service fail: set, clear, list.")
# Else a parameter below 0 would be taken for an option.
faults.command("set", context_settings={"ignore_unknown_options": True})(fault.set_fault)
faults.command("clear")(fault.clear)
faults.command("list")(fault.list_faults)

quarantined = _group("Events that no meter could use, and conflicts: list, release, discard.")
quarantined.command("list")(quarantine.list_held)
quarantined.command("release")(quarantine.release)
quarantined.command("discard")(quarantine.discard)

catalogs = _group("The price catalogue: apply.")
catalogs.command("apply")(catalog.apply)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command("init")(init_.init)
app.command("serve")(serve.serve)
app.command("load")(load.load)
app.command("audit")(audit.audit)
app.command("probe")(probe.probe)
app.add_typer(invoices, name="invoice")
app.command("grant")(grant.grant)
app.command("reconcile")(reconcile.reconcile)
app.add_typer(journals, name="journal")
app.add_typer(faults, name="fault")
app.add_typer(quarantined, name="quarantine")
app.add_typer(catalogs, name="catalog")
