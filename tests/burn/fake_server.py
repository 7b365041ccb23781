"""A server that answers what it is told to, by the beginning of what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sretool.prometheus.answers import RuleState, Sample, Vector


def sample(name: str, value: str, **labels: str) -> Sample:
    """A series at an instant; without a name where that is empty."""
    return Sample(({"__name__": name} if name else {}) | labels, Decimal(value))


@dataclass
class FakeServer:
    """Answers a query with the samples of every key that the query contains; records what it was asked, and when."""

    answers: Mapping[str, tuple[Sample, ...]]
    warnings: tuple[str, ...] = ()
    running: tuple[RuleState, ...] = ()
    asked: list[tuple[str, float]] = field(default_factory=list)

    def query(self, expr: str, *, at: float) -> Vector:
        self.asked.append((expr, at))
        found = [sample for key, samples in self.answers.items() if key in expr for sample in samples]
        return Vector(tuple(found), self.warnings)

    def rules(self) -> tuple[RuleState, ...]:
        return self.running
