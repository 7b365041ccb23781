"""What a server has for SLOs before their rules are there: does each selector find data, and what will the rules cost.

Every finding says what was asked, so that whoever doubts it can ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, assert_never

from sretool.burn.status import Asked, status
from sretool.burn.unfired import early
from sretool.model.duration import MILLISECOND, MINUTE, Duration
from sretool.model.objective import plain
from sretool.model.sli import (
    WINDOW_PLACEHOLDER,
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Service, Slo
from sretool.prometheus.errors import NoAnswer
from sretool.prometheus.facts import Retention
from sretool.prometheus.server import Prometheus
from sretool.promql.literal import le_matcher, regex_literal, string_literal
from sretool.promql.placeholders import filled
from sretool.promql.reading import selectors
from sretool.promql.selectors import selector_parts, with_matchers, with_range, with_suffix
from sretool.rules.timing import FAST, TILE, Timing

Level = Literal["ok", "note", "wrong"]
_WORST_FIRST: tuple[Level, ...] = ("wrong", "note", "ok")
_LOOKED_AT = MINUTE * 10
_REMEMBERED = "1d"
_DAY = 86_400
_ALIKE = 0.9  # errors_total and requests_total are 0.7: what has not happened yet is not mistyped.
_HALF_AS_MUCH_AGAIN = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Finding:
    """About a service's SLO, an invariant, or the server: what holds, what is to be known, or what is wrong."""

    subject: str
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What evaluating the base series once reads: raw series, and their samples."""

    series: int
    samples: int


@dataclass(frozen=True, slots=True)
class Preflight:
    findings: tuple[Finding, ...]
    cost: Cost

    @property
    def is_ready(self) -> bool:
        return all(finding.level != "wrong" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Read:
    """A selector that the rules will read. Without `must` it may be absent: what never happened has no counter."""

    role: str
    selector: str
    must: bool = True
    is_counter: bool = True


def preflight(server: Prometheus, services: Sequence[Service], timing: Timing, *, at: float) -> Preflight:
    """Ask about every selector of the services. Raises NoAnswer."""
    findings: list[Finding] = [*_about_server(server, services)]
    series = samples = 0
    for slo in (slo for service in services for slo in service.slos):
        for read in _reads(slo.sli):
            found, cost = _about(server, slo, read, timing, at=at)
            findings += found
            series += cost.series
            samples += cost.samples
    findings += _about_burn(server, services, timing, at=at)
    for service in services:
        findings += _about_targets(server, service, at=at)
        for invariant in service.invariants:
            name = f"{service.name}/{invariant.name}"
            number = server.series_count(invariant.zero, at=at).series
            findings.append(
                Finding(name, "ok", f"{number} series of {invariant.zero}")
                if number
                else Finding(name, "wrong", f"nothing measures it: {invariant.zero} finds no series")
            )
    return Preflight(tuple(sorted(findings, key=lambda one: _WORST_FIRST.index(one.level))), Cost(series, samples))


def _about_server(server: Prometheus, services: Sequence[Service]) -> Iterator[Finding]:
    build = server.build()
    yield Finding("the server", "ok", f"{build.product} {build.version}".strip())
    longest = max((slo.period.length for service in services for slo in service.slos), default=None)
    retention = server.retention()
    if longest is None:
        return
    if retention is None:
        yield Finding("the server", "note", f"does not tell its retention; {longest.readable} are needed")
    else:
        yield _about_retention(retention, longest)


def _about_retention(retention: Retention, longest: Duration) -> Finding:
    if retention.time is not None and retention.time < longest:
        needed = longest.readable
        words = f"keeps {retention.time.readable}, and a period lasts {needed}"
        return Finding("the server", "wrong", f"{words}: start it with --storage.tsdb.retention.time={needed}")
    if retention.is_cut_by_size:
        words = f"keeps {retention.text}: by size it may be less than the {longest.readable} that a period lasts"
        return Finding("the server", "note", words)
    return Finding("the server", "ok", f"keeps {retention.text}, the longest period lasts {longest.readable}")


def _about_targets(server: Prometheus, service: Service, *, at: float) -> Iterator[Finding]:
    if not service.targets:
        return
    matchers = ", ".join(f"{name}={string_literal(value)}" for name, value in service.targets)
    selector = f"up{{{matchers}}}"
    up = server.query(f"sum({selector})", at=at).samples
    number = server.series_count(selector, at=at).series
    if not up:
        yield Finding(service.name, "wrong", f"{selector} finds no target: its dead alert would fire at once")
    else:
        level: Level = "ok" if int(up[0].value) == number else "note"
        yield Finding(service.name, level, f"{int(up[0].value)} of {number} targets are up")


def _about_burn(server: Prometheus, services: Sequence[Service], timing: Timing, *, at: float) -> Iterator[Finding]:
    """What the alerts of SLOs do now where their rules are there, else what they would do, by counters."""
    found = status(server, Asked(tuple(services), at, timing), ())
    for one in found.standings:
        tiers = ", ".join(f"{burning.severity} {burning.burn_tier}" for burning in one.burning)
        if tiers and one.figures.windows_source == "recorded":
            yield Finding(one.full_name, "note", f"its rules are there already, and its alerts fire: {tiers}")
        elif tiers:
            yield Finding(one.full_name, "note", f"would {tiers} as soon as the rules are there")
        for words in early(one):
            yield Finding(one.full_name, "note", words)


def _about(server: Prometheus, slo: Slo, read: _Read, timing: Timing, *, at: float) -> tuple[list[Finding], Cost]:
    number = server.series_count(read.selector, at=at).series
    if not number:
        return [_missing(server, slo, read, at=at)], Cost(0, 0)
    findings = [Finding(slo.full_name, "ok", f"{read.role}: {number} series of {read.selector}")]
    findings += _type(server, slo, read)
    told = Decimal(str(timing.scaled(timing.scrape_interval).seconds))
    seen = _seconds_apart(server, read, timing, at=at)
    if seen is not None:
        findings += _interval(slo, read, seen=seen, told=told)
    reach = Decimal(str(timing.scaled(TILE + timing.scrape_interval).seconds))
    return findings, Cost(number, number * int(reach / (seen or told)))


def _missing(server: Prometheus, slo: Slo, read: _Read, *, at: float) -> Finding:
    before = server.query(f"count(last_over_time({with_range(read.selector, _REMEMBERED)}))", at=at).samples
    if before:
        words = f"{read.role}: no series now, {before[0].value} within {_REMEMBERED}: {read.selector}"
        return Finding(slo.full_name, "wrong" if read.must else "note", words)
    meant = _meant(server, slo.sli, read, at=at)
    if read.must:
        words = f"{read.role}: no series of {read.selector}{_buckets(server, slo.sli, at=at)}{meant}"
        return Finding(slo.full_name, "wrong", words)
    words = f"{read.role}: no series of {read.selector}: right if it never happened, else check the selector{meant}"
    return Finding(slo.full_name, "note", words)


def _meant(server: Prometheus, sli: Sli, read: _Read, *, at: float) -> str:
    """The name that was probably meant: one so alike that has series with the same labels.

    Only names that begin with the same letter are asked for, since a server may have a hundred thousand.
    """
    parts = selector_parts(read.selector)
    if parts is None or parts.name is None:
        return ""
    begins = string_literal(f"{regex_literal(parts.name[0])}.*")
    matchers = ", ".join(read.selector[each.start : each.end] for each in parts.matchers)
    selector = f"{{__name__=~{begins}, {matchers}}}"
    try:
        alike = server.label_values("__name__", selector=selector, start=at - _DAY, end=at)
    except NoAnswer:  # A guess is not worth a failure: that the series are missing is known without it.
        return ""
    names = [name for name in alike.values if name != parts.name]
    for name in get_close_matches(parts.name, names, n=1, cutoff=_ALIKE):
        is_histogram = isinstance(sli, LatencySli) and not sli.native
        return f"; did you mean {name.rpartition('_')[0] if is_histogram else name}?"
    return ""


def _buckets(server: Prometheus, sli: Sli, *, at: float) -> str:
    """The bounds that there are, where a bucket was asked for that is not."""
    if not isinstance(sli, LatencySli) or sli.native:
        return ""
    bucket = with_suffix(sli.histogram, "_bucket")
    bounds = server.label_values("le", selector=bucket, start=at - _DAY, end=at).values
    finite = sorted((bound for bound in bounds if bound != "+Inf"), key=Decimal)
    return f"; its buckets are {', '.join(finite)}" if finite else "; it has no buckets at all"


def _type(server: Prometheus, slo: Slo, read: _Read) -> Iterator[Finding]:
    if not read.is_counter:
        return
    names = [selector.name for selector in selectors(read.selector) if selector.name is not None]
    for name in names:
        told = server.metric_type(name)
        if told is not None and told not in ("counter", "histogram", "gaugehistogram", "summary"):
            yield Finding(slo.full_name, "wrong", f"{read.role}: {name} is a {told}, and a counter is needed")


def _seconds_apart(server: Prometheus, read: _Read, timing: Timing, *, at: float) -> Decimal | None:
    """By how many samples came in ten minutes of series that are older, which is true however the server is set up."""
    length = timing.scaled(_LOOKED_AT)
    # A hair less, for Prometheus 2 counts a sample at either end.
    counted = f"count_over_time({with_range(read.selector, str(length - MILLISECOND))})"
    older = f"last_over_time({with_range(read.selector, str(length), offset=str(length))})"
    samples = server.query(f"quantile(0.5, {counted} and {older})", at=at).samples
    return Decimal(str(length.seconds)) / samples[0].value if samples and samples[0].value >= 2 else None


def _interval(slo: Slo, read: _Read, *, seen: Decimal, told: Decimal) -> Iterator[Finding]:
    if seen > told * _HALF_AS_MUCH_AGAIN or seen * _HALF_AS_MUCH_AGAIN < told:
        words = f"{read.role}: samples come every {seen:.0f} s, scrape_interval of sretool.yaml says {plain(told)} s"
        yield Finding(slo.full_name, "wrong" if seen > told else "note", words)


def _reads(sli: Sli) -> Iterable[_Read]:
    match sli:
        case EventsSli(side, selector, total):
            # A good counter that is not there reads as a total outage, so it has to be.
            return (_Read("total", total), _Read(side, selector, must=side == "good"))
        case LatencySli(histogram, _, native=True):
            return (_Read("histogram", histogram),)
        case LatencySli(histogram, threshold):
            bucket = with_matchers(with_suffix(histogram, "_bucket"), le_matcher(threshold))
            return (_Read("count", with_suffix(histogram, "_count")), _Read("bucket", bucket))
        case TimeSliceSli():
            return _of_expressions(sli.left, sli.right)
        case FreshnessSli(watermark):
            return (_Read("watermark", watermark, is_counter=False),)
        case CompletenessSli(ingested, metered):
            return (_Read("ingested", ingested), _Read("metered", metered))
        case CohortSli(expected, missing):
            return (_Read("expected", expected), _Read("missing", missing, must=False))
        case ExprSli(bad, total):
            return _of_expressions(bad, total)
        case _:
            assert_never(sli)


def _of_expressions(*expressions: str) -> list[_Read]:
    """The selectors within; which of them may be absent, only whoever wrote the expression knows."""
    found = []
    for expression in expressions:
        text = filled(expression, {WINDOW_PLACEHOLDER: str(TILE)})
        found += [_Read("expression", text[one.start : one.head_end], is_counter=False) for one in selectors(text)]
    return found


def cycle_words(cost: Cost, timing: Timing) -> str:
    """What the base series of all SLOs read."""
    return f"each {timing.text(FAST)} the rules would read {cost.samples:,} samples of {cost.series:,} raw series"
