"""How budgets stood when an incident was opened, and how bad it is by that. Pure.

Silence is not health: what is not known is as bad as what pages, until somebody knows better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from sretool.burn.evaluate import Standing
from sretool.burn.figures import NoData
from sretool.burn.invariants import InvariantStanding
from sretool.burn.status import Status
from sretool.incident.events import Reading, Severity, Snapshot
from sretool.incident.wording import span
from sretool.model.duration import Duration
from sretool.model.slo import Service
from sretool.rules.links import link

READINGS_MAX: Final = 20
_WINDOWS: Final = tuple(Duration.parse(text) for text in ("5m", "1h", "6h", "3d"))
_A_DAY: Final = timedelta(days=1)
_PLACES: Final = Decimal("0.0001")


class Proposal(NamedTuple):
    """A severity, and why."""

    severity: Severity
    reason: str


def snapshot(status: Status, *, runbook_url: str | None) -> Snapshot:
    """What stood worst first; of many no more than can be looked at."""
    broken = [_of_invariant(one, runbook_url) for one in status.invariants]
    readings = [*broken, *(_of_slo(one, runbook_url) for one in status.standings)]
    return Snapshot(datetime.fromtimestamp(status.at, UTC), tuple(readings[:READINGS_MAX]))


def unknown(services: Iterable[Service], at: datetime, failure: str, *, runbook_url: str | None) -> Snapshot:
    """What the files say of what is asked about, where Prometheus says nothing."""
    asked = [(one.full_name, one.runbook) for service in services for one in service.slos]
    asked += [(f"{one.service}/{one.name}", one.runbook) for service in services for one in service.invariants]
    readings = [Reading(name, "not known", runbook=_link(runbook, runbook_url)) for name, runbook in asked]
    return Snapshot(at, tuple(readings[:READINGS_MAX]), failure)


def proposal(status: Status, *, is_named: bool) -> Proposal:
    """How bad it is: as bad as the worst of what was asked about.

    `is_named` says that the incident is about just that; otherwise what stands well says nothing about the incident.
    """
    found = [
        *_violated(status.invariants),
        *(proposed for one in status.standings for proposed in _burning(one)),
        *_firing(status),
        *_not_known(status),
    ]
    if found:
        return min(found, key=lambda one: one.severity)  # The first of those.
    if not is_named:
        return Proposal("sev2", "no SLO shows it, so nobody knows how bad it is")
    return Proposal("sev4", "nothing burns")


def _violated(invariants: Iterable[InvariantStanding]) -> Iterator[Proposal]:
    for one in invariants:
        if one.state == "violated":
            yield Proposal("sev1", f"{one.full_name} is violated, which must never happen")


def _burning(one: Standing) -> Iterator[Proposal]:
    above = [tier.name for tier in (*one.early, *one.unfired) if tier.severity == "page"]
    if one.pages:
        yield _paging(one)
    elif above:
        words = (
            f"{one.full_name} burns fast enough to page, and no alert does so yet ({', '.join(dict.fromkeys(above))})"
        )
        yield Proposal("sev2", words)
    elif one.verdict == "exhausted":
        yield Proposal("sev3", f"the budget of {one.full_name} is gone, and nothing pages")
    elif one.burning:
        yield Proposal("sev3", f"{one.full_name} burns so that it can wait for the morning ({_tiers(one, 'ticket')})")


def _paging(one: Standing) -> Proposal:
    words = f"{one.full_name} burns fast enough to page ({_tiers(one, 'page')})"
    if not isinstance(one.left, NoData) and one.left <= 0:
        return Proposal("sev1", f"{words}, and its budget is gone")
    if one.exhausted_in_seconds is not None:
        rest = timedelta(seconds=float(one.exhausted_in_seconds))
        if rest <= _A_DAY:
            return Proposal("sev1", f"{words}, and the rest of its budget lasts {span(rest)}")
    return Proposal("sev2", words)


def _firing(status: Status) -> Iterator[Proposal]:
    """Alerts that page, but not for a burn."""
    of_slos = [(one.full_name, one.figures.firing) for one in status.standings]
    for name, all_firing in (*of_slos, *status.service_alerts.items()):
        for firing in all_firing:
            if firing.severity == "page" and not firing.is_burn:
                yield Proposal("sev2", f"{firing.alert} {firing.state}".rstrip() + f" fires for {name}")


def _not_known(status: Status) -> Iterator[Proposal]:
    for one in status.standings:
        if one.verdict == "no data":
            yield Proposal("sev2", f"{one.full_name} has no data, so nobody knows how bad it is")
        elif one.doubts:
            yield Proposal("sev2", f"the figures of {one.full_name} are doubtful: {one.doubts[0]}")
    for broken in status.invariants:
        if broken.state == "no data":
            yield Proposal("sev2", f"nothing measures {broken.full_name}, so nobody knows how bad it is")
    for warning in status.warnings:
        yield Proposal("sev2", f"the answers of the server are not whole: {warning}")


def _tiers(one: Standing, severity: str) -> str:
    return ", ".join(burning.burn_tier for burning in one.burning if burning.severity == severity)


def _of_slo(one: Standing, runbook_url: str | None) -> Reading:
    rates = one.burn_rates
    known = [(window, rate) for window in _WINDOWS if isinstance(rate := rates.get(window), Decimal)]
    reasons = (one.left.reason,) if isinstance(one.left, NoData) else ()
    return Reading(
        slo=one.full_name,
        verdict=one.verdict,
        budget_left=None if isinstance(one.left, NoData) else _shortened(one.left),
        burn_rates=tuple((str(window), _shortened(rate)) for window, rate in known),
        firing=tuple(_firing_words(one)),
        doubts=(*reasons, *one.doubts),
        runbook=_link(one.slo.runbook, runbook_url),
    )


def _firing_words(one: Standing) -> Iterator[str]:
    """The burn by tier, whether its alerts are there or would be; then all else that fires."""
    would = "" if one.figures.windows_source == "recorded" else "would "
    for burning in one.burning:
        yield f"{would}{burning.severity} {burning.burn_tier}"
    for firing in one.figures.firing:
        if not firing.is_burn:
            yield f"{firing.alert} {firing.state}".rstrip()


def _of_invariant(one: InvariantStanding, runbook_url: str | None) -> Reading:
    return Reading(one.full_name, one.state, runbook=_link(one.invariant.runbook, runbook_url))


def _link(runbook: str, runbook_url: str | None) -> str:
    return runbook if runbook_url is None else link(runbook, runbook_url)


def _shortened(value: Decimal) -> Decimal:
    """For people: what is compared was compared before."""
    return Decimal(f"{value.quantize(_PLACES).normalize():f}")  # 50, which is 5E+1 as well.
