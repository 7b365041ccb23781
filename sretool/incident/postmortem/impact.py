"""What an incident did to SLOs and to money: when it burnt, how many events it made bad, what of the budget it took.

Events are counted by counters where an SLO has them, else summed up from its series, and which of both is said. An
edge: it asks a server. What cannot be known is a `Figure` without a value, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sretool.burn.counters import Counted, counted, counters, growth
from sretool.burn.counting import Count, count
from sretool.burn.evaluate import Standing, budget_spent
from sretool.burn.figures import NoData, PeriodFigures
from sretool.burn.spans import Span, excluded_spans
from sretool.burn.status import Asked as StatusAsked
from sretool.burn.status import status
from sretool.incident.postmortem.searching import Around, Asked, Burnt, Course, burnt
from sretool.model.duration import HOUR
from sretool.model.slo import Labels, Service, Slo
from sretool.money import EXPONENTS, Amount
from sretool.prometheus.server import Prometheus
from sretool.promql.literal import string_literal
from sretool.rules.timing import FAST

# What the billing service calls what it has metered after an invoice was final, in docs/invoices.md.
LATE: Final = "billing_late_unbilled_amount_minor_units"


@dataclass(frozen=True, slots=True)
class SloImpact:
    """What one group of an SLO lost. `is_counted` says whether by counters. Ratios are shares of the period's budget.

    `spent_when_paged` is this incident's own share until the page; `all_when_paged` and `all_at_end` what was gone of
    the period's budget in all by then. `doubts` say what makes the figures doubtful.
    """

    burnt: Burnt
    bad: Decimal
    every: Decimal
    is_counted: bool
    spent: Decimal | NoData
    spent_when_paged: Decimal | NoData
    all_when_paged: Decimal | NoData
    all_at_end: Decimal | NoData
    asked: tuple[Asked, ...]
    doubts: tuple[str, ...] = ()

    @property
    def began(self) -> float:
        return self.burnt.course.at(self.burnt.happened.first)

    @property
    def ended(self) -> float | None:
        """None while it burns."""
        return self.burnt.course.at(self.burnt.happened.end) if self.burnt.is_over else None


@dataclass(frozen=True, slots=True)
class Untouched:
    """An SLO that did not burn, or of which nothing is known, in words."""

    slo: Slo
    words: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Late:
    """What was late and not yet billed when the impact began, and at the end; or, without amounts, why not."""

    before: tuple[Amount, ...]
    after: tuple[Amount, ...]
    asked: tuple[Asked, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """By how much the counter of an invariant rose in an incident, None where it is not there."""

    full_name: str
    rose: Decimal | None
    asked: Asked


@dataclass(frozen=True, slots=True)
class Measured:
    impacts: tuple[SloImpact, ...]
    untouched: tuple[Untouched, ...]
    violations: tuple[Violation, ...]
    late: Late


def measure(
    server: Prometheus, services: Sequence[Service], slos: Sequence[Slo], around: Around, *, paged: float | None
) -> Measured:
    """What these SLOs, the invariants and the money of their services say of an incident. Raises NoAnswer."""
    parts: list[Burnt] = []
    untouched: list[Untouched] = []
    for slo in slos:
        found, burnt_parts = burnt(server, slo, around)
        parts.extend(burnt_parts)
        if not burnt_parts:
            untouched.append(_untouched(slo, found))
    impacts = tuple(_Measuring(server, services, around, part, paged).impact() for part in parts)
    began = min((one.began for one in impacts), default=around.seen)
    ended = max((one.ended or around.now for one in impacts), default=around.over)
    end = min(around.now, max(ended, around.over))
    violations = tuple(_violations(server, services, around.seen - around.seconds(HOUR), end))
    return Measured(impacts, tuple(untouched), violations, _late(server, services, began, end))


def _untouched(slo: Slo, found: Sequence[Course]) -> Untouched:
    if not any(course.is_known for course in found):
        return Untouched(slo, "not known: Prometheus has no data of it in that time", is_known=False)
    return Untouched(slo, "did not burn faster than its budget allows", is_known=True)


def _violations(server: Prometheus, services: Sequence[Service], start: float, end: float) -> Iterator[Violation]:
    """Of each invariant whose counter rose, or is not there."""
    for invariant in (one for service in services for one in service.invariants):
        counter = Counted(invariant.zero, invariant.zero, ())
        asked = Asked(growth(counter, seconds=math.ceil(end - start)), end, end)
        samples = server.query(asked.expr, at=end).samples
        rose = samples[0].value if samples else None
        if rose is None or rose > 0:
            yield Violation(f"{invariant.service}/{invariant.name}", rose, asked)


@dataclass(frozen=True, slots=True)
class _Measuring:
    server: Prometheus
    services: Sequence[Service]
    around: Around
    part: Burnt
    paged: float | None

    @property
    def slo(self) -> Slo:
        return self.part.course.slo

    @property
    def span(self) -> Span:
        """All scrapes that may have seen a bad event of it, as whole seconds."""
        course, when = self.part.course, self.part.happened
        scrape = self.around.seconds(self.around.timing.scrape_interval) + self.around.seconds(FAST)
        end = min(course.at(when.end) + scrape, self.around.now) if self.part.is_over else self.around.now
        return Span(math.floor(course.at(when.first) - scrape), math.ceil(end))

    @property
    def until_page(self) -> Span | None:
        """The part of the span before the page; None where there is none."""
        if self.paged is None or self.paged <= self.span.start + 1:
            return None
        return Span(self.span.start, min(math.floor(self.paged), self.span.end))

    def impact(self) -> SloImpact:
        span, before = self.span, self.until_page
        asked, by_counters = self._counted(span, before)
        at_end = self._standing(span.end)
        at_page = None if self.paged is None else self._standing(math.floor(self.paged))
        whole = by_counters.get(span)
        is_counted = whole is not None and whole.bad is not None
        bad, every = self._by_rates(None) if whole is None or whole.bad is None else (whole.bad, whole.all)
        first = by_counters.get(before) if before is not None else None
        until = first.bad if first is not None and first.bad is not None and is_counted else self._by_rates(before)[0]
        period = NoData("nothing is known of its period") if at_end is None else at_end.figures.period
        return SloImpact(
            self.part,
            bad,
            every,
            is_counted,
            spent=_share(self.slo, period, bad),
            spent_when_paged=_unpaged() if self.paged is None else _share(self.slo, period, until),
            all_when_paged=_unpaged() if at_page is None else at_page.spent,
            all_at_end=NoData("nothing is known of its period") if at_end is None else at_end.spent,
            asked=asked if is_counted else self.part.course.asked,
            doubts=tuple(self._doubts(whole)),
        )

    def _counted(self, span: Span, before: Span | None) -> tuple[tuple[Asked, ...], dict[Span, Count]]:
        which = counters(self.slo)
        if which is None or self.around.source == "recorded":
            return (), {}
        spans = (span,) if before is None else (span, before)
        found = count(self.server, [self.slo], lambda _: spans, at=span.end).by_slo[self.slo.full_name]
        by_span = {
            one: groups[self.part.course.group] for one, groups in found.items() if self.part.course.group in groups
        }
        return tuple(Asked(growth(one, seconds=span.seconds), span.end, span.end) for one in counted(which)), by_span

    def _by_rates(self, until: Span | None) -> tuple[Decimal, Decimal]:
        """All of it, or what had happened until the end of a span."""
        course, counted_in = self.part.course, self.part.counted
        if until is not None:
            counted_in = replace(counted_in, end=max(counted_in.first, course.place(until.end)))
        bad, every = course.events(counted_in)
        return Decimal(round(bad)), Decimal(round(every))

    def _standing(self, at: int) -> Standing | None:
        services = [
            replace(one, slos=(self.slo,), invariants=()) for one in self.services if one.name == self.slo.service
        ]
        asked = StatusAsked(tuple(services), at, self.around.timing, self.around.source)
        found = status(self.server, asked, whole_services=())
        return next((one for one in found.standings if one.group == self.part.course.group), None)

    def _doubts(self, whole: Count | None) -> list[str]:
        told = [] if whole is None else list(whole.words)
        if not self.part.is_whole:
            told.append("it burnt already when the time that was looked at began")
        if excluded_spans(self.slo.exclusions, self.span):
            told.append("part of it is time that is excluded from the budget")
        return told


def _unpaged() -> NoData:
    return NoData("no page is known")


def _share(slo: Slo, period: PeriodFigures | NoData, bad: Decimal) -> Decimal | NoData:
    """What of the whole period's budget so many bad events are."""
    return period if isinstance(period, NoData) else budget_spent(slo, replace(period, bad=bad))


def _late(server: Prometheus, services: Sequence[Service], began: float, ended: float) -> Late:
    expressions = [
        f"sum by (currency) ({LATE}{_selected(targets)})" for targets in {one.targets: None for one in services}
    ]
    before, after = (_amounts(server, expressions, at) for at in (began, ended))
    if not after:
        return Late((), (), (), f"not known: none of the services tells {LATE}")
    return Late(before, after, tuple(Asked(expr, at, at) for expr in expressions for at in (began, ended)))


def _selected(targets: Labels) -> str:
    matchers = ", ".join(f"{name}={string_literal(value)}" for name, value in targets)
    return f"{{{matchers}}}" if matchers else ""


def _amounts(server: Prometheus, expressions: Sequence[str], at: float) -> tuple[Amount, ...]:
    """By currency, of all services. What has no currency that we know is left out."""
    found: dict[str, int] = {}
    for sample in (sample for expr in expressions for sample in server.query(expr, at=at).samples):
        currency = sample.labels.get("currency", "")
        if currency in EXPONENTS and sample.value.is_finite():
            found[currency] = found.get(currency, 0) + int(sample.value)
    return tuple(Amount(minor, currency) for currency, minor in sorted(found.items()))
