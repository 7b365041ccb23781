"""Thirty-eight minutes in which PagerDuty fails, and a hundred incidents, as fast as a machine computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from incident.night import START, Night

from sretool.incident.deliver import Deliverer, Wish, deliver
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.pagerduty.wire import Wire
from sretool.incident.sandbox.faults import Fault

OUTAGE = timedelta(minutes=38)
RECOVERY = timedelta(minutes=6)
INCIDENTS = 100


END = START + OUTAGE


def broken(*, seed: int) -> tuple[Fault, ...]:
    """95 in 100 requests are answered with 5xx."""
    return (Fault("5xx", Decimal("0.95"), seed, until=END),)


def half_done(*, seed: int) -> tuple[Fault, ...]:
    """95 in 100 are answered with 5xx, and half of these have been carried out."""
    return (
        Fault("5xx", Decimal("0.475"), seed, until=END),
        Fault("5xx-committed", Decimal("0.475") / Decimal("0.525"), seed + 1, until=END),
    )


def mixed(*, seed: int) -> tuple[Fault, ...]:
    """98 in 100 requests fail, in every way that there is."""
    return (
        Fault("5xx", Decimal("0.6"), seed, until=END),
        Fault("lost", Decimal("0.4"), seed + 1, until=END),
        Fault("429", Decimal("0.3"), seed + 2, until=END),
        Fault("429-bare", Decimal("0.2"), seed + 3, until=END),
        Fault("slow", Decimal("0.4"), seed + 4, until=END, seconds=Decimal(20)),
        Fault("unreachable", Decimal("0.3"), seed + 5, until=END),
        Fault("5xx-committed", Decimal("0.2"), seed + 6, until=END),
    )


@dataclass
class TakesTime:
    """A wire on which an answer takes a while, and none as long as anybody waits for it."""

    wire: Wire
    night: Night

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        met = self.wire.ask(call, seconds=seconds)
        self.night.seconds += seconds if isinstance(met, Silence) and met.may_be_done else 0.1
        return met


@dataclass
class Replay:
    """People open, acknowledge and resolve incidents, each by a command that waits 10 s at most; one process delivers
    what they leave. All of it is one thread: people act while that process sleeps.
    """

    directory: Path
    faults: tuple[Fault, ...]
    seed: int
    shares_keys: bool = True
    resolved_at: dict[str, datetime] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)

    def run(self) -> Night:
        self.night = Night(self.directory, shares_keys=self.shares_keys)
        self.night.wire_of = lambda wire: TakesTime(wire, self.night)
        self.night.restart()
        self.night.fails(*self.faults)
        random = Random(self.seed)
        self.acts = sorted(
            ((random.uniform(0, OUTAGE.total_seconds()), self._open(random)) for _ in range(INCIDENTS)),
            key=lambda act: act[0],
        )
        self.night.at_sleep = self._let_people_act
        deliver(self.night.deliverer, Wish(watch=True), until=(OUTAGE + RECOVERY).total_seconds())
        return self.night

    def _let_people_act(self) -> None:
        while self.acts and self.acts[0][0] <= self.night.seconds:
            _, act = self.acts.pop(0)
            act()

    def _later(self, at: float, act: Callable[[], None]) -> None:
        self.acts = sorted([*self.acts, (at, act)], key=lambda act: act[0])

    def _open(self, random: Random) -> Callable[[], None]:
        fate, first, second = random.random(), random.uniform(5, 900), random.uniform(1, 300)
        soon = random.uniform(11, 60)

        def act() -> None:
            name = self.night.open(f"incident {len(self.opened)}")
            self.opened.append(name)
            trigger = self.night.incident(name).deliveries[0].delivery_id
            if fate < 0.5:
                self._later(self.night.seconds + first, lambda: self._acknowledge(name))
            if fate < 0.35:
                self._later(self.night.seconds + first + second, lambda: self._resolve(name))
            if fate > 0.8:
                self._later(self.night.seconds + soon, lambda: self._resolve(name))
            self._foreground(name, frozenset({trigger}))

        return act

    def _acknowledge(self, name: str) -> None:
        self.night.acknowledge(name)
        self.acknowledged.add(name)
        self._foreground(name)

    def _resolve(self, name: str) -> None:
        self.night.resolve(name)
        self.resolved_at[name] = self.night.now()
        self._foreground(name)

    def _foreground(self, name: str, fresh: frozenset[str] = frozenset()) -> None:
        """A process of its own, during whose pauses nobody else acts."""
        by = self.night.deliverer
        own = Deliverer(by.ledger, by.pager, "ada@desk", by.now, by.monotonic, self._pass_time, by.chance)
        deliver(own, Wish(name, fresh), until=self.night.seconds + 10)

    def _pass_time(self, seconds: float) -> None:
        self.night.seconds += seconds
