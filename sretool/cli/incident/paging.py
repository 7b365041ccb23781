"""PagerDuty, as the verbs tell it: waited for a little while, or shown what it would be told."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sretool.cli.outcome import Exit

if TYPE_CHECKING:
    from sretool.incident.deliver import Report
    from sretool.incident.events import Event
    from sretool.incident.history import Incident
    from sretool.incident.ledger import Ledger


def tell_pagerduty(ledger: Ledger, recorded: Sequence[Event], output: str = "table") -> Exit:
    """Deliver what events ask for, within 10 s, and say on stderr what became of it; how the command is to end."""
    from sretool.incident.deliver import FOREGROUND_SECONDS, Deliverer, Wish, deliver

    until = time.monotonic() + FOREGROUND_SECONDS  # Loading PagerDuty's client counts, too.
    from sretool.cli.incident.arguments import author, repository
    from sretool.incident.history import delivery_id
    from sretool.incident.ledger import Unwritable
    from sretool.incident.pagerduty.access import Misconfigured
    from sretool.incident.pagerduty.connecting import connected
    from sretool.incident.rehearsing import RehearsalLedger
    from sretool.incident.tidings import seen_to_by_others, summary

    incident_id = recorded[0].incident_id
    fresh = frozenset(delivery_id(event, action) for event in recorded for action in event.tells)
    try:
        if isinstance(ledger, RehearsalLedger):
            return rehearse([one for one in ledger.incidents() if one.incident_id == incident_id], output, fresh=fresh)
        by = Deliverer(ledger, connected(os.environ, repository().catalog), author(None).actor)
        report = deliver(by, Wish(incident_id, fresh), until=until)
    except Misconfigured as error:
        print(f"PagerDuty is not told: {error}; mend that, then: sretool incident deliver", file=sys.stderr)
        return Exit.WRONG_INPUT
    except Unwritable as error:
        words = "PagerDuty may have been told, which cannot be recorded"
        print(f"{words}: {error}; mend that, then: sretool incident deliver", file=sys.stderr)
        return Exit.WRONG_INPUT
    incident = ledger.incident(incident_id)
    elsewhere = () if incident is None else seen_to_by_others(incident, fresh, report)
    for line in (*elsewhere, *summary(report)):
        print(line, file=sys.stderr)
    return ending(report)


def ending(report: Report) -> Exit:
    from sretool.incident.tidings import verdict

    return {"told": Exit.FINE, "queued": Exit.QUEUED, "refused": Exit.WRONG_INPUT, "broken": Exit.OUR_BUG}[
        verdict(report)
    ]


def rehearse(incidents: Iterable[Incident], output: str = "table", *, fresh: frozenset[str] = frozenset()) -> Exit:
    """Print the requests for what is still to be told. Nobody can have tried the `fresh` ones. Raises Misconfigured."""
    from sretool import clock
    from sretool.cli.incident.arguments import repository
    from sretool.incident.outbox import still_to_send
    from sretool.incident.pagerduty.access import access
    from sretool.incident.pagerduty.rehearsal import as_json, as_text, rehearsed

    known = access(os.environ, repository().catalog)
    requests = [
        request
        for incident in incidents
        for delivery in still_to_send(incident)
        for request in rehearsed(known, incident, delivery, is_fresh=delivery.delivery_id in fresh, now=clock.now)
    ]
    if output == "json":
        print(json.dumps([as_json(request) for request in requests], indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(map(as_text, requests)) or "nothing would be sent")
    return Exit.FINE
