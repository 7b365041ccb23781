"""A status as a table for people, as Markdown for a pipeline's page, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sretool.burn.evaluate import Standing, as_shown
from sretool.burn.figures import Figures, Firing, NoData, PeriodFigures
from sretool.burn.invariants import InvariantStanding
from sretool.burn.status import Status
from sretool.burn.together import in_lines
from sretool.burn.unfired import early
from sretool.cli.columns import Cell, Column, Style
from sretool.model.duration import Duration
from sretool.model.objective import plain

_SHOWN_WINDOWS = tuple(Duration.parse(text) for text in ("5m", "1h", "6h", "3d"))
_VERDICT_STYLES: Mapping[str, Style] = {
    "ok": "green",
    "burning": "yellow",
    "exhausted": "red",
    "no data": "magenta",
    "held": "green",
    "violated": "red",
}
_NAMED = 12  # Of more SLOs that have the same note, the first are named.
_BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = Cell("-", "dim")

INVARIANT_COLUMNS = (Column("verdict"), Column("invariant"), Column("found"))
TREND = Column("trend", need=1)
COLUMNS = (
    Column("verdict"),
    Column("SLO"),
    Column("objective", right=True, need=4),
    Column("SLI", right=True, need=5),
    Column("budget left", right=True),
    TREND,
    Column("seen", right=True, need=6),
    Column("bad events left", right=True, need=3),
    Column("lasts", right=True, need=6),
    *(Column(f"burn {window}", right=True, need=7) for window in _SHOWN_WINDOWS),
    Column("firing", need=8),
    Column("from", need=2),
)


def rows(
    standings: Iterable[Standing], history: Mapping[tuple[str, tuple[str, ...]], Sequence[Decimal]]
) -> list[list[Cell]]:
    return [_row(as_shown(one), history.get((one.slo.full_name, one.group), ())) for one in standings]


def _row(one: Standing, history: Sequence[Decimal]) -> list[Cell]:
    rates = one.burn_rates
    return [
        Cell(one.verdict, _VERDICT_STYLES[one.verdict]),
        Cell(one.full_name, "bold" if one.pages else ""),
        Cell(str(one.slo.objective)),
        _sli(one.figures.period),
        _left(one),
        Cell(sparkline(history)) if history else NOTHING,
        _seen(one.figures.period),
        NOTHING if one.bad_left is None else Cell(count(one.bad_left)),
        _lasts(one),
        *(_rate(rates.get(window)) for window in _SHOWN_WINDOWS),
        _alerts(one),
        Cell(source(one.figures), "dim"),
    ]


def _sli(period: PeriodFigures | NoData) -> Cell:
    if isinstance(period, NoData) or isinstance(period.error_ratio, NoData):
        return NOTHING
    return Cell(percent(1 - period.error_ratio, places=4))


def _seen(period: PeriodFigures | NoData) -> Cell:
    return NOTHING if isinstance(period, NoData) else Cell(percent(period.coverage, places=0))


def _left(one: Standing) -> Cell:
    if isinstance(one.left, NoData):
        return NOTHING
    low = Decimal("0.25")
    style: Style = "red" if one.left <= 0 else "yellow" if one.left < low else ""
    return Cell(percent(one.left, places=1), style)


def _lasts(one: Standing) -> Cell:
    """Longer than a period nothing has to last."""
    if one.exhausted_in_seconds is None:
        return NOTHING
    length = one.slo.period.length
    return Cell(span(one.exhausted_in_seconds) if one.exhausted_in_seconds <= length.seconds else f"over {length}")


def _rate(rate: Decimal | NoData | None) -> Cell:
    if rate is None or isinstance(rate, NoData):
        return NOTHING
    return Cell(burn(rate), "yellow" if rate > 1 else "")


def _alerts(one: Standing) -> Cell:
    words = firing_words(one)
    return Cell(words, "red" if one.pages else "yellow") if words else NOTHING


def plain_line(one: Standing) -> str:
    """The verdict, with what fires or why nothing is known, and by which source: another may judge otherwise."""
    line = " ".join(filter(None, (one.verdict, one.full_name, firing_words(one), f"({source(one.figures)})")))
    return f"{line}: {one.spent.reason}" if isinstance(one.spent, NoData) else line


def firing_words(one: Standing) -> str:
    """What fires about it; where no rules are loaded, what would; and what would if more had been seen."""
    words = [alert_words(firing) for firing in one.figures.firing]
    if one.figures.windows_source == "counted" and one.burning:
        would = ", ".join(f"{burning.severity} {burning.burn_tier}" for burning in one.burning)
        words.append(f"would {would}")
    if one.early and not one.pages:
        words.append(f"not yet {one.early[0].severity} {one.early[0].name}")
    return "; ".join(words)


def alert_words(firing: Firing) -> str:
    """`page 1h-5m`, or the alert's name and what it found; and whether it is silenced."""
    words = f"{firing.severity} {firing.burn_tier}" if firing.is_burn else f"{firing.alert} {firing.state}".rstrip()
    return f"{words} (silenced)" if firing.silenced else words


def source(figures: Figures) -> str:
    """Where the windows come from, and the period where that is another place."""
    period = figures.windows_source if isinstance(figures.period, NoData) else figures.period.source
    return period if period == figures.windows_source else f"{figures.windows_source}, period {period}"


