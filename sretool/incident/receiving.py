"""A notification becomes events of the incident ledger: decided under its lock, so that two that say the same are one.

An edge: it writes to the ledger.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from sretool import clock
from sretool.incident.alerts import notification
from sretool.incident.events import Event
from sretool.incident.grouping import Hearer, heard
from sretool.incident.history import Incident
from sretool.incident.ledger import Ledger


def record(
    ledger: Ledger,
    body: bytes,
    *,
    pages: bool,
    now: Callable[[], datetime] = clock.now,
    incidents: Callable[[], tuple[Incident, ...]] | None = None,
) -> tuple[Event, ...]:
    """What was recorded of it, once that is on the disk; nothing where nothing is new.

    `pages`: there is a pager to be told. `incidents` is as Ledger.append_if has it. Raises alerts.NoWebhook,
    ledger.Unwritable.
    """
    notified = notification(body)
    at = now()
    by = Hearer(actor(), at, lambda: ledger.free_id(at), pages)
    return ledger.append_if(lambda known: heard(known, notified, by), incidents=incidents)


def actor() -> str:
    """Who acts where nobody does."""
    return f"alertmanager@{os.uname().nodename}"
