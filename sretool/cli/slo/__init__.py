"""`sretool slo ...`: one module a verb."""

from __future__ import annotations

import typer

from sretool.cli.slo import (
    backfill,
    backtest,
    convert,
    diff,
    explain,
    gate,
    generate,
    list_,
    plan,
    status,
    validate,
    watch,
)

app = typer.Typer(
    help="Service level objectives: check, read, compare, compile to Prometheus rules.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("validate")(validate.validate)
app.command("list")(list_.list_slos)
app.command("explain")(explain.explain)
app.command("status")(status.status)
app.command("watch")(watch.watch)
app.command("gate")(gate.gate)
app.command("plan")(plan.plan)
app.command("backtest")(backtest.backtest)
app.command("backfill")(backfill.backfill)
app.command("generate")(generate.generate)
app.command("diff")(diff.diff)
app.command("convert")(convert.convert)
