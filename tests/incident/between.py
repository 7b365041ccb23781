"""A wire that a test stands on, between the outbox and the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from incident.night import Night

from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.pagerduty.wire import Wire

Ask = Callable[[], Reply | Silence]
Meets = Callable[[Call, Ask], Reply | Silence]


@dataclass
class Between:
    """A wire on which `meets` decides what becomes of a request; its second argument lets PagerDuty have it."""

    wire: Wire
    meets: Meets

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        return self.meets(call, lambda: self.wire.ask(call, seconds=seconds))


def night_in(directory: Path, meets: Meets | None = None, **kinds: bool) -> Night:
    night = Night(directory / "incidents", **kinds)
    if meets is not None:
        night.wire_of = lambda wire: Between(wire, meets)
        night.restart()
    return night


def answers(reply: Reply, *, path: str) -> Meets:
    """To whatever is asked of a path, instead of PagerDuty."""
    return lambda call, ask: reply if call.path == path else ask()
