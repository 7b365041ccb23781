"""What happens once something is recorded: it is said, and whoever is to be told is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from sretool.cli.outcome import Exit, Stop
from sretool.cli.streams import ResultUnwritable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sretool.incident.events import Event
    from sretool.incident.history import Incident
    from sretool.incident.ledger import Ledger

_NOT_CONFIGURED: Final = "PagerDuty is not told, for want of a key: set PAGERDUTY_API_KEY or PAGERDUTY_ROUTING_KEY"


def tell(ledger: Ledger, incident_id: str, recorded: Sequence[Event], output: str = "table") -> None:
    """Say how the incident stands after what was recorded, which may be nothing; and tell PagerDuty.

    Ends the command where PagerDuty could not be told: the incident ledger has it, and `deliver` goes on with it.
    """
    if ending := told(ledger, incident_id, recorded, output):
        raise Stop(ending)


def told(ledger: Ledger, incident_id: str, recorded: Sequence[Event], output: str = "table") -> Exit:
    """The same, but say how the command is to end, once it has nothing else to do."""
    if not recorded:
        print("it was so already: nothing was recorded", file=sys.stderr)
    elif ledger.is_rehearsal:
        print("dry run: nothing is recorded; it would be so", file=sys.stderr)
    if output != "json":
        from sretool.incident.wording import standing

        print(standing(_incident(ledger, incident_id)), flush=True)
    ending = deliver(ledger, recorded, output)
    _say_json(ledger, incident_id, output)
    return ending


def say_opened(opened: Event, output: str, *, dry_run: bool) -> None:
    """Print the id, before anything else is done. Where JSON is asked for, that comes when there is all of it."""
    if dry_run:
        print(f"dry run: nothing is recorded; its id would be such as {opened.incident_id}", file=sys.stderr)
        return
    try:
        print(opened.incident_id, file=sys.stderr if output == "json" else sys.stdout, flush=True)
    except ResultUnwritable as error:  # Somebody has to be paged all the same.
        print(f"{opened.incident_id} is opened; standard output takes no more: {error.strerror}", file=sys.stderr)


def tell_opened(ledger: Ledger, opened: Event, output: str) -> None:
    """Say what is known of the incident by now, on stderr; and tell PagerDuty."""
    from sretool.cli.incident.shown import page
    from sretool.clock import now

    for line in page(_incident(ledger, opened.incident_id), now(), with_timeline=False):
        print(line, file=sys.stderr)
    ending = deliver(ledger, [opened], output)
    _say_json(ledger, opened.incident_id, output)
    if ending:
        raise Stop(ending)


def deliver(ledger: Ledger, recorded: Sequence[Event], output: str) -> Exit:
    """Tell PagerDuty, if it is to be told; how the command is to end. A dry run prints the requests instead."""
    if any(event.tells for event in recorded):
        from sretool.cli.incident.paging import tell_pagerduty

        return tell_pagerduty(ledger, recorded, output)
    if any(_is_told_of(event) for event in recorded):
        print(_NOT_CONFIGURED, file=sys.stderr)
    if ledger.is_rehearsal and output == "json":
        print("[]")
    return Exit.FINE


def _is_told_of(event: Event) -> bool:
    """Whether PagerDuty would be told of it, if there were a key: not of further alerts, say."""
    from sretool.incident.events import Acknowledged, Noted, Opened, Resolved

    return isinstance(event.happening, Opened | Acknowledged | Noted | Resolved)


def _say_json(ledger: Ledger, incident_id: str, output: str) -> None:
    if output == "json" and not ledger.is_rehearsal:
        from sretool.cli.incident.shown import whole_json

        print(whole_json(_incident(ledger, incident_id)))


def _incident(ledger: Ledger, incident_id: str) -> Incident:
    found = ledger.incident(incident_id)
    assert found is not None, incident_id
    return found
