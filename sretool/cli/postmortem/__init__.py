"""`sretool postmortem ...`: one module a verb."""

from __future__ import annotations

import typer

from sretool.cli.postmortem import lint, new, template

app = typer.Typer(
    help="Postmortems: write what is known of an incident, check what people add, and have a template of your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("new")(new.new)
app.command("lint")(lint.lint)
app.command("template")(template.template)
