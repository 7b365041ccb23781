"""Prints a backtest: as tables, as Markdown, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sretool.burn.backtest.history import STEP
from sretool.burn.backtest.losses import Loss
from sretool.burn.backtest.running import Backtest, Tried, budget_left
from sretool.burn.backtest.scoring import Firing, Lost, Share
from sretool.cli.columns import Cell, Column, is_colourful, natural_width, turned, whole
from sretool.cli.slo.backtest_json import as_json
from sretool.cli.slo.printing import markdown_table, width, wrapped
from sretool.cli.slo.standings import NOTHING, count, percent, span, sparkline

_TREND_POINTS = 60
_GRID = (
    Column("settings"),
    Column("pages", right=True),
    Column("precision", right=True),
    Column("tickets", right=True),
    Column("precision", right=True),
    Column("losses", right=True),
    Column("recall", right=True),
    Column("paged", right=True, need=5),
    Column("detected in", right=True),
    Column("spent by then", right=True),
    Column("reset after", right=True),
)
_FIRINGS = (
    Column("fired at"),
    Column("severity"),
    Column("tiers"),
    Column("for", right=True),
    Column("loss began"),
    Column("detected in", right=True),
    Column("budget spent", right=True),
    Column("reset after", right=True),
    Column("cause"),
)
_MISSED = (Column("loss began"), Column("for", right=True), Column("budget spent", right=True), Column("what went"))


def print_backtest(found: Backtest, output: str) -> None:
    """On standard output; a table is as wide as the terminal."""
    if output == "json":
        print(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    elif output == "markdown":
        print("\n".join(_markdown(found)))
    else:
        print("\n".join(_table(found)))


def _table(found: Backtest) -> Iterator[str]:
    yield from (line for fact in _facts(found) for line in wrapped(fact, width()))
    for heading, columns, rows in _tables(found):
        yield ""
        yield heading
        for part_columns, part_rows in _parts(columns, rows):
            yield from (
                f"  {line}" for line in whole(part_columns, part_rows, width=_inner(), colourful=is_colourful())
            )
    yield ""
    yield from (line for note in _notes(found) for line in wrapped(note, width()))


def _inner() -> int | None:
    """How wide a table may be that is set in by two."""
    outer = width()
    return None if outer is None else outer - 2


def _parts(columns: Sequence[Column], rows: list[list[Cell]]) -> Iterator[tuple[Sequence[Column], list[list[Cell]]]]:
    """A table as it is; that of settings on its side where it is too wide, some settings at a time."""
    if not rows:
        return
    limit = _inner()
    if columns is not _GRID or limit is None or natural_width(columns, rows) <= limit:
        yield columns, rows
        return
    while rows:
        number = next((n for n in range(len(rows), 1, -1) if natural_width(*turned(columns, rows[:n])) <= limit), 1)
        yield turned(columns, rows[:number])
        rows = rows[number:]


def _markdown(found: Backtest) -> Iterator[str]:
    yield from (f"{fact}  " for fact in _facts(found))
    for heading, columns, rows in _tables(found):
        yield ""
        yield f"**{heading}**"
        if rows:
            yield from markdown_table([column.heading for column in columns], rows)
    yield ""
    yield from (f"- {note}" for note in _notes(found))


def _facts(found: Backtest) -> Iterator[str]:
    history = found.history
    first, last = (_time(found, place) for place in (history.judged_from, history.length - 1))
    yield f"{found.slo.full_name} from {first} to {last} UTC"
    yield f"budget left, were it whole at the start: {_trend(found)}"


def _tables(found: Backtest) -> Iterator[tuple[str, Sequence[Column], list[list[Cell]]]]:
    """With their headings. Alerts and losses are those of the first settings, the specification's own."""
    first = found.tried[0].score
    missed = [_missed(found, one) for one in first.losses if not one.told_by]
    yield "what the alerts would have done", _GRID, [_candidate(one) for one in found.tried]
    yield f"alerts as specified: {len(first.firings)}", _FIRINGS, [_firing(found, one) for one in first.firings]
    if missed:
        yield f"losses that no alert told of: {len(missed)}", _MISSED, missed


