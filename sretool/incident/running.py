"""A receiver as a process: it answers, and PagerDuty is told in the background, also after an outage. An edge."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Final

from sretool.incident.bugs import bug_words
from sretool.incident.deliver import Deliverer, Wish, deliver
from sretool.incident.events import Event, Opened
from sretool.incident.ledger import Unwritable
from sretool.incident.listening import listening
from sretool.incident.outbox import Pager
from sretool.incident.pagerduty.access import Misconfigured
from sretool.incident.receiver import PATH, Receiver
from sretool.incident.receiving import actor
from sretool.incident.stopping import told_to_stop

# After each round the catalogue is read again, and what had lacked something there is tried again.
_ROUND_SECONDS: Final = 300.0
_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Behind:
    """What is done once the answer is given. `pager` gives PagerDuty as the settings have it just now; None where there
    is no key. `look` asks how the budget of an incident that was opened stands, and records it.
    """

    pager: Callable[[], Pager] | None
    look: Callable[[Event], None]


def serve(receiver: Receiver, behind: Behind, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Until SIGINT or SIGTERM. What is under way then is in the ledger, and goes on at the next start.

    Raises OSError for a place that is taken.
    """
    opened: SimpleQueue[Event] = SimpleQueue()

    def recorded(events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event.happening, Opened):
                opened.put(event)

    receiver.recorded = recorded
    with told_to_stop() as stopped, listening(receiver, host, port) as url:
        Thread(target=keep_looking, args=(receiver, opened, behind.look), daemon=True).start()
        if behind.pager is not None:
            rounds = partial(_round, receiver, behind.pager)
            Thread(target=keep_delivering, args=(receiver, rounds, stopped), daemon=True).start()
        announce(url + PATH)
        stopped.wait()


def keep_looking(receiver: Receiver, opened: SimpleQueue[Event], look: Callable[[Event], None]) -> None:
    """Look back from each that was opened, whatever became of the one before."""
    while True:
        event = opened.get()
        try:
            look(event)
        except Exception as error:  # noqa: BLE001 - nobody looks after this thread, and others are waiting
            receiver.erred(f"{event.incident_id}: how the budget stood is not recorded: {bug_words(error)}")


def keep_delivering(receiver: Receiver, rounds: Callable[[float], None], stopped: Flag) -> None:
    """Deliver in rounds of so many seconds; one that fails ends none but itself, and the receiver says so meanwhile."""
    seconds = _ROUND_SECONDS
    while not stopped.is_set():
        try:
            rounds(seconds)
        except (Misconfigured, Unwritable) as error:
            receiver.delivers(but=str(error))
        except Exception as error:  # noqa: BLE001 - nobody looks after this thread, and people are to be woken by it
            receiver.erred(words := bug_words(error))
            receiver.delivers(but=words)
        else:
            receiver.delivers()
            seconds = _ROUND_SECONDS
            continue
        seconds = _PAUSE_SECONDS  # Short, so that it is soon known whether it was mended.
        stopped.wait(_PAUSE_SECONDS)


def _round(receiver: Receiver, pager: Callable[[], Pager], seconds: float) -> None:
    """What is pending at the start, then whatever is to be told, whoever recorded it."""
    by = Deliverer(receiver.ledger, pager(), actor=actor())
    deliver(by, Wish(watch=True), until=time.monotonic() + seconds, heard=receiver.told)
