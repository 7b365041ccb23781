"""What came of a load: how much was acknowledged, how fast, and what became of the rest."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

# What became of a batch that was due.
ACKNOWLEDGED = "acknowledged"  # durable
THROTTLED = "throttled"  # 429: above the tenant's rate
REFUSED = "refused"  # any other 4xx
SHED = "shed"  # 503: indeterminate
ERROR = "error"  # any other answer: indeterminate
BROKEN = "broken"  # the connection was lost before the answer: indeterminate
TIMEOUT = "timeout"  # no answer in time: indeterminate
UNSENT = "unsent"  # no connection was free, or nobody listened, until patience was over
OUTCOMES = (ACKNOWLEDGED, THROTTLED, REFUSED, SHED, ERROR, BROKEN, TIMEOUT, UNSENT)

PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)


def outcome_of(status: int) -> str:
    """What an answer's status says. 0 is a lost connection."""
    match status:
        case 200:
            return ACKNOWLEDGED
        case 429:
            return THROTTLED
        case 503:
            return SHED
        case 0:
            return BROKEN
        case _:
            return REFUSED if 400 <= status < 500 else ERROR


@dataclass(slots=True)
class Tally:
    """Grows while a load runs."""

    events: Counter[str] = field(default_factory=Counter)
    duplicate_events: int = 0
    ack_seconds: array[float] = field(default_factory=lambda: array("d"))
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: dict[int, str] = field(default_factory=dict)  # by status: what the service said first

    def acknowledged(self, count: int, seconds: float) -> None:
        self.events[ACKNOWLEDGED] += count
        self.ack_seconds.append(seconds)


@dataclass(frozen=True, slots=True)
class Figures:
    """One run at one rate. Latencies are of acknowledged batches, from the instant at which each was due."""

    asked_events_per_second: float | None  # None: as fast as answers came
    seconds: float
    events: dict[str, int]
    ack_seconds: dict[float, float]  # by percentile; empty when nothing was acknowledged
    refusals: dict[int, str] = field(default_factory=dict)  # by status: what the service said first

    @property
    def acknowledged_per_second(self) -> float:
        return self.events[ACKNOWLEDGED] / self.seconds if self.seconds else 0.0

    @property
    def failed_events(self) -> int:
        return sum(self.events.values()) - self.events[ACKNOWLEDGED]

    def as_json(self) -> dict[str, object]:
        return {
            "asked_events_per_second": self.asked_events_per_second,
            "acknowledged_events_per_second": round(self.acknowledged_per_second, 1),
            "seconds": round(self.seconds, 3),
            "events": self.events,
            "refusals": {str(status): said for status, said in self.refusals.items()},
            "ack_seconds": {f"p{percentile:g}": round(value, 6) for percentile, value in self.ack_seconds.items()},
        }


def figures(tally: Tally, *, asked: float | None, seconds: float) -> Figures:
    """The tally as it stands."""
    events = {outcome: tally.events[outcome] for outcome in OUTCOMES}
    return Figures(asked, seconds, events, percentiles(tally.ack_seconds), dict(tally.refusals))


def refusal(body: bytes) -> str:
    """What a service said when it refused a batch: its reason, and the first fault that it found; else nothing."""
    try:
        said = json.loads(body)
        faults = [*said.get("batch", ()), *(fault for event in said.get("events", ()) for fault in event["faults"])]
        first = [f"{fault['path']} {fault['reason']}: {fault['remedy']}".strip() for fault in faults[:1]]
        return "; ".join([str(said["error"]), *first])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def percentiles(values: Sequence[float]) -> dict[float, float]:
    """The least value that so many percent of all do not exceed; nothing of nothing."""
    ordered = sorted(values)
    if not ordered:
        return {}
    # In whole thousandths: 99.9 / 100 * 1000 is more than 999 in binary.
    return {p: ordered[max(0, -(-round(p * 10) * len(ordered) // 1000) - 1)] for p in PERCENTILES}
