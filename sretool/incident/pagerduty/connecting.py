"""PagerDuty as the environment and the catalogue say that it is reached."""

from __future__ import annotations

from collections.abc import Mapping

from sretool import clock
from sretool.incident.pagerduty.access import access
from sretool.incident.pagerduty.bounded import BoundedWire
from sretool.incident.pagerduty.pager import PagerDuty
from sretool.incident.pagerduty.wire import ClientWire
from sretool.settings.catalog import Catalog


def connected(environment: Mapping[str, str], catalog: Catalog | None) -> PagerDuty:
    """Nothing is asked yet. Raises Misconfigured."""
    known = access(environment, catalog)
    return PagerDuty(known, BoundedWire(lambda: ClientWire(known)), clock.now)
