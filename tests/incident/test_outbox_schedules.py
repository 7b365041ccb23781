"""Whatever happens in whatever order: faults, people, restarts, kills in the midst of a request."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from incident.night import Night

from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.pagerduty.wire import Wire
from sretool.incident.sandbox.faults import KINDS, SCOPES, Fault

MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None


class Killed(BaseException):
    """The process is gone, and nobody records anything any more."""


@dataclass
class DeadlyWire:
    """Kills who asks before or after one of the requests that follow; 0 is the next, negative none."""

    wire: Wire
    night: Night
    kill_at: int = -1
    is_done: bool = True

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        self.kill_at -= 1
        if self.kill_at != -1:
            return self._answered(call, seconds)
        if self.is_done:
            self._answered(call, seconds)
        raise Killed

    def _answered(self, call: Call, seconds: float) -> Reply | Silence:
        self.night.seconds += 0.1
        return self.wire.ask(call, seconds=seconds)


class Play:
    """A night by steps; people never act at the very instant of another thing."""

    def __init__(self, directory: Path, *, has_rest: bool, has_events: bool, shares_keys: bool) -> None:
        self.night = Night(directory, has_rest=has_rest, has_events=has_events, shares_keys=shares_keys)
        self.night.wire_of = self._wire
        self.opened: list[str] = []
        self.resolved_at: dict[str, float] = {}
        self.noted: dict[str, int] = {}
        self.night.restart()

    def _wire(self, wire: Wire) -> Wire:
        self.deadly = DeadlyWire(wire, self.night)
        return self.deadly

    def step(self, name: str, number: int, share: int) -> None:
        self.night.seconds += 1
        getattr(self, name)(number, share)

    def open(self, number: int, _share: int) -> None:
        self.opened.append(self.night.open(f"incident {number}"))

    def acknowledge(self, number: int, _share: int) -> None:
        unresolved = [name for name in self.opened if name not in self.resolved_at]
        if unresolved:
            self.night.acknowledge(unresolved[number % len(unresolved)])

    def note(self, number: int, _share: int) -> None:
        if self.opened:
            name = self.opened[number % len(self.opened)]
            self.night.note(name, f"note {number}")
            self.noted[name] = self.noted.get(name, 0) + 1

    def resolve(self, number: int, _share: int) -> None:
        if self.opened:
            name = self.opened[number % len(self.opened)]
            self.night.resolve(name)
            self.resolved_at.setdefault(name, self.night.seconds)

    def deliver(self, number: int, _share: int) -> None:
        self.night.deliver(seconds=1 + number)

    def restart(self, _number: int, _share: int) -> None:
        self.night.restart()

    def kill(self, number: int, share: int) -> None:
        self.deadly.kill_at, self.deadly.is_done = number % 7, share >= 50
        with suppress(Killed):
            self.night.deliver(seconds=30)
        self.night.restart()

    def break_(self, number: int, share: int) -> None:
        kind, scope = KINDS[number % len(KINDS)], SCOPES[number // len(KINDS) % len(SCOPES)]
        late = Decimal(20) if kind == "slow" else Decimal(0)
        fault = Fault(kind, Decimal(share) / 100, seed=number, on=scope, seconds=late)
        self.night.fails(*self.night.sandbox.faults, fault)

    def mend(self, _number: int, _share: int) -> None:
        self.night.fails()

    def wait(self, number: int, _share: int) -> None:
        self.night.seconds += 10 * number

    def end(self) -> None:
        """Everything is well again, and somebody delivers."""
        self.night.fails()
        self.night.seconds += 61
        self.night.restart()
        self.night.deliver(seconds=600)


NAMES = ("open", "open", "acknowledge", "note", "resolve", "deliver", "deliver", "restart", "kill", "break_", "break_",
         "mend", "wait")  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 20), st.integers(0, 100)), min_size=2, max_size=25)


def played(steps, directory: str, *, has_rest: bool = True, has_events: bool = True, shares_keys: bool = True) -> Play:
    play = Play(Path(directory) / "incidents", has_rest=has_rest, has_events=has_events, shares_keys=shares_keys)
    play.open(0, 0)
    for step in steps:
        play.step(*step)
    play.end()
    return play


def assert_nothing_is_left(play: Play) -> None:
    states = {each.state for name in play.opened for each in play.night.incident(name).deliveries}
    assert states <= {"delivered", "superseded"}


def assert_nobody_is_woken_for_what_is_over(play: Play) -> None:
    for name in play.opened:
        pages = [(at - play.night.now()).total_seconds() + play.night.seconds for at in play.night.pages_of(name)]
        assert all(at <= play.resolved_at.get(name, at) for at in pages)
        assert pages or name in play.resolved_at


def assert_pagerduty_agrees(play: Play) -> None:
    for name in play.opened:
        status = {"open": "triggered"}.get(play.night.incident(name).status, play.night.incident(name).status)
        assert set(play.night.statuses_of(name)) <= {status}


@settings(max_examples=120)
@given(steps=STEPS, apis=st.sampled_from([(True, True), (True, False), (False, True)]))
def test_each_incident_is_paged_exactly_once_and_ends_at_pagerduty_as_in_the_ledger(steps, apis):
    has_rest, has_events = apis
    with tempfile.TemporaryDirectory(dir=MEMORY) as directory:
        play = played(steps, directory, has_rest=has_rest, has_events=has_events)

        assert_nothing_is_left(play)
        assert_nobody_is_woken_for_what_is_over(play)
        assert_pagerduty_agrees(play)
        assert all(len(play.night.pages_of(name)) <= 1 for name in play.opened)
        assert all(len(play.night.notes_of(name)) <= play.noted.get(name, 0) for name in play.opened)


@settings(max_examples=60)
@given(steps=STEPS)
def test_should_the_apis_not_heed_each_others_keys_still_nobody_is_woken_for_what_is_over(steps):
    with tempfile.TemporaryDirectory(dir=MEMORY) as directory:
        play = played(steps, directory, shares_keys=False)

        assert_nothing_is_left(play)
        assert_nobody_is_woken_for_what_is_over(play)
        assert_pagerduty_agrees(play)
        assert all(len(play.night.pages_of(name)) <= 2 for name in play.opened)
