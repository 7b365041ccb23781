"""What `slo list` shows of each SLO."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Service


def kind(sli: Sli) -> str:
    """The SLI's kind as `sli:` spells it."""
    match sli:
        case EventsSli():
            return "events"
        case LatencySli():
            return "latency"
        case TimeSliceSli():
            return "time_slice"
        case FreshnessSli():
            return "freshness"
        case CompletenessSli() | CohortSli():
            return "completeness"
        case ExprSli():
            return "expr"
        case _:
            assert_never(sli)


def json_rows(services: Iterable[Service]) -> dict[str, list[dict[str, object]]]:
    services = list(services)
    return {
        "slos": [
            {
                "name": slo.full_name,
                "objective": str(slo.objective.ratio),
                "period": str(slo.period),
                "sli": kind(slo.sli),
                "owner": slo.owner,
                "criticality": slo.criticality or None,
                "runbook": slo.runbook or None,
                "group_by": list(slo.group_by),
                "place": str(slo.place) if slo.place else None,
            }
            for service in services
            for slo in service.slos
        ],
        "invariants": [
            {
                "name": f"{invariant.service}/{invariant.name}",
                "zero": invariant.zero,
                "owner": invariant.owner,
                "runbook": invariant.runbook or None,
                "place": str(invariant.place) if invariant.place else None,
            }
            for service in services
            for invariant in service.invariants
        ],
    }


def table(services: Iterable[Service]) -> None:
    from rich.table import Table

    from sretool.cli.inputs import console

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("SLO", "objective", "period", "sli", "owner"):
        shown.add_column(heading, justify="right" if heading == "objective" else "left", no_wrap=True)
    for service in services:
        for slo in service.slos:
            grouped = f" by {', '.join(slo.group_by)}" if slo.group_by else ""
            shown.add_row(slo.full_name, str(slo.objective), str(slo.period), kind(slo.sli) + grouped, slo.owner)
        for invariant in service.invariants:
            shown.add_row(f"{service.name}/{invariant.name}", "never", "", "invariant", invariant.owner)
    output = console()
    # Whoever copies a name needs all of it, however narrow the terminal.
    output.width = output.measure(shown, options=output.options.update(width=1_000)).maximum
    output.print(shown, crop=False)
