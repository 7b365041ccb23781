"""How the budget stood when an incident was opened: asked of Prometheus, recorded, and said."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from sretool.burn.status import Asked
from sretool.cli.incident.arguments import repository
from sretool.cli.outcome import Stop
from sretool.clock import now
from sretool.incident.acting import Author
from sretool.incident.acting import look_back as record
from sretool.incident.events import SEVERITIES, Event, Severity
from sretool.incident.ledger import Ledger, Unwritable
from sretool.incident.looking import SECONDS_MAX, look
from sretool.incident.naming import Subject, UnknownName, asked_about
from sretool.model.slo import Service
from sretool.prometheus.configured import endpoint
from sretool.prometheus.server import Prometheus
from sretool.rules.timing import Timing


def look_back(
    ledger: Ledger,
    who: Author,
    opened: Event,
    subject: Subject,
    *,
    is_given: bool,
    takes: Collection[Severity] = SEVERITIES,
    url: str | None,
    headers: Sequence[str] | None,
    time_scale: int,
) -> None:
    """Record what is seen; the severity, too, unless it `is_given` or is none that `takes` has.

    Whatever goes wrong here, the page goes out.
    """
    settings = repository().settings
    at = float(int((who.at or now()).timestamp()))
    asked = Asked(
        _services(subject, is_rehearsal=ledger.is_rehearsal), at, Timing(settings.scrape_interval, time_scale)
    )
    looked = look(
        partial(_connected, url, headers),
        asked,
        is_named=bool(subject.name),
        runbook_url=settings.runbook_url,
        seconds_max=SECONDS_MAX,
    )
    proposed = looked.proposal
    severity = None if is_given or proposed is None or proposed.severity not in takes else proposed
    try:
        record(ledger, who, opened.incident_id, seen=looked.snapshot, severity=severity)
    except Unwritable as error:
        print(f"how the budget stood was not recorded: {error}", file=sys.stderr)


@contextmanager
def _connected(url: str | None, headers: Sequence[str] | None) -> Iterator[Prometheus | None]:
    """The Prometheus to ask, or None where nobody has named one."""
    found = endpoint(
        "prometheus",
        repository().settings.prometheus,
        os.environ,
        url=url,
        timeout_seconds=SECONDS_MAX,
        headers=headers or (),
    )
    if found is None:
        yield None
        return
    with Prometheus(found) as server:
        yield server


def _services(subject: Subject, *, is_rehearsal: bool) -> tuple[Service, ...]:
    """What there is to ask about. Says so where it turns out that nothing is called so."""
    from sretool.cli.inputs import read

    recorded = "would be recorded" if is_rehearsal else "recorded"
    if subject.doubt:
        print(f"warning: {recorded} all the same: {subject.doubt}", file=sys.stderr)
    try:
        specs = read(None)
    except Stop:  # There are no SLOs here: nothing to ask about, and no reason to stop.
        return ()
    try:
        return asked_about(specs.services, subject)
    except UnknownName as error:
        if not subject.doubt:
            print(f"warning: {recorded} all the same: {error}", file=sys.stderr)
        return ()
