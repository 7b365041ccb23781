"""The real PagerDuty, for a demonstration that somebody wants to be woken by. Nothing is asked of it here."""

from __future__ import annotations

from collections.abc import Mapping

from sretool.demo.paging import PagerDuty
from sretool.demo.repository import PAGED
from sretool.incident.pagerduty.access import ROUTING_KEY, Misconfigured, access, lacking_to_write
from sretool.settings.catalog import Catalog


class NotReal(Exception):
    """It cannot be told. The message says what is missing."""


def real_pagerduty(environment: Mapping[str, str], catalog: Catalog | None) -> PagerDuty:
    """What the environment and the catalogue of the user say of it. Raises NotReal."""
    # A routing key would page for a service that nobody has named.
    alone = {ROUTING_KEY: ""}
    try:
        known = access({**environment, **alone}, catalog)
    except Misconfigured as error:
        raise NotReal(str(error)) from error
    if lacking := lacking_to_write(known, actor=""):
        raise NotReal(lacking)
    if PAGED not in known.services:
        raise NotReal(
            f"the catalogue here has no PagerDuty id of {PAGED}: write it as pagerduty: under services.{PAGED}"
        )
    return PagerDuty(alone, real_service=known.services[PAGED], real_url=known.rest_url)
