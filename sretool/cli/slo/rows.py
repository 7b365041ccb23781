"""What `slo list` shows of each SLO."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from sretool.cli.columns import Cell, Column, is_colourful, whole
from sretool.cli.slo.printing import width
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


_LISTED = (Column("SLO"), Column("objective", right=True), Column("period"), Column("sli"), Column("owner"))


def table_lines(services: Iterable[Service]) -> Iterable[str]:
    """Whoever copies a name needs all of it, so that nothing is cut, however narrow the terminal."""
    rows: list[list[Cell]] = []
    for service in services:
        for slo in service.slos:
            grouped = f" by {', '.join(slo.group_by)}" if slo.group_by else ""
            texts = (slo.full_name, str(slo.objective), str(slo.period), kind(slo.sli) + grouped, slo.owner)
            rows.append([Cell(text) for text in texts])
        for invariant in service.invariants:
            name = f"{service.name}/{invariant.name}"
            rows.append([Cell(text) for text in (name, "never", "", "invariant", invariant.owner)])
    return whole(_LISTED, rows, width=width(), colourful=is_colourful())
