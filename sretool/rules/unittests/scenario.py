"""A story with one SLO or invariant, and what the rules must say at certain times of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

# How often promtool evaluates: every cycle of the rules, or as seldom as a sample may be old, for stories of hours.
Pace = Literal["fast", "slow"]
EVALUATION_SECONDS: Final[Mapping[Pace, int]] = {"fast": 30, "slow": 300}


@dataclass(frozen=True, slots=True)
class Input:
    """A series and its samples, one a scrape."""

    metric: str
    series: str
    values: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expr` has one value without labels `at` a second of the story, or none (None). `claim` says it in words."""

    claim: str
    expr: str
    at: int
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """`title` is what happens, `subject` the SLO or invariant. Scenarios of one title are told side by side."""

    title: str
    subject: str
    pace: Pace
    inputs: tuple[Input, ...]
    expectations: tuple[Expectation, ...]

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(series.metric for series in self.inputs)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A story that cannot be told of a subject, and why."""

    title: str
    subject: str
    why: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.title}: {self.why}"


Told = Scenario | LeftOut | None  # None where the story means nothing for the SLO.
