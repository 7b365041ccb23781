"""`sretool slo gate`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import At, Names, Owner, ServiceName, Slos, Source, TimeScale

if TYPE_CHECKING:
    from sretool.burn.gate import Decision, Reason
    from sretool.burn.status import Status


def a_file(path: Path | None) -> Path | None:
    """What --summary says. Ends the command where that is standard output, which has the result already."""
    if path == Path("-"):
        raise Stop(Exit.WRONG_INPUT, "--summary names a file: on standard output, Markdown is --output markdown")
    return path


def gate(
    names: Names = None,
    *,
    min_budget: Annotated[
        str | None,
        typer.Option(
            help="The least of its budget that each SLO must have left; sets policy.yaml aside. Default: as "
            "policy.yaml says, or 10%.",
            show_default=False,
        ),
    ] = None,
    min_coverage: Annotated[
        str | None,
        typer.Option(
            help="The least of its period that an SLO must have been seen; less is no data. Default: as policy.yaml "
            "says, or 0%.",
            show_default=False,
        ),
    ] = None,
    on_no_data: Annotated[
        Literal["close", "open"] | None,
        typer.Option(
            "--on-no-data",
            help="What is not known closes the gate, or passes. Default: as policy.yaml says, or close.",
            show_default=False,
        ),
    ] = None,
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
        Path | None,
        typer.Option(help="File to append the decision to as Markdown, such as $GITHUB_STEP_SUMMARY.", callback=a_file),
    ] = None,
) -> None:
    """Say whether a deploy may go ahead. Exit 0 open, 1 closed, 2 wrong input, 3 not known, which is closed, too.

    It is closed by a budget below what policy.yaml asks, unless by an agreed exception, by a burn that pages,
    silenced or not, a violated invariant, and by whatever is not known.

    \b
    Examples:
      sretool slo gate --service billing-ingest
      sretool slo gate --min-budget 25% --min-coverage 50% --output json
      sretool slo gate --on-no-data open --summary "$GITHUB_STEP_SUMMARY"
    """
    from sretool.burn.gate import conditions, decide
    from sretool.cli.inputs import repository
    from sretool.cli.slo.asking import Reach, ask, promised

    services = promised(slos)
    policy = conditions(
        repository().policy,
        budget_left_min=_share("--min-budget", min_budget),
        coverage_min=_share("--min-coverage", min_coverage),
        on_no_data=on_no_data,
    )
    reach = Reach(prometheus, alertmanager, timeout, header)
    status = ask(
        services, names, service=service, owner=owner, at=at, source=source, time_scale=time_scale, reach=reach
    )
    decision = decide(status, policy)
    if summary is not None:
        _append(summary, decision, status)
    _print(decision, status, output)
    if not decision.is_open:
        raise Stop(Exit.NO_ANSWER if decision.is_unknown else Exit.FOUND)


def _share(option: str, text: str | None) -> Decimal | None:
    return None if text is None else ratio(option, text)


def ratio(option: str, text: str) -> Decimal:
    """Of a percentage, exact. Ends the command where it is none."""
    from sretool.settings.policy import share

    try:
        return share(text)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"{option} {error}") from error


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
    from sretool.burn.gate import said_once

    return [
        f"gate: {_state(decision)}",
        *(f"  {subject}: {words}" for subject, words in said_once(decision.reasons)),
        *(f"  passed over: {subject}: {words}" for subject, words in said_once(decision.passed_over)),
        *(f"  excepted: {subject}: {words}" for subject, words in said_once(decision.excepted)),
        *(f"  note: {words}" for words in decision.notes),
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
        "excepted": [_reason_json(reason) for reason in decision.excepted],
        "notes": list(decision.notes),
    }


def _reason_json(reason: Reason) -> dict[str, object]:
    from sretool.cli.policy import exception_json

    found: dict[str, object] = {"subject": reason.subject, "reason": reason.words, "no_data": reason.is_unknown}
    return found if reason.agreed is None else found | {"exception": exception_json(reason.agreed)}


def _markdown(decision: Decision, status: Status) -> list[str]:
    from sretool.burn.gate import said_once
    from sretool.cli.slo.printing import markdown_lines

    return [
        f"### Gate: {_state(decision)}",
        "",
        *(f"- **{subject}**: {words}" for subject, words in said_once(decision.reasons)),
        *(f"- passed over: {subject}: {words}" for subject, words in said_once(decision.passed_over)),
        *(f"- excepted: {subject}: {words}" for subject, words in said_once(decision.excepted)),
        *(f"- note: {words}" for words in decision.notes),
        "",
        *markdown_lines(status),
    ]


def _append(path: Path, decision: Decision, status: Status) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(_markdown(decision, status)) + "\n")
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"the summary cannot be written to {path}: {error.strerror}") from error
