"""A receiver as a process: it answers, and PagerDuty is told in the background, also after an outage. An edge."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Final

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
        Thread(target=_look, args=(opened, behind.look), daemon=True).start()
        if behind.pager is not None:
            Thread(target=_deliver, args=(receiver, behind.pager, stopped), daemon=True).start()
        announce(url + PATH)
        stopped.wait()


def _look(opened: SimpleQueue[Event], look: Callable[[Event], None]) -> None:
    while True:
        look(opened.get())


def _deliver(receiver: Receiver, pager: Callable[[], Pager], stopped: Flag) -> None:
    """What is pending at the start, then whatever is to be told, whoever recorded it."""
    while not stopped.is_set():
        try:
            by = Deliverer(receiver.ledger, pager(), actor=actor())
            deliver(by, Wish(watch=True), until=time.monotonic() + _ROUND_SECONDS, heard=receiver.told)
        except (Misconfigured, Unwritable) as error:
            receiver.tell(f"nothing is delivered: {error}")
            stopped.wait(_PAUSE_SECONDS)
