"""What an indicator makes, by budgeting method: events, latencies, time slices, or expressions.

Occurrences count events. Timeslices ask at every moment whether the slice that ends there kept its promise, and
RatioTimeslices how well it did. docs/dialects.md says why that is what OpenSLO means.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, assert_never

from sretool.model.duration import Duration
from sretool.model.sli import WINDOW_PLACEHOLDER, ExprSli, TimeSliceSli
from sretool.promql.grammar import read
from sretool.promql.literal import number
from sretool.promql.placeholders import filled
from sretool.promql.reading import sum_rate
from sretool.promql.selectors import with_range
from sretool.promql.tree import Binary
from sretool.spec import shapes
from sretool.spec.expressions import windowed
from sretool.spec.foreign import groups_are_free, ratio_sli, unsupported
from sretool.spec.openslo.indicators import Indicator, Query, Ratio, Raw, Threshold
from sretool.spec.shapes import Shape
from sretool.yamltext.diagnostics import Notes

Method = Literal["Occurrences", "Timeslices", "RatioTimeslices"]
METHODS: Final[tuple[Method, ...]] = ("Occurrences", "Timeslices", "RatioTimeslices")
Operator = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an objective asks of a value."""

    operator: Operator
    value: Decimal


@dataclass(frozen=True, slots=True)
class Slice:
    """A time slice, and how often samples come. A counter is read over a scrape more than the slice.

    A fault between two samples is then seen for as long as the slice is, and none falls between two slices.
    """

    length: Duration
    scrape_interval: Duration

    @property
    def reach(self) -> str:
        return str(self.length + self.scrape_interval)

    @property
    def points(self) -> str:
        return f"[{self.length}:{self.scrape_interval}]"


def occurrences(indicator: Indicator, compared: Comparison | None, notes: Notes) -> Shape | None:
    """Events are counted one by one; where there are none, every moment is one."""
    match indicator:
        case Ratio():
            shape = _ratio(indicator, notes)
            return shape if shape is not None and groups_are_free(shape, indicator.total.at, notes) else None
        case Raw():
            shape = ratio_sli(indicator.ratio.text, indicator.ratio.at, notes, of_good=indicator.of_good)
            return shape if groups_are_free(shape, indicator.ratio.at, notes) else None
        case Threshold():
            if compared is None or not _has_no_window(indicator.value, notes):
                return None
            left = _operand(indicator.value.text)
            return Shape(TimeSliceSli(left, compared.operator, number(compared.value)))
        case _:
            assert_never(indicator)


def time_slices(
    indicator: Indicator, compared: Comparison | None, each: Slice, target: Decimal, notes: Notes
) -> Shape | None:
    """A slice is good when its share of good reaches `target`."""
    match indicator:
        case Ratio():
            some, total = _rates(indicator, each, notes) or (None, None)
            if some is None:
                return None
            operator, share = _reached(target, of_good=indicator.side == "good")
            # Of no events none is bad: 0 >= 0 holds, while 0/0 would not.
            return Shape(TimeSliceSli(f"({some} or 0 * {total})", operator, f"{number(share)} * {total}"))
        case Raw():
            text = filled(indicator.ratio.text, {WINDOW_PLACEHOLDER: each.reach})
            if text == indicator.ratio.text:
                text = f"avg_over_time(({text}){each.points})"
            operator, share = _reached(target, of_good=indicator.of_good)
            return Shape(TimeSliceSli(_operand(text), operator, number(share)))
        case Threshold():
            if compared is None or not _has_no_window(indicator.value, notes):
                return None
            held = f"({indicator.value.text}) {compared.operator} bool {number(compared.value)}"
            return Shape(TimeSliceSli(f"avg_over_time(({held}){each.points})", ">=", number(target)))
        case _:
            assert_never(indicator)


def _reached(target: Decimal, *, of_good: bool) -> tuple[Operator, Decimal]:
    return (">=", target) if of_good else ("<=", 1 - target)


def ratio_time_slices(indicator: Indicator, compared: Comparison | None, each: Slice, notes: Notes) -> Shape | None:
    """Every slice counts by its share of bad. Of what is no ratio of events, the mean over slices is that over time."""
    if not isinstance(indicator, Ratio):
        return occurrences(indicator, compared, notes)
    some, total = _rates(indicator, each, notes) or (None, None)
    if some is None:
        return None
    share = f"{some} / ({total} > 0)" if indicator.side == "bad" else f"1 - ({some} or 0 * {total}) / ({total} > 0)"
    bad = f"avg_over_time((clamp_min({share}, 0) or 0 * {total})[{WINDOW_PLACEHOLDER}:])"
    return Shape(ExprSli(bad, f"0 * avg_over_time(({total})[{WINDOW_PLACEHOLDER}:]) + 1"))


def _ratio(ratio: Ratio, notes: Notes) -> Shape | None:
    some, total = ratio.some.text, ratio.total.text
    counted = shapes.of_bad(some, total) if ratio.side == "bad" else shapes.of_good(some, total)
    if counted is not None:
        return counted
    bare = [shapes.counter_of(text) for text in (some, total)]
    if bare[0] is not None and bare[1] is not None:
        return _bare(ratio, bare[0], bare[1], notes)
    texts = [windowed(query.at, notes, placeholder=_placeholder(query)) for query in (ratio.some, ratio.total)]
    if None in texts:
        return None
    return shapes.as_written(some, total) if ratio.side == "bad" else shapes.good_as_written(some, total)


def _bare(ratio: Ratio, some: str, total: str, notes: Notes) -> Shape | None:
    """Two selectors: counters to count, or gauges that say how many there are now."""
    if ratio.counter is None:
        message = "`counter` is missing: it says whether these are counters, or say how many there are now"
        notes.report("YA014", ratio.total.at, message, remedy="write counter: true beside good or bad, or false")
        return None
    if ratio.counter:
        return Shape(shapes.of_counters(ratio.side, some, total))
    some, total = (f"sum(avg_over_time({with_range(text, WINDOW_PLACEHOLDER)}))" for text in (some, total))
    return shapes.as_written(some, total) if ratio.side == "bad" else shapes.good_as_written(some, total)


def _rates(ratio: Ratio, each: Slice, notes: Notes) -> tuple[str, str] | None:
    """The rates of good or bad and of all events over a slice."""
    found = [_counter(query, ratio, notes) for query in (ratio.some, ratio.total)]
    some, total = (None if text is None else f"sum(rate({with_range(text, each.reach)}))" for text in found)
    return None if some is None or total is None else (some, total)


def _counter(query: Query, ratio: Ratio, notes: Notes) -> str | None:
    counted = sum_rate(query.text)
    if counted is not None and not counted.labels:
        return counted.selector
    bare = shapes.counter_of(query.text) if ratio.counter else None
    if bare is None:
        message = "time slices are made of counters, and this is something else"
        remedy = "write sum(rate(selector[5m])), or a selector and counter: true"
        unsupported(query.at, message, notes, remedy=remedy)
    return bare


def _has_no_window(query: Query, notes: Notes) -> bool:
    if filled(query.text, {WINDOW_PLACEHOLDER: ""}) == query.text:
        return True
    message = "nothing fills the window of a query whose value is compared"
    notes.report("SL154", query.at, message, remedy="write the range itself, such as [5m]")
    return False


def _placeholder(query: Query) -> str:
    return "{{.window}}" if "{{" in query.at.value else WINDOW_PLACEHOLDER


def _operand(text: str) -> str:
    return f"({text})" if isinstance(read(text), Binary) else text
