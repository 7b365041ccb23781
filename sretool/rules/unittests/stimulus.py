"""The series that an SLI reads, made so that they can be well or fail: the puppet of every story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, assert_never

from sretool.model.objective import plain
from sretool.model.sli import (
    WINDOW_PLACEHOLDER,
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    TimeSliceSli,
)
from sretool.model.slo import Slo
from sretool.promql.reading import is_total
from sretool.promql.selectors import selector_parts, with_suffix
from sretool.promql.tree import Selector
from sretool.rules.timing import TILE, Timing
from sretool.rules.unittests.arithmetic import NotUnderstood
from sretool.rules.unittests.concrete import Series, series_for
from sretool.rules.unittests.solving import EVENTS_PER_SECOND, Solution, Verdict, solved
from sretool.rules.unittests.sources import Counter, Gauge, Source, Watermark

_LOOKBACK: Final = 300  # Prometheus reads a series for five minutes after its last sample.
_LATE_SECONDS: Final = 600
_MEDIAN: Final = 150  # Of what went missing in five minutes: half of them must have seen it.
_LONGEST_AGE: Final = 3_600
_NONE, _EACH = Decimal(0), Decimal(1)

Outcome = Literal["well", "failing", "no data"]


@dataclass(frozen=True, slots=True)
class Stimulus:
    """The sources of one SLO, or of one group of it.

    `countable` is where any share of the events can fail; else all is well or all fails. Rates are in events a second.
    """

    sources: tuple[Source, ...]
    countable: bool
    all_rate: Decimal = Decimal(EVENTS_PER_SECOND)  # While all is well; of countable sources, as a story has it.
    failing_rate: Decimal = Decimal(EVENTS_PER_SECOND)  # Of all events while all fails.
    failing_share: Decimal = _EACH  # Of events that are bad while all fails.
    delay_seconds: float = 0  # How much later than the fault the SLI has seen all of it.
    birth_seconds: float = 0  # How much later than the sources the SLI has data.
    clean_birth: bool = True  # False where the SLI counts as failing until a second scrape.
    unborn: tuple[tuple[Source, ...], Outcome] | None = (
        None  # Without those that may not be born yet, and what follows.
    )
    when_lost: Outcome = "no data"
    lost_seconds: float = _LOOKBACK  # From the last scrape until the SLI has no data, or fails.


def stimulus(slo: Slo, timing: Timing, *, group: Mapping[str, str]) -> Stimulus:
    """Sources whose labels include `group`. Raises NotUnderstood where there are none that tests can make."""
    match slo.sli:
        case EventsSli():
            return _events(slo.sli, group)
        case LatencySli(native=True):
            raise NotUnderstood("promtool knows no native histograms")
        case LatencySli():
            return _latency(slo.sli, group)
        case CohortSli():
            return _events(EventsSli("bad", slo.sli.missing, slo.sli.expected), group)
        case CompletenessSli():
            return _completeness(slo.sli, timing, group)
        case FreshnessSli():
            return _freshness(slo, slo.sli, timing, group)
        case TimeSliceSli():
            return _time_slice(slo, slo.sli, group)
        case ExprSli():
            return _expression(slo.sli, timing, group)
        case _:
            assert_never(slo.sli)


def _events(sli: EventsSli, group: Mapping[str, str]) -> Stimulus:
    counted, total = _selector(sli.selector), _selector(sli.total)
    good, bad = (_NONE, _EACH) if sli.side == "bad" else (_EACH, _NONE)
    if counted.name == total.name and (series := series_for([counted, total], fixed=group)) is not None:
        # One metric: the total counts both, and tells them apart by labels.
        chosen = Counter(series, good, bad)
        rest = Counter(_needed(total, series_for([total], unwanted=[counted], fixed=group)), bad, good)
    else:
        others = [total] if counted.name == total.name else []
        chosen = Counter(_needed(counted, series_for([counted], unwanted=others, fixed=group)), good, bad)
        rest = Counter(_needed(total, series_for([total], fixed=group)), _EACH, _EACH)
    return Stimulus((chosen, rest), countable=True, unborn=((rest,), "well" if sli.side == "bad" else "failing"))


def _latency(sli: LatencySli, group: Mapping[str, str]) -> Stimulus:
    count = _needed(
        _selector(sli.histogram), series_for([_selector(with_suffix(sli.histogram, "_count"))], fixed=group)
    )
    bucket = Series(count.metric.removesuffix("_count") + "_bucket", count.labels)
    within = Counter(bucket.with_label("le", plain(sli.threshold_seconds)), _EACH, _NONE)
    rest = (Counter(bucket.with_label("le", "+Inf"), _EACH, _EACH), Counter(count, _EACH, _EACH))
    return Stimulus((within, *rest), countable=True, unborn=(rest, "no data"))


def _completeness(sli: CompletenessSli, timing: Timing, group: Mapping[str, str]) -> Stimulus:
    """Metered just in time: what was ingested is due when it is metered, so that a loss shows at once."""
    if sli.allowed_lag.milliseconds % timing.scrape_interval.milliseconds:
        raise NotUnderstood(f"its allowed lag of {sli.allowed_lag} is no multiple of the scrape interval")
    came, went = _selector(sli.ingested), _selector(sli.metered)
    lag, scrape = float(sli.allowed_lag.seconds), float(timing.scrape_interval.seconds)
    if lag > _LONGEST_AGE:
        raise NotUnderstood(f"an allowed lag of {sli.allowed_lag} is long for a test")
    same = came.name == went.name
    ingested = series_for([came], unwanted=[went] if same else [], fixed=group)
    metered = Counter(_needed(went, series_for([went], unwanted=[came] if same else [], fixed=group)), _EACH, _NONE)
    due = Counter(_needed(came, ingested), _EACH, _EACH, ahead=int(lag // scrape))
    return Stimulus(
        (due, metered),
        countable=True,
        delay_seconds=_MEDIAN,
        birth_seconds=lag + 2 * float(TILE.seconds),
        unborn=((due,), "failing"),
        lost_seconds=2 * _LOOKBACK + lag,
    )


def _freshness(slo: Slo, sli: FreshnessSli, timing: Timing, group: Mapping[str, str]) -> Stimulus:
    selector, scrape = _selector(sli.watermark), int(timing.scrape_interval.seconds)
    age = float(sli.max_age.seconds)
    if age <= scrape:
        raise NotUnderstood("its max_age is no longer than a scrape interval, so that nothing is ever fresh")
    asked = {matcher.label for matcher in selector.matchers} | set(slo.group_by)
    shard = next(label for label in ("shard", "pod", "replica", "part", "member") if label not in asked)
    number = sli.shards or 2
    shards = [
        Watermark(
            _needed(selector, series_for([selector], fixed={**group, shard: str(place)})),
            scrape,
            late_seconds=int(age) + _LATE_SECONDS if place == 0 else 0,  # One that is late is enough.
        )
        for place in range(number)
    ]
    return Stimulus(
        tuple(shards),
        countable=False,
        all_rate=_EACH,
        failing_rate=_EACH,
        when_lost="failing",
        lost_seconds=age + scrape,
    )


def _time_slice(slo: Slo, sli: TimeSliceSli, group: Mapping[str, str]) -> Stimulus:
    def judge(values: Sequence[Sequence[float]]) -> Verdict | None:
        (held,) = values
        return Verdict(1 - min(held), 1.0) if held else None

    operator = f"{sli.operator} bool {sli.matching}".rstrip()
    solution = solved([f"({sli.left}) {operator} ({sli.right})"], judge, fixed=group)
    outcomes: dict[str, Outcome] = {"bad": "failing", "good": "well", "exclude": "no data"}
    return Stimulus(
        _sources(solution),
        countable=False,
        all_rate=_EACH,
        failing_rate=_EACH,
        delay_seconds=solution.reach_seconds,
        clean_birth=not solution.counters,
        when_lost=outcomes[slo.no_data],
        lost_seconds=_LOOKBACK + solution.reach_seconds,
    )


def _expression(sli: ExprSli, timing: Timing, group: Mapping[str, str]) -> Stimulus:
    texts, window_seconds = (sli.bad, sli.total), float((TILE + timing.scrape_interval).seconds)
    per_bad, per_all = (window_seconds if is_total(text, WINDOW_PLACEHOLDER) else 1 for text in texts)

    def judge(values: Sequence[Sequence[float]]) -> Verdict | None:
        bad, every = values
        found = Verdict(sum(bad) / per_bad, sum(every) / per_all) if bad and every else None
        return found if found and found.bad >= 0 and found.all >= 0 else None  # Not a number is neither.

    window = timing.base_window
    solution = solved([text.replace(WINDOW_PLACEHOLDER, window) for text in texts], judge, fixed=group)
    failing = solution.failing_verdict
    return Stimulus(
        _sources(solution),
        countable=solution.counts,
        all_rate=_decimal(solution.well_verdict.all),
        failing_rate=_decimal(failing.all),
        failing_share=_decimal(failing.bad / failing.all),
        delay_seconds=max(0.0, solution.reach_seconds - window_seconds),
        lost_seconds=_LOOKBACK + solution.reach_seconds,
    )


def _sources(solution: Solution) -> tuple[Source, ...]:
    return tuple(_source(solution, series) for series in solution.well)


def _source(solution: Solution, series: Series) -> Source:
    well, failing = _decimal(solution.well[series]), _decimal(solution.failing[series])
    if series not in solution.counters:
        return Gauge(series, well, failing)
    return Counter(series, well / EVENTS_PER_SECOND, failing / EVENTS_PER_SECOND)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)).normalize()


def _selector(text: str) -> Selector:
    parts = selector_parts(text)
    assert parts is not None, f"specifications hold plain selectors here: {text}"
    return parts


def _needed(selector: Selector, series: Series | None) -> Series:
    if series is None:
        raise NotUnderstood(f"no labels were found for the metric {selector.name or 'without a name'}")
    return series
