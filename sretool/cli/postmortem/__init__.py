"""`sretool postmortem ...`: one module a verb."""

from __future__ import annotations

import typer

from sretool.cli.postmortem import lint, new

app = typer.Typer(
    help="Postmortems: write what is known of an incident, check what people add.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("new")(new.new)
app.command("lint")(lint.lint)
