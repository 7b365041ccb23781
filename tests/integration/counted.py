"""Counters whose every event is known: what scrapes would have seen of them, and what truly happened.

Time runs in bins of 15 seconds. A scenario is made of pods, each of which counts its events from 0 at its birth and
after each restart, and is scraped once a minute at a moment of its own; the truth is the sum of the events.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

BIN_SECONDS = 15
HOUR_BINS = 240
DAY_BINS = 24 * HOUR_BINS
SCRAPE_BINS = 4


@dataclass(frozen=True)
class Pod:
    """A process with counters of good and bad events a bin, from the bin `born` on.

    Failures are counted by outcome, in turn. With `late_errors` the counter of an outcome exists only once it has
    happened, else it stands at 0 from the start. In the bins of `unseen` no scrape succeeds.
    """

    name: str
    born: int
    good: Sequence[int]
    bad: Sequence[int]
    scraped_at: int = 0
    restarts: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()
    outcomes: tuple[str, ...] = ("error",)
    late_errors: bool = False

    def scrapes(self) -> Iterator[tuple[int, dict[str, int]]]:
        """(bin, value by outcome) at each successful scrape: all events of the bins before it."""
        counters = {} if self.late_errors else dict.fromkeys(("ok", *self.outcomes), 0)
        for bin_number, (good, bad) in enumerate(zip(self.good, self.bad, strict=True), start=self.born):
            if bin_number in self.restarts:
                counters = dict.fromkeys(counters, 0)
            if bin_number % SCRAPE_BINS == self.scraped_at and bin_number not in self.unseen:
                yield bin_number, counters
            if good:
                counters["ok"] = counters.get("ok", 0) + good
            if bad:
                outcome = self.outcomes[bin_number % len(self.outcomes)]
                counters[outcome] = counters.get(outcome, 0) + bad


@dataclass(frozen=True)
class Scenario:
    """Pods behind one SLO. `name` is the value of the label that tells its series from the others'."""

    name: str
    pods: tuple[Pod, ...]
    bins: int
    _bad: list[int] = field(init=False, default_factory=list)
    _all: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        bad, every = [0] * self.bins, [0] * self.bins
        for pod in self.pods:
            for bin_number, (good, failed) in enumerate(zip(pod.good, pod.bad, strict=True), start=pod.born):
                bad[bin_number] += failed
                every[bin_number] += good + failed
        self._bad.extend(accumulate(bad, initial=0))
        self._all.extend(accumulate(every, initial=0))

    def bad_events(self, first_bin: int, end_bin: int) -> int:
        return self._bad[end_bin] - self._bad[max(first_bin, 0)]

    def all_events(self, first_bin: int, end_bin: int) -> int:
        return self._all[end_bin] - self._all[max(first_bin, 0)]

    @property
    def born(self) -> int:
        return min(pod.born for pod in self.pods)

    def exposition(self, began: float) -> Iterator[str]:
        """Lines of OpenMetrics text, series after series. `began` is the Unix time of bin 0."""
        for number, pod in enumerate(self.pods):
            late_by = 0.137 + number % 14  # Scrapes keep no step with anything.
            lines: dict[str, list[str]] = {}
            for bin_number, counters in pod.scrapes():
                at = f" {began + bin_number * BIN_SECONDS + late_by:.3f}\n"
                for outcome, value in counters.items():
                    lines.setdefault(outcome, []).append(f"{value}{at}")
            for outcome, values in lines.items():
                series = f'requests_total{{scenario="{self.name}",pod="{pod.name}",outcome="{outcome}"}} '
                yield series + series.join(values)


