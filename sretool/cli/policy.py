"""`sretool policy check`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.columns import Cell, Column, Style
from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import At, Names, Owner, ServiceName, Slos, Source, TimeScale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sretool.burn.policy import Demand, Review, State
    from sretool.settings.policy import AgreedException

app = typer.Typer(help="What the error budget policy demands.", no_args_is_help=True, rich_markup_mode=None)

_COLUMNS = (Column("demand"), Column("subject"), Column("budget left", right=True))
_STYLES: Mapping[State, Style] = {
    "freeze": "red",
    "unknown": "magenta",
    "exception": "yellow",
    "caution": "yellow",
    "ship": "green",
}


@app.callback()
def policy() -> None:
    """What the error budget policy demands."""


@app.command()
def check(
    names: Names = None,
    *,
    slos: Slos = None,
    service: ServiceName = None,
    owner: Owner = None,
    at: At = None,
    source: Source = "auto",
    time_scale: TimeScale = 1,
    prometheus: PrometheusUrl = None,
    alertmanager: AlertmanagerUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--output", help="How to print the result.")
    ] = "table",
) -> None:
    """Say what policy.yaml demands of each SLO: ship, caution, freeze; and which exceptions hold.

    Exit 0 where everything may ship, 1 in a freeze, 2 wrong input, 3 where it is not known and that counts as closed.

    \b
    Examples:
      sretool policy check
      sretool policy check --owner ingest --output markdown
    """
    from sretool.burn.policy import review
    from sretool.cli.inputs import repository
    from sretool.cli.slo.asking import Reach, ask, promised

    services, written = promised(slos), repository().policy
    if written is None:
        raise Stop(
            Exit.WRONG_INPUT, "there is no policy.yaml: write one beside sretool.yaml, such as: freeze_below: 0%"
        )
    reach = Reach(prometheus, alertmanager, timeout, header)
    status = ask(
        services, names, service=service, owner=owner, at=at, source=source, time_scale=time_scale, reach=reach
    )
    found = review(status, written, services)
    _print(found, output)
    if not found.decision.is_open:
        raise Stop(Exit.NO_ANSWER if found.decision.is_unknown else Exit.FOUND)


def _print(found: Review, output: str) -> None:
    import json

    if output == "json":
        print(json.dumps(_as_json(found), indent=2, ensure_ascii=False))
    elif output == "markdown":
        print("\n".join(_markdown_lines(found)))
    else:
        print("\n".join(_table_lines(found)))


def _table_lines(found: Review) -> Iterable[str]:
    from sretool.burn.together import together
    from sretool.cli.columns import is_colourful, lines
    from sretool.cli.slo.printing import instant, width, wrapped

    yield f"policy: {found.words}"
    yield f"at {instant(found.at)}"
    yield ""
    yield from lines(_COLUMNS, [_row(one) for one in found.demands], width=width(), colourful=is_colourful())
    whys = together((one.subject, one.words) for one in found.demands if one.words)
    told = [*(f"{subject}: {words}" for subject, words in whys), *_notes(found)]
    if told:
        yield ""
    for words in told:
        yield from wrapped(words, width())


def _markdown_lines(found: Review) -> Iterable[str]:
    from sretool.cli.slo.printing import instant, markdown_table

    yield f"### Policy: {found.words}"
    yield ""
    yield f"At {instant(found.at)}."
    headings = [*(column.heading for column in _COLUMNS), "why"]
    yield from markdown_table(headings, [[*_row(one), Cell(one.words)] for one in found.demands])
    if found.notes:
        yield ""
    yield from (f"- {words}" for words in _notes(found))


def _notes(found: Review) -> list[str]:
    return [f"note: {words}" for words in found.notes]


def _row(one: Demand) -> list[Cell]:
    from sretool.burn.gate import percent
    from sretool.cli.slo.standings import NOTHING

    left = Cell(percent(one.left)) if isinstance(one.left, Decimal) else NOTHING
    return [Cell(one.state, _STYLES.get(one.state, "")), Cell(one.subject), left]


def _as_json(found: Review) -> dict[str, object]:
    return {
        "at": datetime.fromtimestamp(found.at, UTC).isoformat(),
        "state": found.state,
        "open": found.decision.is_open,
        "demands": [_demand_json(one) for one in found.demands],
        "notes": list(found.notes),
    }


def _demand_json(one: Demand) -> dict[str, object]:
    return {
        "subject": one.subject,
        "state": one.state,
        "why": one.words,
        "budget_left_ratio": str(one.left) if isinstance(one.left, Decimal) else None,
        "exception": None if one.exception is None else exception_json(one.exception),
    }


def exception_json(agreed: AgreedException) -> dict[str, str]:
    return {
        "subject": agreed.subject,
        "reason": agreed.reason,
        "approver": agreed.approver,
        "until": agreed.until.isoformat(),
    }
