"""A wire that is back in time, whatever happens on it. An edge: it has threads.

The client's time limit is one of each step, and names are resolved without any: a server that sends a byte a second
would have all the time it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence
from sretool.incident.pagerduty.wire import Wire


class BoundedWire:
    """Asks by another wire in a thread. One that does not come back is left to itself, with its wire."""

    def __init__(self, new_wire: Callable[[], Wire]) -> None:
        self._new_wire = new_wire
        self._wire = new_wire()

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        asked: Future[Reply | Silence] = Future()
        Thread(target=_ask, args=(asked, self._wire, call, seconds), daemon=True).start()
        try:
            return asked.result(seconds)
        except TimeoutError:
            self._wire = self._new_wire()
            return Silence(f"PagerDuty did not answer within {seconds:.2g} s", may_be_done=True)


def _ask(asked: Future[Reply | Silence], wire: Wire, call: Call, seconds: float) -> None:
    try:
        asked.set_result(wire.ask(call, seconds=seconds))
    except BaseException as error:  # noqa: BLE001 - handed on to whoever asked, in the other thread
        asked.set_exception(error)