def _notes(found: Backtest) -> Iterator[str]:
    least = percent(Decimal(str(found.least_ratio)), places=0)
    yield f"A loss is a stretch that burns faster than the budget allows and spends {least} of it or more (--loss)."
    yield "In brackets: the 95% interval of a share, from five on. Times and spent budget are medians over losses."
    yield from (f"note: the server warns that its answers are not whole: {one}" for one in found.history.warnings)


def _trend(found: Backtest) -> str:
    left = [Decimal(str(value)) for value in budget_left(found.slo, found.history, points=_TREND_POINTS)]
    return f"{sparkline(left)} {percent(left[-1], places=1)}"


def _candidate(one: Tried) -> list[Cell]:
    score = one.score
    return [
        Cell(one.candidate.name),
        Cell(str(len(score.fired("page")))),
        _share(score.precision("page")),
        Cell(str(len(score.fired("ticket")))),
        _share(score.precision("ticket")),
        Cell(str(len(score.losses))),
        _share(score.recall()),
        _share(score.recall("page")),
        _span(score.detected_seconds),
        _percent(score.spent_ratio),
        _span(score.reset_seconds),
    ]


def _firing(found: Backtest, one: Firing) -> list[Cell]:
    stretch = one.told.stretch
    still = stretch.end >= found.history.length
    return [
        Cell(_time(found, stretch.first)),
        Cell(one.told.severity, "red" if one.told.severity == "page" else "yellow"),
        Cell(" ".join(tier.name for tier in one.told.tiers)),
        Cell(f"{_span((stretch.end - stretch.first) * STEP).text}{' still' if still else ''}"),
        Cell(_time(found, one.loss.stretch.first)) if one.loss else NOTHING,
        _span(one.detected_seconds),
        _percent(one.spent_ratio),
        _span(one.reset_seconds),
        Cell(_group(found, one.group) + _cause(one)),
    ]


def _cause(one: Firing) -> str:
    if one.loss:
        return _went(one.loss)
    window = one.told.tiers[0].long.readable
    return f"no loss: {_events(one.bad_events, one.all_events)} bad within {window}"


def _missed(found: Backtest, one: Lost) -> list[Cell]:
    length = (one.loss.stretch.end - one.loss.stretch.first) * STEP
    return [
        Cell(_time(found, one.loss.stretch.first)),
        _span(length),
        _percent(one.loss.spent_ratio),
        Cell(_group(found, one.group) + _went(one.loss)),
    ]


def _went(loss: Loss) -> str:
    length = _span((loss.stretch.end - loss.stretch.first) * STEP).text
    worst = _percent(loss.worst_ratio).text
    return f"{_events(loss.bad_events, loss.all_events)} bad over {length}, {worst} at worst"


def _events(bad: float, every: float) -> str:
    return f"{count(Decimal(str(bad)))} of {count(Decimal(str(every)))} events"


def _group(found: Backtest, group: Sequence[str]) -> str:
    pairs = ", ".join(f"{label}={value}" for label, value in zip(found.slo.group_by, group, strict=True))
    return f"{pairs}: " if pairs else ""


def _share(share: Share) -> Cell:
    if share.ratio is None:
        return NOTHING
    text = f"{share.hits}/{share.of}"
    if share.interval is None:
        return Cell(text)
    low, high = (f"{bound * 100:.0f}" for bound in share.interval)
    return Cell(f"{text} {share.ratio * 100:.0f}% ({low}-{high})")


def _span(seconds: float | None) -> Cell:
    return NOTHING if seconds is None else Cell(span(Decimal(str(seconds))))


def _percent(ratio: float | None) -> Cell:
    return NOTHING if ratio is None else Cell(percent(Decimal(str(ratio)), places=1))


def _time(found: Backtest, place: int) -> str:
    return datetime.fromtimestamp(found.history.at(place), UTC).strftime("%Y-%m-%d %H:%M:%S")
