"""`sretool slo gate`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import At, Names, Owner, ServiceName, Slos, Source, TimeScale

if TYPE_CHECKING:
    from sretool.burn.gate import Decision, Reason
    from sretool.burn.status import Status


def gate(
    names: Names = None,
    *,
    min_budget: Annotated[str, typer.Option(help="The least of its budget that each SLO must have left.")] = "10%",
    min_coverage: Annotated[
        str, typer.Option(help="The least of its period that an SLO must have been seen; less is no data.")
    ] = "0%",
    on_no_data: Annotated[
        Literal["close", "open"], typer.Option("--on-no-data", help="What is not known closes the gate, or passes.")
    ] = "close",
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
    summary: Annotated[
        Path | None, typer.Option(help="File to append the decision to as Markdown, such as $GITHUB_STEP_SUMMARY.")
    ] = None,
) -> None:
    """Say whether a deploy may go ahead. Exit 0 open, 1 closed, 2 wrong input, 3 not known, which is closed, too.

    It is closed by a budget below the minimum, a burn that pages, silenced or not, a violated invariant, and by
    whatever is not known.

    \b
    Examples:
      sretool slo gate --service billing-ingest
      sretool slo gate --min-budget 25% --min-coverage 50% --output json
      sretool slo gate --on-no-data open --summary "$GITHUB_STEP_SUMMARY"
    """
    from sretool.burn.gate import Conditions, decide
    from sretool.cli.slo.asking import Reach, ask

    conditions = Conditions(ratio("--min-budget", min_budget), ratio("--min-coverage", min_coverage), on_no_data)
    reach = Reach(prometheus, alertmanager, timeout, header)
    status = ask(
        names, slos=slos, service=service, owner=owner, at=at, source=source, time_scale=time_scale, reach=reach
    )
    decision = decide(status, conditions)
    if summary is not None:
        _append(summary, decision, status)
    _print(decision, status, output)
    if not decision.is_open:
        raise Stop(Exit.NO_ANSWER if decision.is_unknown else Exit.FOUND)


def ratio(option: str, text: str) -> Decimal:
    """Of a percentage, exact. Ends the command where it is none."""
    try:
        ratio = Decimal(text.removesuffix("%")) / 100
    except InvalidOperation:
        ratio = Decimal(-1)
    if not text.endswith("%") or not ratio.is_finite() or not 0 <= ratio <= 1:
        raise Stop(Exit.WRONG_INPUT, f"{option} {text} is no share: write a percentage from 0% to 100%, such as 10%")
    return ratio


def _print(decision: Decision, status: Status, output: str) -> None:
    import json

    from sretool.cli.slo.printing import table_lines
    from sretool.cli.slo.standings import as_json

    if output == "json":
        print(json.dumps(_as_json(decision) | {"status": as_json(status)}, indent=2, ensure_ascii=False))
    elif output == "markdown":
        print("\n".join(_markdown(decision, status)))
    else:
        print("\n".join([*_words(decision), "", *table_lines(status)]))


def _words(decision: Decision) -> list[str]:
    return [
        f"gate: {_state(decision)}",
        *(f"  {reason.subject}: {reason.words}" for reason in decision.reasons),
        *(f"  passed over: {reason.subject}: {reason.words}" for reason in decision.passed_over),
    ]


def _state(decision: Decision) -> str:
    if decision.is_open:
        return "open"
    return "closed, for want of data" if decision.is_unknown else "closed"


def _as_json(decision: Decision) -> dict[str, object]:
    return {
        "open": decision.is_open,
        "reasons": [_reason_json(reason) for reason in decision.reasons],
        "passed_over": [_reason_json(reason) for reason in decision.passed_over],
    }


def _reason_json(reason: Reason) -> dict[str, object]:
    return {"subject": reason.subject, "reason": reason.words, "no_data": reason.is_unknown}


def _markdown(decision: Decision, status: Status) -> list[str]:
    from sretool.cli.slo.printing import markdown_lines

    return [
        f"### Gate: {_state(decision)}",
        "",
        *(f"- **{reason.subject}**: {reason.words}" for reason in decision.reasons),
        *(f"- passed over: {reason.subject}: {reason.words}" for reason in decision.passed_over),
        "",
        *markdown_lines(status),
    ]


def _append(path: Path, decision: Decision, status: Status) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(_markdown(decision, status)) + "\n")
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"the summary cannot be written to {path}: {error.strerror}") from error
