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

from sretool.burn.counted import count_span
from sretool.burn.counters import Counted, counted, counters, growth
from sretool.burn.counting import Count
from sretool.burn.evaluate import Standing, budget_spent
from sretool.burn.figures import NoData, PeriodFigures
from sretool.burn.spans import Span, excluded_spans
from sretool.burn.status import Asked as StatusAsked
from sretool.burn.status import status
from sretool.incident.postmortem.searching import Around, Asked, Burnt, Course, burnt
from sretool.model.duration import HOUR
from sretool.model.slo import Labels, Service, Slo
from sretool.money import EXPONENTS, Amount
from sretool.prometheus.errors import Refused, TimedOut
from sretool.prometheus.server import Prometheus
from sretool.promql.literal import string_literal
from sretool.rules.timing import FAST, TILE

_GROUPS_MAX: Final = 10  # Of one SLO; each is asked about several times.
_NO_PERIOD: Final = NoData("nothing is known of its period")
_UNPAGED: Final = NoData("no page is known")
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
    """What there is to say of an SLO that did not burn, of which nothing is known, or of groups that are left out."""

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
        try:
            found, burnt_parts = burnt(server, slo, around)
        except (Refused, TimedOut) as error:  # One expression that is too much for a server hides no other SLO.
            untouched.append(Untouched(slo, f"not known: {error}", is_known=False))
            continue
        worst = sorted(burnt_parts, key=lambda part: part.course.events(part.counted), reverse=True)
        parts.extend(worst[:_GROUPS_MAX])
        if len(worst) > _GROUPS_MAX:
            words = f"{len(worst) - _GROUPS_MAX} more groups burnt, with fewer bad events"
            untouched.append(Untouched(slo, words, is_known=True))
        if not worst:
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

    def impact(self) -> SloImpact:
        whole, is_counted = self._lost(self.span)
        assert whole.bad is not None, "what is not counted is summed up"
        at_end = self._standing(self.span.end)
        at_page = None if self.paged is None else self._standing(math.floor(self.paged))
        period = _NO_PERIOD if at_end is None else at_end.figures.period
        return SloImpact(
            self.part,
            whole.bad,
            whole.all,
            is_counted,
            spent=_share(self.slo, period, whole.bad),
            spent_when_paged=_UNPAGED if self.paged is None else _share(self.slo, period, self._lost_until(self.paged)),
            all_when_paged=_UNPAGED if at_page is None else at_page.spent,
            all_at_end=_NO_PERIOD if at_end is None else at_end.spent,
            asked=self._asked() if is_counted else self.part.course.asked,
            doubts=tuple(self._doubts(whole)),
        )

    def _lost(self, span: Span) -> tuple[Count, bool]:
        """The events of a part of the span from its start on, and whether they are counted."""
        known = self._counted(span)
        if known is not None and known.bad is not None:
            return known, True
        summed = self._summed_up(span)
        return (summed if known is None else replace(summed, words=known.words)), False

    def _lost_until(self, page: float) -> Decimal:
        """The bad events until a page; none where it came before all of them."""
        if page <= self.span.start + 1:
            return Decimal(0)
        return self._lost(Span(self.span.start, min(math.floor(page), self.span.end)))[0].bad or Decimal(0)

    def _counted(self, span: Span) -> Count | None:
        if self.around.source == "recorded":
            return None
        found, _ = count_span(self.server, [self.slo], span, at=span.end, cache=None)
        return found.get((self.slo.full_name, self.part.course.group))

    def _summed_up(self, span: Span) -> Count:
        """By rates, which have half of what happened two and a half minutes later."""
        course, stretch = self.part.course, self.part.counted
        if span.end < self.span.end:
            seen = course.place(span.end + self.around.seconds(TILE) / 2)
            stretch = replace(stretch, end=min(max(stretch.first, seen), stretch.end))
        bad, every = course.events(stretch)
        return Count(Decimal(round(bad)), Decimal(round(every)))

    def _asked(self) -> tuple[Asked, ...]:
        """What gives the same numbers at once."""
        which = counters(self.slo)
        assert which is not None, "it was counted"
        span = self.span
        return tuple(Asked(growth(one, seconds=span.seconds), span.end, span.end) for one in counted(which))

    def _standing(self, at: int) -> Standing | None:
        services = [
            replace(one, slos=(self.slo,), invariants=()) for one in self.services if one.name == self.slo.service
        ]
        asked = StatusAsked(tuple(services), at, self.around.timing, self.around.source)
        found = status(self.server, asked, whole_services=())
        return next((one for one in found.standings if one.group == self.part.course.group), None)

    def _doubts(self, whole: Count) -> list[str]:
        told = list(whole.words)
        if not self.part.is_whole:
            told.append("it burnt already when the time that was looked at began")
        if excluded_spans(self.slo.exclusions, self.span):
            told.append("part of it is time that is excluded from the budget, and is not counted")
        return told


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
