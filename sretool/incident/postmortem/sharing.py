"""Which other incidents the same bad events are counted for, so that nobody adds up what two postmortems say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sretool.incident.history import Incident
from sretool.incident.postmortem.times import detected
from sretool.promql import names

if TYPE_CHECKING:  # They need numpy.
    from sretool.incident.postmortem.impact import Measured, SloImpact

_NAMED_MAX: Final = 3


def with_sharers(
    measured: Measured, others: Sequence[Incident], *, now: datetime, look_back_seconds: float
) -> Measured:
    """The same, with what is to be said of other incidents whose postmortems look at the same bad events.

    A postmortem looks back so many seconds from when its incident was detected, and on until it was resolved.
    """

    def shares(other: Incident, one: SloImpact) -> bool:
        seen = detected(other).at or other.opened_at_utc
        over = other.resolved_at_utc or now
        ended = now.timestamp() if one.ended is None else one.ended
        is_then = one.began <= over.timestamp() and seen.timestamp() - look_back_seconds < ended
        return is_then and one.burnt.course.slo.service in _services(other)

    def told(one: SloImpact) -> SloImpact:
        sharers = [other.incident_id for other in others if shares(other, one)]
        return replace(one, doubts=(*one.doubts, *_words(sharers)))

    return replace(measured, impacts=tuple(told(one) for one in measured.impacts))


def _services(incident: Incident) -> set[str]:
    """All whose SLOs its postmortem looks at."""
    of_alerts = (dict(alert.labels).get(names.SERVICE, "") for alert in incident.alerts)
    return {incident.service, incident.slo.partition("/")[0], *of_alerts}


def _words(sharers: Sequence[str]) -> Iterable[str]:
    if not sharers:
        return
    more = len(sharers) - _NAMED_MAX
    named = ", ".join([*sharers[:_NAMED_MAX], *([f"{more} more"] if more > 0 else [])])
    yield f"these events, or some of them, are counted for {named}, too; the week's report divides them"
