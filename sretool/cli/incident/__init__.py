"""`sretool incident ...`: one module a verb."""

from __future__ import annotations

import typer

from sretool.cli.incident import ack, deliver, from_alert, list_, note, open_, resolve, sandbox, severity, show, verify_

app = typer.Typer(
    help="Incidents: from an alert to a page, and to what is learnt of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("open")(open_.open_)
app.command("from-alert")(from_alert.from_alert)
app.command("ack")(ack.ack)
app.command("note")(note.note)
app.command("severity")(severity.severity)
app.command("resolve")(resolve.resolve)
app.command("deliver")(deliver.deliver)
app.command("show")(show.show)
app.command("list")(list_.list_incidents)
app.command("verify")(verify_.verify)
app.command("sandbox")(sandbox.sandbox)


@app.callback()
def incident() -> None:
    """Incidents: from an alert to a page, and to what is learnt of it."""
