"""An SLI of any kind becomes two series: bad and all events a second, with the same labels.

Each form below was tried on a real Prometheus: what is zero-filled, what must not be, and which range tiles well.
docs/rules.md tells the trials.
"""

from __future__ import annotations

from textwrap import indent
from typing import assert_never

from sretool.model.duration import NO_TIME, SECOND, Duration
from sretool.model.sli import (
    WINDOW_PLACEHOLDER,
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    TimeSliceSli,
    counts_time,
)
from sretool.model.slo import Slo
from sretool.promql import names
from sretool.promql.durations import with_durations
from sretool.promql.literal import le_matcher, number, string_literal
from sretool.promql.placeholders import filled
from sretool.promql.selectors import with_matchers, with_range, with_suffix
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import TILE, Timing

_SLICE_STEP = SECOND * 30
_MEMORY = Duration.of(days=1)  # A shard that died keeps its last watermark, and so grows stale.
MEDIAN_LAG = TILE.per(2)  # Until half of five minutes have seen what is new.
_GAP = Duration.of(hours=1)  # The longest time without scrapes over which lost events are still counted.


def base_rules(slo: Slo, timing: Timing) -> tuple[RecordingRule, ...]:
    """The recording rules of an SLO's two series, in the order in which they read each other."""
    labels = ((names.SERVICE, slo.service), (names.SLO, slo.name))
    series = {names.ALL: _all(slo, timing), names.BAD: _bad(slo, timing)}
    if counts_time(slo.sli):
        series = dict(reversed(series.items()))  # All of time is known from where bad time is.
    if isinstance(slo.sli, CompletenessSli):
        series = {names.MISSING: _missing(slo, slo.sli, timing)} | series
    return tuple(RecordingRule(name, expr, labels) for name, expr in series.items())


def _bad(slo: Slo, timing: Timing) -> str:
    match slo.sli:
        case EventsSli(side="bad"):
            return _zero_filled(slo, _rate(slo, slo.sli.selector, timing))
        case EventsSli():
            # A good series that was never born is a total outage, not health.
            good = _zero_filled(slo, _rate(slo, slo.sli.selector, timing))
            return f"clamp_min(\n  {_every(slo)}\n  - (\n{indent(good, '    ')}\n  ),\n  0\n)"
        case LatencySli():
            return _slow(slo, slo.sli, timing)
        case TimeSliceSli() | FreshnessSli():
            return _violated(slo, slo.sli, timing)
        case CompletenessSli():
            return _gone_missing(slo, timing)
        case CohortSli():
            return _zero_filled(slo, _rate(slo, slo.sli.missing, timing))
        case ExprSli():
            return _number(slo, slo.sli.bad, timing)
        case _:
            assert_never(slo.sli)


def _all(slo: Slo, timing: Timing) -> str:
    match slo.sli:
        case EventsSli():
            return _rate(slo, slo.sli.total, timing)
        case LatencySli(native=True):
            return f"histogram_count({_histogram_rate(slo, slo.sli, timing)})"
        case LatencySli():
            return _rate(slo, with_suffix(slo.sli.histogram, "_count"), timing)
        case TimeSliceSli() | FreshnessSli():
            return f"0 * {names.BAD}{identity(slo)} + 1"
        case CompletenessSli():
            return _rate(slo, slo.sli.ingested, timing, lag=slo.sli.allowed_lag)
        case CohortSli():
            return _rate(slo, slo.sli.expected, timing)
        case ExprSli():
            return _number(slo, slo.sli.total, timing)
        case _:
            assert_never(slo.sli)


def _slow(slo: Slo, sli: LatencySli, timing: Timing) -> str:
    if sli.native:
        # histogram_fraction of no observations is NaN; the comparison drops it and the second half says 0.
        rate = _histogram_rate(slo, sli, timing)
        fraction = f"histogram_fraction(-Inf, {number(sli.threshold_seconds)}, {rate})"
        return f"(1 - ({fraction} >= 0)) * histogram_count({rate})\nor\n0 * histogram_count({rate})"
    # Never zero-filled: a bucket that does not exist is no data, not health.
    bucket = with_matchers(with_suffix(sli.histogram, "_bucket"), le_matcher(sli.threshold_seconds))
    fast = indent(_rate(slo, bucket, timing), "  ").lstrip()
    return f"clamp_min(\n  {_every(slo)}\n  - {fast},\n  0\n)"


def _violated(slo: Slo, sli: TimeSliceSli | FreshnessSli, timing: Timing) -> str:
    now = _comparison(slo, sli, timing) if isinstance(sli, TimeSliceSli) else _stale(slo, sli, timing)
    filled = f"{now}{_when_missing(slo, timing)}"
    window = timing.steps(TILE, _SLICE_STEP)  # Ten points: a violation of a part of five minutes counts as that part.
    return f"avg_over_time(({filled}){window})"


def _comparison(slo: Slo, sli: TimeSliceSli, timing: Timing) -> str:
    operator = f"{sli.operator} bool {sli.matching}".rstrip()
    held = f"({_paced(sli.left, timing)}) {operator} ({_paced(sli.right, timing)})"
    return _aggregate("max", slo, f"1 - ({held})")


def _stale(slo: Slo, sli: FreshnessSli, timing: Timing) -> str:
    # Longer than the age that is allowed, or a dead shard would be forgotten before it is stale.
    watermark = with_range(sli.watermark, timing.text(max(_MEMORY, sli.max_age * 2)))
    oldest = _aggregate("min", slo, f"last_over_time({watermark})")
    stale = f"time() - {oldest} > bool {timing.seconds(sli.max_age)}"
    if sli.shards is None:
        return stale
    seen = _aggregate("count", slo, f"last_over_time({watermark})")
    return f"clamp_max(({stale}) + ({seen} < bool {sli.shards}), 1)"