def scenarios(seed: int, days: int) -> tuple[Scenario, ...]:
    """One of each kind of trouble, over `days` and the hour before them."""
    bins = days * DAY_BINS + HOUR_BINS
    make = _Maker(Random(seed), bins)
    return (
        make.flat(),
        make.day_and_night(),
        make.hourly_batch("batch-on-base", base=2),
        make.hourly_batch("batch-alone", base=0),
        make.restarts(),
        make.gaps(),
        make.hidden_burst("hidden-burst", outage_bins=HOUR_BINS // 2),
        make.hidden_burst("burst-hidden-for-long", outage_bins=2 * HOUR_BINS),
        make.pods_come_and_go(),
        make.low_traffic(),
        make.young(age_days=days // 3),
    )


@dataclass(frozen=True)
class _Maker:
    random: Random
    bins: int

    def flat(self) -> Scenario:
        return self._scenario("flat", *(self._pod(f"pod-{n}", [10.0] * self.bins, self._failing()) for n in range(2)))

    def day_and_night(self) -> Scenario:
        """A hundred times the traffic by day, and most failures by night."""
        rates = [10 ** (0.6 - math.cos(2 * math.pi * b / DAY_BINS)) for b in range(self.bins)]
        failing = [p * (3 if rate < 1 else 0.7) for p, rate in zip(self._failing(), rates, strict=True)]
        return self._scenario("day-and-night", self._pod("pod", rates, failing))

    def hourly_batch(self, name: str, *, base: float) -> Scenario:
        """Four thousand events in the first quarter minute of each hour, some hours with every twentieth failing."""
        rates, failing = [base] * self.bins, [0.0003] * self.bins
        for hour in range(0, self.bins, HOUR_BINS):
            rates[hour] += 4000 / BIN_SECONDS
            failing[hour] = self.random.choice([0, 0, 0, 0.0005, 0.0005, 0.002])
        return self._scenario(name, self._pod("pod", rates, failing))

    def restarts(self) -> Scenario:
        at = frozenset(self.random.sample(range(1, self.bins), self.bins * 3 // DAY_BINS))
        return self._scenario("restarts", self._pod("pod", [20.0] * self.bins, self._failing(), restarts=at))

    def gaps(self) -> Scenario:
        """A twentieth of all scrapes lost, and six outages of scraping of half an hour that hide no burst."""
        outages = {b for _ in range(6) for b in self._outage(HOUR_BINS // 2)}
        failing = [0.0003 if b in outages else p for b, p in enumerate(self._failing())]
        lost = {b for b in range(self.bins) if self.random.random() < 0.05}
        pod = self._pod("pod", [20.0] * self.bins, failing, unseen=frozenset(lost | outages))
        return self._scenario("gaps", pod)

    def hidden_burst(self, name: str, *, outage_bins: int) -> Scenario:
        """A burst of failures that begins and ends while no scrape succeeds."""
        unseen = self._outage(outage_bins)
        burst = sorted(unseen)[outage_bins // 10 : -outage_bins // 10]
        failing = [0.0003] * self.bins
        failing[burst[0] : burst[-1]] = [0.2] * (burst[-1] - burst[0])
        return self._scenario(name, self._pod("pod", [20.0] * self.bins, failing, unseen=frozenset(unseen)))

    def pods_come_and_go(self) -> Scenario:
        """Three at a time, each replaced after three to nine hours, with errors whose counters are born late."""
        pods, failing = [], self._failing()
        for line in range(3):
            born = 0
            while born < self.bins:
                died = min(born + self.random.randrange(3 * HOUR_BINS, 9 * HOUR_BINS), self.bins)
                name = f"pod-{line}-{born}"
                pods.append(self._pod(name, [20.0] * (died - born), failing[born:died], born=born, late_errors=True))
                born = died
        return self._scenario("pods-come-and-go", *pods)

    def low_traffic(self) -> Scenario:
        """An event every four seconds; what fails has no counter before it first fails."""
        outcomes = ("error", "timeout")
        pod = self._pod("pod", [0.25] * self.bins, self._failing(), outcomes=outcomes, late_errors=True)
        return self._scenario("low-traffic", pod)

    def young(self, *, age_days: int) -> Scenario:
        """A service that did not exist when the period began."""
        born = self.bins - age_days * DAY_BINS
        return self._scenario("young", self._pod("pod", [20.0] * (self.bins - born), self._failing()[born:], born=born))

    def _scenario(self, name: str, *pods: Pod) -> Scenario:
        return Scenario(name, pods, self.bins)

    def _pod(
        self,
        name: str,
        rates: Sequence[float],
        failing: Sequence[float],
        *,
        born: int = 0,
        restarts: frozenset[int] = frozenset(),
        unseen: frozenset[int] = frozenset(),
        outcomes: tuple[str, ...] = ("error",),
        late_errors: bool = False,
    ) -> Pod:
        draw = self.random.random
        every = [int(rate * BIN_SECONDS + draw()) for rate in rates]
        bad = [int(count * ratio + draw()) for count, ratio in zip(every, failing, strict=True)]
        good = [count - failed for count, failed in zip(every, bad, strict=True)]
        return Pod(
            name, born, good, bad, scraped_at=self.random.randrange(SCRAPE_BINS),
            restarts=restarts, unseen=unseen, outcomes=outcomes, late_errors=late_errors,
        )  # fmt: skip

    def _failing(self) -> list[float]:
        """The share of events that fails in each bin: three in ten thousand, and twenty bursts of 1 % to 20 %."""
        failing = [0.0003] * self.bins
        for _ in range(20 * self.bins // (30 * DAY_BINS)):
            length = self.random.randrange(2 * SCRAPE_BINS, 20 * SCRAPE_BINS)
            first = self.random.randrange(self.bins - length)
            failing[first : first + length] = [self.random.choice([0.01, 0.05, 0.2])] * length
        return failing

    def _outage(self, length: int) -> set[int]:
        first = self.random.randrange(DAY_BINS, self.bins - DAY_BINS)
        return set(range(first, first + length))
