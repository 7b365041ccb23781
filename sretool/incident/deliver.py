"""PagerDuty is told, one delivery at a time, until nothing is left or the time is up.

An edge: it locks, waits and records. Whoever delivers holds a lock for the length of one attempt, and looks at the
ledger again under it: what somebody else has told meanwhile, or what has lost its point, is not told. An attempt that
nobody lived to record counts as one that may have been carried out.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sretool import clock
from sretool.incident.bugs import bug_words
from sretool.incident.following import Followed
from sretool.incident.history import Delivery, Incident
from sretool.incident.ledger import Draft, Ledger, Unwritable, prepare
from sretool.incident.locking import Busy, locked
from sretool.incident.outbox import (
    Broken,
    Delivered,
    Drop,
    Held,
    Later,
    Pager,
    Result,
    Superseded,
    next_step,
    pause_seconds,
    refused,
    settled,
    tried,
)

FOREGROUND_SECONDS: Final = 10.0
_BUSY_SECONDS: Final = 0.05
_WATCH_SECONDS: Final = 1.0
_MENDED_SECONDS: Final = 60.0
_LEAST_SECONDS: Final = 0.5  # With less than this left, an attempt would come to nothing.


def _chance() -> float:
    return int.from_bytes(os.urandom(2)) / 2**16


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Who tells whom, and by which clocks. `chance` gives numbers from 0 to 1."""

    ledger: Ledger
    pager: Pager
    actor: str
    now: Callable[[], datetime] = clock.now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = _chance


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an attempt."""

    incident: Incident
    delivery: Delivery
    result: Result


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be told: of one incident or (empty) of all; `fresh` are deliveries that nobody can have tried, `again`
    says that what was refused is tried once more, `watch` that it never ends.
    """

    incident_id: str = ""
    fresh: frozenset[str] = frozenset()
    again: bool = False
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`told` are all attempts, in order, unless it was to `watch`.

    `left` is what is still to be told, the first of each incident; `refused` is what PagerDuty has refused, now or
    earlier, and somebody is not woken for it, or is for nothing.
    """

    told: tuple[Told, ...]
    left: tuple[tuple[Incident, Delivery], ...]
    refused: tuple[tuple[Incident, Delivery], ...]


def deliver(by: Deliverer, wish: Wish, *, until: float, heard: Callable[[Told], None] = lambda _: None) -> Report:
    """Tell what is to be told, by a moment of the monotonic clock. Raises Unwritable."""
    delivery = _Round(by, wish, until, heard)
    delivery.run()
    return delivery.report()


@dataclass(slots=True)
class _Round:
    by: Deliverer
    wish: Wish
    until: float
    heard: Callable[[Told], None]
    told: list[Told] = field(default_factory=list)
    waiting: dict[str, float] = field(default_factory=dict)  # Since when, or from when on, by incident.
    failures: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # The delivery that has, by incident.
    refused: frozenset[str] = frozenset()
    was_busy: bool = False
    followed: Followed = field(init=False)

    def __post_init__(self) -> None:
        self.followed = Followed(self.by.ledger.directory, mentioning=self.wish.incident_id)

    def run(self) -> None:
        self._look()
        if self.wish.again:
            known = [one for one in self.followed.incidents.values() if self._is_wished(one.incident_id)]
            tried_once = [(one, each) for one in known for each in one.deliveries if each.state == "refused"]
            self.refused = frozenset(each.delivery_id for _, each in tried_once)
            self.waiting |= {one.incident_id: self.by.monotonic() for one, _ in tried_once}
        while self._goes_on():
            self._look()

    def report(self) -> Report:
        self._look()
        known = [one for one in self.followed.incidents.values() if self._is_wished(one.incident_id)]
        steps = [(incident, next_step(incident)) for incident in known]
        return Report(
            tuple(self.told),
            tuple((incident, step.delivery) for incident, step in steps if step is not None),
            tuple((incident, delivery) for incident in known for delivery in refused(incident)),
        )

    def _look(self) -> None:
        """See who has something to tell, since what was known last."""
        with self._ledger():
            changed = self.followed.refresh()
        for incident_id in changed:
            incident = self.followed.incidents.get(incident_id)
            if incident is None or not self._is_wished(incident_id):
                continue
            step = next_step(incident, again=self.refused)
            if step is None:
                self.waiting.pop(incident_id, None)
            elif step.delivery.delivery_id == self.failed.get(incident_id):
                self.waiting.setdefault(incident_id, self.by.monotonic())
            else:  # What has not failed does not wait for what has.
                self.waiting[incident_id] = min(self.by.monotonic(), self.waiting.get(incident_id, math.inf))

    def _is_wished(self, incident_id: str) -> bool:
        return self.wish.incident_id in ("", incident_id)

    def _goes_on(self) -> bool:
        """Try what is due, or wait for it; False where there is no time for either, or nothing to wait for."""
        now = self.by.monotonic()
        due = [incident_id for incident_id, at in self.waiting.items() if at <= now]
        next_at = now if due else min(self.waiting.values(), default=now + _WATCH_SECONDS)
        may_wait = self.wish.watch or self.waiting
        if not may_wait or self.until - next_at < _LEAST_SECONDS:
            return False
        if due:
            # Whoever was never tried comes first: in an outage, the others have had their turn.
            self._attempt(min(due, key=lambda one: (one in self.failures, self.waiting[one], one)))
        else:
            self.by.sleep(min(_WATCH_SECONDS, next_at - now))
        return True

    def _attempt(self, incident_id: str) -> None:
        with ExitStack() as held:
            try:
                with self._ledger():
                    prepare(self.by.ledger.directory)
                    held.enter_context(locked(self.by.ledger.directory / ".deliver.lock", seconds_max=0))
            except Busy:
                self.was_busy = True
                self.by.sleep(_BUSY_SECONDS)
                return
            self._look()  # Somebody else may have told it.
            self._try(incident_id)

    @contextmanager
    def _ledger(self) -> Iterator[None]:
        """What its files do not allow is Unwritable."""
        try:
            yield
        except OSError as error:
            raise Unwritable(f"{error.filename or self.by.ledger.directory}: {error.strerror}") from error

    def _try(self, incident_id: str) -> None:
        incident = self.followed.incidents[incident_id]
        step = next_step(incident, again=self.refused)
        if step is None:
            return
        delivery = step.delivery
        result = Superseded(step.words) if isinstance(step, Drop) else self._sent(delivery, incident)
        attempt = tried(delivery, result)
        if attempt is not None:
            self.by.ledger.append([Draft(incident_id, attempt, actor=self.by.actor, origin="outbox")])
        self.refused -= {delivery.delivery_id}
        self._reckon(incident_id, delivery, result)
        told = Told(incident, delivery, result)
        self.told += [] if self.wish.watch else [told]  # Who watches for a year does not keep what was told.
        self.heard(told)

    def _sent(self, delivery: Delivery, incident: Incident) -> Result:
        is_fresh = delivery.delivery_id in self.wish.fresh and not delivery.attempts and not self.was_busy
        try:
            met = self.by.pager.tell(delivery, incident, is_fresh=is_fresh, until=self.until)
        except Exception as error:  # noqa: BLE001 - a mistake of ours with one incident keeps no other from being paged
            return Broken(bug_words(error), after_seconds=_MENDED_SECONDS, may_be_done=True)
        return settled(met, incident, now=self.by.now())

    def _reckon(self, incident_id: str, delivery: Delivery, result: Result) -> None:
        """When it is this incident's turn again."""
        match result:
            case Delivered() | Superseded():
                self.failures.pop(incident_id, None)
            case Held():
                self.failed[incident_id] = delivery.delivery_id
                self.waiting.pop(incident_id, None)  # Until something else happens to it.
            case Later(after_seconds=asked):
                self.failed[incident_id] = delivery.delivery_id
                self.failures[incident_id] = failures = self.failures.get(incident_id, 0) + 1
                pause = pause_seconds(failures, chance=self.by.chance(), asked_seconds=asked)
                self.waiting[incident_id] = self.by.monotonic() + pause
            case _:
                pass
