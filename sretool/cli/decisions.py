"""The decisions of a week's report as a table, for whoever looks at it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from sretool.cli.columns import Cell, Column, Style

if TYPE_CHECKING:
    from sretool.report.values import Decision, Report

_COLUMNS: Final = (
    Column("demand"), Column("subject"), Column("budget left", right=True), Column("trend", right=True),
    Column("spent", right=True),
)  # fmt: skip
_STYLES: Final[Mapping[str, Style]] = {
    "freeze": "red",
    "violated": "red",
    "unknown": "magenta",
    "exception": "yellow",
    "caution": "yellow",
    "ship": "green",
}


def decision_lines(report: Report) -> Iterable[str]:
    """What is to be decided, and why, as wide as the terminal."""
    from sretool.burn.together import together
    from sretool.cli.columns import is_colourful, lines
    from sretool.cli.slo.printing import width, wrapped
    from sretool.report.facts import Missing
    from sretool.report.rendering import instant

    week, decisions = report.week, report.decisions
    yield f"reliability, week {week.name}{'' if week.is_whole else ', so far'}"
    yield f"at {instant(week.as_of_utc)} UTC"
    yield ""
    if isinstance(decisions, Missing):
        yield from wrapped(f"not known. Prometheus: {decisions.missing}", width())
        return
    yield from lines(_COLUMNS, [_row(one) for one in decisions.found], width=width(), colourful=is_colourful())
    whys = together((one.subject, one.words) for one in decisions.found if one.words)
    told = [*(f"{subject}: {words}" for subject, words in whys), *(f"note: {words}" for words in decisions.notes)]
    if isinstance(decisions.policy, Missing):
        told.append(f"note: {decisions.policy.missing}")
    if told:
        yield ""
    for words in told:
        yield from wrapped(words, width())


def _row(one: Decision) -> list[Cell]:
    from sretool.report.rendering import percent, points

    return [
        Cell(one.state or one.verdict or "-", _STYLES.get(one.state, "")),
        Cell(one.subject),
        Cell(percent(one.budget_left)),
        Cell(points(one.trend)),
        Cell(percent(one.spent)),
    ]
