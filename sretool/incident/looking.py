"""How budgets stand just now, asked of Prometheus within a few seconds, whatever it does. An edge: it asks a server."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread
from typing import Final

from sretool.burn.cache import Days, default_directory
from sretool.burn.figures import NoData
from sretool.burn.status import Asked, Status, status
from sretool.incident.events import Snapshot
from sretool.incident.snapshot import Proposal, proposal, snapshot, unknown
from sretool.prometheus.configured import Misconfigured
from sretool.prometheus.errors import NoAnswer
from sretool.prometheus.server import Prometheus

SECONDS_MAX: Final = 3.0
Connect = Callable[[], AbstractContextManager[Prometheus | None]]
_NOBODY: Final = "no Prometheus is named: set SRETOOL_PROMETHEUS_URL, or write `prometheus: URL` into sretool.yaml"
_NOTHING: Final = "there are no SLOs to ask about"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, and the severity that it proposes; None where nothing was seen."""

    snapshot: Snapshot
    proposal: Proposal | None


@dataclass(slots=True)
class _Answers:
    """The best answer so far, or why there is none. Written by one thread and read by another."""

    status: Status | None = None
    failure: str = ""


def look(
    connect: Connect,
    asked: Asked,
    *,
    is_named: bool,
    runbook_url: str | None = None,
    seconds_max: float = SECONDS_MAX,
) -> Looked:
    """Ask what rules have recorded, which is quick, then what counters say; what has come when the time is up counts.

    Without an answer the snapshot says why. Whoever answers later is not waited for. Ctrl-C ends the waiting, and
    nothing else: somebody is still to be paged.
    """
    answers = _Answers(failure="" if asked.services else _NOTHING)
    asking = Thread(target=_ask, args=(connect, asked, answers), daemon=True)
    late = f"Prometheus had not answered within {seconds_max:g} s"
    try:
        asking.start()
        asking.join(seconds_max)
    except KeyboardInterrupt:
        late = "Prometheus was not waited for"
    found = answers.status
    if found is None:
        at = datetime.fromtimestamp(asked.at, UTC)
        services = asked.services if is_named else ()
        return Looked(unknown(services, at, answers.failure or late, runbook_url=runbook_url), None)
    proposed = proposal(found, is_named=is_named)
    return Looked(snapshot(found, runbook_url=runbook_url), proposed)


def _ask(connect: Connect, asked: Asked, answers: _Answers) -> None:
    if answers.failure:
        return
    try:
        with connect() as server:
            if server is None:
                answers.failure = _NOBODY
                return
            recorded = answers.status = status(server, replace(asked, source="recorded"), ())
            cache = Days(default_directory(os.environ), server.identity)
            counted = status(server, replace(asked, source="auto", cache=cache), ())
            if _not_known(counted) <= _not_known(recorded):
                answers.status = counted
    except (NoAnswer, Misconfigured) as error:
        answers.failure = str(error)


def _not_known(found: Status) -> int:
    """How many budgets."""
    return sum(isinstance(one.left, NoData) for one in found.standings)