def _when_missing(slo: Slo, timing: Timing) -> str:
    if slo.no_data == "exclude":
        return ""
    # Only where the rules ran five minutes ago already: before the first scrape nobody knows, and nobody is paged.
    known = f"max({names.INFO}{identity(slo)} offset {timing.text(TILE)})"
    value = known if slo.no_data == "bad" else f"0 * {known}"
    if not slo.group_by:
        return f" or on () {value}"
    on = ", ".join(slo.group_by)
    return "".join(f" or on ({on}) {_labelled(value, slo.group_by, group)}" for group in slo.groups)


def _labelled(vector: str, label_names: tuple[str, ...], values: tuple[str, ...]) -> str:
    for name, value in zip(label_names, values, strict=True):
        vector = f'label_replace({vector}, "{name}", {string_literal(value.replace("$", "$$"))}, "", "")'
    return vector


def _missing(slo: Slo, sli: CompletenessSli, timing: Timing) -> str:
    due = _aggregate("sum", slo, f"{sli.ingested} offset {timing.text(sli.allowed_lag)}")
    metered = _aggregate("sum", slo, sli.metered)
    # Where the one counter is there and the other is not, that is what it last was: reading nothing as 0 would lose all
    # there ever was. Where neither is, nothing is known.
    now = _aggregate("sum", slo, sli.ingested)
    last = _aggregate("sum", slo, f"last_over_time({with_range(sli.metered, timing.text(_MEMORY))})")
    known = f"{metered}\nor\n{last} and {now}\nor\n0 * {now}"
    return f"clamp_min(\n  {due}\n  - (\n{indent(known, '    ')}\n  ),\n  0\n)"


def _gone_missing(slo: Slo, timing: Timing) -> str:
    """The growth of what is missing, from median to median of five minutes.

    A lost scrape shows the one counter later than the other, and medians do not see it; the steps between two scrapes,
    where the lag is no multiple of them, are in both. What went missing while Prometheus did not look is counted when
    it looks again.
    """
    missing, step = f"{names.MISSING}{identity(slo)}", timing.text(TILE)
    now = f"quantile_over_time(0.5, {missing}[{timing.reach(TILE)}])"
    before = f"quantile_over_time(0.5, {missing}[{timing.reach(TILE)}] offset {step})"
    last = f"last_over_time({missing}[{timing.text(_GAP)}] offset {step})"
    return f"clamp_min(\n  {now}\n  - ({before} or {last}),\n  0\n) / {timing.seconds(TILE)}"


def _number(slo: Slo, expression: str, timing: Timing) -> str:
    """Never NaN, of which one would make a month of sums NaN, and never below 0: `>=` drops both."""
    windowed = filled(_paced(expression, timing), {WINDOW_PLACEHOLDER: timing.base_window})
    a_second = f" / {timing.seconds(TILE + timing.scrape_interval)}" if _is_total(expression) else ""
    return f"{_sum(slo, windowed)}{a_second} >= 0"


def _is_total(expression: str) -> bool:
    """True for events within the window, which its length makes events a second."""
    from sretool.promql.reading import TOTALS, is_total  # Most specifications have no expressions.

    return any(function in expression for function in TOTALS) and is_total(expression, WINDOW_PLACEHOLDER)


def _paced(expression: str, timing: Timing) -> str:
    """A user's expression at the rules' pace: its ranges, offsets and steps are scaled like all else."""
    if timing.scale == 1:
        return expression
    return with_durations(expression, lambda text: timing.text(Duration.parse(text)))


def _zero_filled(slo: Slo, rate: str) -> str:
    """What was never counted is 0 where all events are."""
    return f"{rate}\nor\n0 * {_every(slo)}"


def _rate(slo: Slo, selector: str, timing: Timing, *, lag: Duration = NO_TIME) -> str:
    """Events a second: what counters grew by since their last value of five minutes ago, or of up to an hour before.

    A lost scrape then loses no events, and those of a scrape outage are counted after it. `rate` alone loses what
    happens between the scrapes around a border that was lost; it stands in where a counter was born or reset.
    """

    def over(function: str, length: Duration, *, ago: Duration = NO_TIME) -> str:
        back = lag + ago
        offset = timing.text(back) if back > NO_TIME else None
        return f"{function}({with_range(selector, timing.text(length), offset=offset)})"

    base = TILE + timing.scrape_interval
    grown = f"{over('last_over_time', base)}\n  - {over('last_over_time', _GAP, ago=TILE)}"
    counted = (
        f"(\n  {grown}\n) / {timing.seconds(TILE)} >= 0\nunless {over('resets', base)} > 0\nor\n{over('rate', base)}"
    )
    return _sum(slo, f"\n{indent(counted, '  ')}\n")


def _histogram_rate(slo: Slo, sli: LatencySli, timing: Timing) -> str:
    return _sum(slo, f"rate({with_range(sli.histogram, timing.base_window)})")


def _every(slo: Slo) -> str:
    """All events as they were just recorded, with the labels that a selector's sum has."""
    return _sum(slo, f"{names.ALL}{identity(slo)}")


def _sum(slo: Slo, expression: str) -> str:
    return _aggregate("sum", slo, expression)


def _aggregate(operation: str, slo: Slo, expression: str) -> str:
    by = f" by ({', '.join(slo.group_by)}) " if slo.group_by else ""
    return f"{operation}{by}({expression})"


def identity(slo: Slo) -> str:
    """The matchers that select an SLO's recorded series."""
    return f"{{service={string_literal(slo.service)}, slo={string_literal(slo.name)}}}"