def doubts(status: Status) -> list[str]:
    """What makes figures doubtful, a line each; what is said of many is said once."""
    about: dict[str, list[str]] = {}
    for one in status.standings:
        reason = (one.spent.reason,) if isinstance(one.spent, NoData) else ()
        for words in dict.fromkeys((*reason, *early(one), *one.doubts, *one.figures.notes)):
            about.setdefault(words, []).append(one.full_name)
    found = [f"{_subjects(names, of=len(status.standings))}: {words}" for words, names in about.items()]
    found += in_lines(
        (service, f"{alert_words(firing)} fires") for service, all_ in status.service_alerts.items() for firing in all_
    )
    return list(dict.fromkeys([*found, *_of_the_server(status), *status.notes]))


def _subjects(names: Sequence[str], *, of: int) -> str:
    """Which SLOs a note is about; all of them are so many that nobody reads them."""
    if len(names) <= _NAMED:
        return ", ".join(names)
    return "all SLOs" if len(names) == of else f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more SLOs"


def _of_the_server(status: Status) -> list[str]:
    return [f"the server warns that its answers are not whole: {warning}" for warning in status.warnings]


def lasting_notes(status: Status) -> list[str]:
    """What is to be known of all of it, and does not move at every look."""
    return [*_of_the_server(status), *status.notes]


def invariant_row(one: InvariantStanding) -> list[Cell]:
    rises = NOTHING if not one.rises else Cell(f"rose by {count(one.rises)} in the last hour")
    found = Cell("nothing measures it") if one.state == "no data" else rises
    return [Cell(one.state, _VERDICT_STYLES[one.state]), Cell(one.full_name), found]


def as_json(status: Status) -> dict[str, Any]:
    """Ratios and counts are strings of exact decimals; what is not known is null with its reason beside it."""
    return {
        "at": datetime.fromtimestamp(status.at, UTC).isoformat(),
        "slos": [_standing_json(as_shown(one)) for one in status.standings],
        "invariants": [
            {"name": one.full_name, "state": one.state, "rises_1h": None if one.rises is None else plain(one.rises)}
            for one in status.invariants
        ],
        "service_alerts": {
            service: [_firing_json(one) for one in firing] for service, firing in status.service_alerts.items()
        },
        "warnings": list(status.warnings),
        "notes": list(status.notes),
    }


def _standing_json(one: Standing) -> dict[str, Any]:
    period = one.figures.period
    return {
        "name": one.slo.full_name,
        "group": dict(zip(one.slo.group_by, one.group, strict=True)) if one.group else {},
        "verdict": one.verdict,
        "objective": plain(one.slo.objective.ratio),
        "period": str(one.slo.period),
        "period_figures": None if isinstance(period, NoData) else _period_json(period),
        "no_data": one.spent.reason if isinstance(one.spent, NoData) else None,
        "budget_spent_ratio": _text(one.spent),
        "budget_left_ratio": _text(one.left),
        "bad_events_left": _text(one.bad_left),
        "exhausted_in_seconds": None if one.exhausted_in_seconds is None else round(one.exhausted_in_seconds),
        "burn_rates": {window.readable: _text(rate) for window, rate in one.burn_rates.items()},
        "coverages": {window.readable: plain(seen) for window, seen in sorted(one.figures.coverages.items())},
        "windows_source": one.figures.windows_source,
        "firing": [_firing_json(firing) for firing in one.figures.firing],
        "burning": [{"burn_tier": burning.burn_tier, "severity": burning.severity} for burning in one.burning],
        "not_yet": [{"burn_tier": tier.name, "severity": tier.severity} for tier in one.early],
        "doubts": list(one.doubts),
        "notes": list(one.figures.notes),
    }


def _period_json(period: PeriodFigures) -> dict[str, Any]:
    return {
        "source": period.source,
        "bad_events": plain(period.bad),
        "all_events": plain(period.every),
        "error_ratio": _text(period.error_ratio),
        "coverage_ratio": plain(period.coverage),
        "gross": None
        if period.gross is None
        else {"bad_events": plain(period.gross[0]), "all_events": plain(period.gross[1])},
    }


def _firing_json(firing: Firing) -> dict[str, Any]:
    return {
        "alert": firing.alert,
        "severity": firing.severity,
        "burn_tier": firing.burn_tier or None,
        "state": firing.state or None,
        "silenced": firing.silenced,
    }


def _text(figure: Decimal | NoData | None) -> str | None:
    return plain(figure) if isinstance(figure, Decimal) else None


# How figures read.


def percent(ratio: Decimal, *, places: int) -> str:
    """Rounded for reading, to as many places always; what is not wholly there is never 100%, nor what is left 0%."""
    shown, least = _rounded(ratio * 100, places), Decimal(1).scaleb(-places)
    if shown == 0 and ratio:
        return f"<{least:f}%" if ratio > 0 else f"-{least:f}%"
    return f"{100 - least if shown == 100 and ratio < 1 else shown:f}%"


def burn(rate: Decimal) -> str:
    return f"{rate:,.0f}x" if rate >= 100 else f"{_rounded(rate, 1 if rate >= 10 else 2):f}x"


def count(number: Decimal) -> str:
    """Whole events; counts come from rates and are seldom whole."""
    return f"{number.quantize(Decimal(1), ROUND_HALF_EVEN):,}"


def span(seconds: Decimal) -> str:
    """About so long, in two units at most: 3d4h, 25m, over 1y."""
    whole = int(seconds)
    if whole > 365 * 86_400:
        return "over 1y"
    step = 3_600 if whole >= 86_400 else 60 if whole >= 60 else 1
    return Duration.of(seconds=whole - whole % step).readable


def sparkline(values: Sequence[Decimal]) -> str:
    """Budget left over the period, from 0 to all of it; what is overspent stays at the bottom."""
    return "".join(_BLOCKS[min(7, max(0, int(value * 8)))] for value in values)


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
