"""How counters grow, by a model over raw samples, against what is counted on a real Prometheus."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.backfill import write_counters

from sretool.burn.cache import Days
from sretool.burn.counting import Count, count
from sretool.burn.spans import Span, parts
from sretool.demo.server import running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import CohortSli
from sretool.model.slo import Alerting, Slo

MIDNIGHT = round(datetime(2026, 3, 10, tzinfo=UTC).timestamp())
BEGAN, MINUTES = MIDNIGHT - 6 * 3_600, 12 * 60
AT = BEGAN + MINUTES * 60
PERIOD = Span(MIDNIGHT - 86_400, AT)


@dataclass(frozen=True)
class Series:
    """A counter: a Unix time and a value at every scrape."""

    scrapes: tuple[tuple[float, int], ...]

    def within(self, start: float, end: float) -> list[int]:
        return [value for at, value in self.scrapes if start <= at <= end]


@dataclass(frozen=True)
class Bounds:
    """What growth may be said to be; both are one number where nothing has to be guessed."""

    least: float
    most: float

    def have(self, growth: Decimal) -> bool:
        return self.least - 1e-6 <= growth <= self.most + 1e-6


@dataclass(frozen=True)
class History:
    series: tuple[Series, ...]

    def growth(self, span: Span) -> Bounds:
        """By the sentence: from the last value before to the last value within, whatever was scraped between.

        Where all of it is younger than the span, it is what was seen from scrape to scrape; where a series was reset
        within the span, at either end at most what Prometheus adds there, too: 1.1 times the mean pause between two.
        """
        least = most = 0.0
        family = any(one.within(span.start - 86_400, span.start) for one in self.series)
        for one in self.series:
            before, seen = one.within(span.start - 86_400, span.start), one.within(span.start, span.end)
            was_reset = any(later < earlier for earlier, later in pairwise(seen))
            if was_reset or (seen and not before and not family):
                grown = sum(later - earlier if later >= earlier else later for earlier, later in pairwise(seen))
                least += grown
                most += grown * (1 + 2 * 1.1 / max(1, len(seen) - 1)) if was_reset else grown
            elif seen:
                grown = seen[-1] - before[-1] if before and seen[-1] >= before[-1] else seen[-1]
                least, most = least + grown, most + grown
        return Bounds(least, most)


@st.composite
def _series(draw: st.DrawFn) -> Series:
    born = draw(st.just(0) | st.integers(0, MINUTES - 2))
    died = draw(st.just(MINUTES) | st.integers(born + 1, MINUTES))
    restarts = draw(st.just(frozenset()) | st.frozensets(st.integers(born + 1, died), max_size=2))
    around_midnight = st.tuples(st.integers(300, 359), st.integers(361, 480))
    gaps = draw(st.lists(around_midnight | st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)), max_size=2))
    steps = draw(st.lists(st.integers(0, 50), min_size=1, max_size=7))
    value, scrapes = draw(st.integers(0, 1000)), []
    for minute in range(born, died):
        value = 0 if minute in restarts else value + steps[minute % len(steps)]
        if not any(first <= minute <= last for first, last in gaps):
            scrapes.append((BEGAN + minute * 60 + 7.137, value))
    return Series(tuple(scrapes))


HISTORIES = st.lists(
    st.lists(_series(), min_size=1, max_size=3).map(lambda some: History(tuple(some))), min_size=10, max_size=20
)
SPANS = st.lists(
    st.tuples(st.integers(0, MINUTES * 60 - 1), st.integers(0, MINUTES * 60 - 1)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    min_size=2,
    max_size=4,
).map(lambda pairs: [PERIOD, *(Span(BEGAN + first, BEGAN + last) for first, last in pairs)])


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(histories=HISTORIES, spans=SPANS)
def test_growth_is_what_raw_samples_say_also_when_it_is_remembered(
    promtool: Path, prometheus_binary: Path, histories: list[History], spans: list[Span]
) -> None:
    slos = [_slo(number) for number in range(len(histories))]
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        write_counters(promtool, home, (line for number, one in enumerate(histories) for line in _lines(number, one)))
        with running(prometheus_binary, home) as server:
            cache = Days(home / "cache", server.api.url)
            cold, warm = (count(server.api, slos, lambda _: spans, at=AT, cache=cache) for _ in range(2))

    expected = {
        (slo.name, span): [one.growth(part.span) for part in parts(span, AT)]
        for slo, one in zip(slos, histories, strict=True)
        for span in spans
    }
    bounds = {key: Bounds(sum(one.least for one in of), sum(one.most for one in of)) for key, of in expected.items()}
    for counting in (cold, warm):
        found = {(slo.name, span): _all(counting.by_slo[slo.full_name][span].get(())) for slo in slos for span in spans}
        assert {key: (value, bounds[key]) for key, value in found.items() if not bounds[key].have(value)} == {}


def _all(one: Count | None) -> Decimal:
    return Decimal(0) if one is None else one.all


def _slo(number: int) -> Slo:
    total = f'events_total{{history="{number}"}}'
    sli = CohortSli(total, f'lost_total{{history="{number}"}}')
    return Slo("model", f"history-{number}", Objective(Decimal("0.99")), RollingPeriod(DAY), sli, Alerting(()))


def _lines(number: int, history: History) -> Iterator[str]:
    for index, one in enumerate(history.series):
        for at, value in one.scrapes:
            yield f'events_total{{history="{number}",series="{index}"}} {value} {at:.3f}\n'
