"""What happens once something is recorded: it is said, and whoever is to be told is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sretool.incident.events import Event
    from sretool.incident.ledger import Ledger

_NOT_CONFIGURED: Final = "PagerDuty is not told, for want of a key: set PAGERDUTY_API_KEY or PAGERDUTY_ROUTING_KEY"


def tell(ledger: Ledger, incident_id: str, recorded: Sequence[Event]) -> None:
    """Say how the incident stands after what was recorded, which may be nothing."""
    from sretool.incident.wording import standing

    incident = ledger.incident(incident_id)
    assert incident is not None, incident_id
    print(standing(incident))
    if recorded:
        deliver(recorded)
    else:
        print("it was so already: nothing was recorded", file=sys.stderr)


def deliver(recorded: Sequence[Event]) -> None:
    """Tell PagerDuty, if it is to be told."""
    if not any(event.tells for event in recorded):
        print(_NOT_CONFIGURED, file=sys.stderr)
