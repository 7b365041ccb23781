"""What `explain --live` shows: a period in figures, the hours that spent its budget, and where its sources disagree."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sretool.burn.figures import NoData, PeriodFigures
from sretool.burn.live import Hour, Live, by_spending, differences, hour_text
from sretool.cli.columns import Cell, Column, is_colourful, lines
from sretool.cli.slo.standings import count, percent, source, span
from sretool.model.objective import plain

_HOURS_SHOWN = 10
_BAR = 20


def live_lines(live: Live, *, at: float) -> list[str]:
    """For a terminal."""
    one, period = live.standing, live.standing.figures.period
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    told = [f"{one.full_name}  {one.verdict} at {moment} ({source(one.figures)})"]
    if isinstance(period, NoData):
        return [*told, f"  no data: {period.reason}"]
    return [*told, *_figures(live, period), *_hours(live), *_sources(live, period)]


def _figures(live: Live, period: PeriodFigures) -> list[str]:
    one = live.standing
    left, spent = one.left, one.spent
    told = [
        f"  bad       {count(period.bad)} of {count(period.every)} events",
        f"  allowed   {count(live.allowed)} in a period of this traffic, at an objective of {one.slo.objective}",
    ]
    if not isinstance(left, NoData) and not isinstance(spent, NoData):
        told.append(f"  spent     {percent(spent, places=1)} of the budget, {percent(left, places=1)} are left")
    told.append(f"  seen      {percent(period.coverage, places=1)} of the period of {one.slo.period}")
    if one.exhausted_in_seconds is not None:
        told.append(f"  lasts     {span(one.exhausted_in_seconds)} at the burn of the last hour")
    if period.gross is not None:
        told.append(f"  excluded  {count(period.gross[0] - period.bad)} bad events do not count; below they are told")
    return [*told, *(f"  doubt     {doubt}" for doubt in one.doubts)]


def _hours(live: Live) -> list[str]:
    spent = by_spending(live)
    if not spent:
        return ["", "No hour of the period spent any budget."]
    most = spent[0][1]
    rows = [
        [
            Cell(hour_text(hour)),
            Cell("█" * max(1, int(share / most * _BAR)), "red"),
            Cell(percent(share, places=1)),
            Cell(_events(hour), "dim"),
        ]
        for hour, share in spent[:_HOURS_SHOWN]
    ]
    columns = (Column("hour from"), Column(""), Column("of the budget", right=True), Column("events"))
    told = ["", "The hours that spent most", *lines(columns, rows, width=None, colourful=is_colourful())]
    others = spent[_HOURS_SHOWN:]
    if others:
        rest = sum((share for _, share in others), Decimal(0))
        told.append(f"{len(others)} other hours spent {percent(rest, places=1)} together")
    return told


def _events(hour: Hour) -> str:
    bad, every = (hour.bad, hour.every) if hour.every is not None else (hour.recorded_bad, hour.recorded_every)
    return f"{count(bad or Decimal(0))} bad of {count(every or Decimal(0))}"


def _sources(live: Live, period: PeriodFigures) -> list[str]:
    recorded = live.recorded
    told = ["", "Recorded against counted"]
    if period.source == "recorded":
        return [*told, "  this kind of SLI has no counters: recorded series are all there is"]
    if isinstance(recorded, NoData):
        return [*told, f"  nothing to compare: {recorded.reason}"]
    told.append(
        f"  counted {count(period.bad)} bad of {count(period.every)}, recorded {count(recorded.bad)} of "
        f"{count(recorded.every)}; the recorded period ends at the last half hour"
    )
    causes = list(differences(live))
    return [*told, *(f"  - {cause}" for cause in causes)] if causes else [*told, "  they agree to 0.1% of the budget"]


def as_json(live: Live, *, at: float) -> dict[str, Any]:
    """Ratios and counts are decimal strings; hours only where they spent anything."""
    recorded = live.recorded
    return {
        "at": datetime.fromtimestamp(at, UTC).isoformat(),
        "allowed_bad_events": plain(live.allowed),
        "hours": [
            {
                "start": datetime.fromtimestamp(hour.start, UTC).isoformat(),
                "budget_spent_ratio": plain(share),
                "bad_events": _text(hour.bad),
                "all_events": _text(hour.every),
                "recorded_bad_events": _text(hour.recorded_bad),
                "recorded_all_events": _text(hour.recorded_every),
            }
            for hour, share in by_spending(live)
        ],
        "recorded": None
        if isinstance(recorded, NoData)
        else {"bad_events": plain(recorded.bad), "all_events": plain(recorded.every)},
        "differences": list(differences(live)),
    }


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else plain(figure)
