"""The week's pages against what was really lost: the backtest's definitions, held to what fired.

A page came of a loss if it fired while more than the budget's share of events failed, or while its short window still
saw that. Pages about data or invariants have no budget to be held to; they are told apart.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sretool.burn.backtest.firing import Stretch, Told
from sretool.burn.backtest.history import STEP
from sretool.burn.backtest.scoring import Firing, Lost, Score, Share, held_against_losses
from sretool.incident.history import Incident
from sretool.model.burn import can_fire
from sretool.model.slo import Slo
from sretool.model.tiers import BurnTier
from sretool.promql import names
from sretool.report.budgets import is_about
from sretool.report.facts import Asked, Fired, Key
from sretool.report.series import group_of
from sretool.report.shares import computed_share
from sretool.report.spendings import WeekOf
from sretool.report.values import Loss, OtherPage, Page, Pages, Ratio


def pages(asked: Asked, weeks: Mapping[Key, WeekOf], fired: Sequence[Fired], incidents: Sequence[Incident]) -> Pages:
    """All that paged in the week, and all that should have."""
    of_burn, others = _by_key(asked, fired)
    scores = {
        key: held_against_losses(
            [(key[1], one.spending, _told(one, of_burn.get(key, ())))], least_ratio=float(asked.least_loss)
        )
        for key, one in weeks.items()
        if one.spending is not None
    }
    # What fired when the week began was a page of the week before; it tells of losses all the same.
    whole = Score(
        tuple(one for score in scores.values() for one in score.fired("page") if one.told.stretch.first > 0),
        tuple(lost for score in scores.values() for lost in score.losses),
    )
    shown = [_page(weeks[key], one, incidents) for key, score in scores.items() for one in score.fired("page")]
    paged = sorted(filter(None, shown), key=_when_and_what)
    not_of_burn = [_other(one) for one in others]
    costs = [lost.spent_ratio for lost in whole.losses if lost.spent_ratio is not None]
    return Pages(
        least_loss=asked.least_loss,
        pages=tuple(paged),
        losses=_losses(weeks, scores),
        others=tuple(not_of_burn),
        precision=_ratio(whole.precision("page")),
        recall=_ratio(whole.recall("page")),
        spent_when_paged_median=computed_share(statistics.median(costs)) if costs else None,
        spent_when_paged_max=computed_share(max(costs)) if costs else None,
        by_hour=_by_hour([*(one.started_at_utc for one in paged), *(one.started_at_utc for one in not_of_burn)]),
        unjudged=tuple(one.name for one in weeks.values() if one.spending is None),
    )


def _by_key(asked: Asked, fired: Iterable[Fired]) -> tuple[Mapping[Key, list[Fired]], list[Fired]]:
    """Alerts of burn by whose they are, and all others that began in the week."""
    slos: Mapping[tuple[str, str], Slo] = {(slo.service, slo.name): slo for slo in asked.slos}
    found: dict[Key, list[Fired]] = {}
    others = []
    for one in fired:
        slo = slos.get((one.labels.get(names.SERVICE, ""), one.labels.get(names.SLO, "")))
        if slo is not None and names.BURN_TIER in one.labels:
            found.setdefault((slo.full_name, group_of(slo, one.labels)), []).append(one)
        elif one.started_at > asked.week.start:
            others.append(one)
    return found, others


def _told(one: WeekOf, fired: Sequence[Fired]) -> list[Told]:
    """What overlaps is one page: whoever is paged for a tier is not woken again for the next."""
    runs: list[list[Fired]] = []
    end = float("-inf")
    for each in sorted(fired, key=lambda each: each.started_at):
        if each.started_at > end:
            runs.append([])
        runs[-1].append(each)
        end = max(end, one.asked.week.end if each.ended_at is None else each.ended_at)
    return [_as_told(one, run) for run in runs]


def _as_told(one: WeekOf, run: Sequence[Fired]) -> Told:
    tiers = tuple(dict.fromkeys(_tier(one.slo, each.labels[names.BURN_TIER]) for each in run))
    length = one.place(one.asked.week.end) + 1
    ends = [length if each.ended_at is None else one.place(each.ended_at) for each in run]
    first = one.place(run[0].started_at)
    stretch = Stretch(first, max(first + 1, *ends))
    return Told("page", tiers, stretch, int(tiers[0].short.seconds) // STEP)


def _tier(slo: Slo, name: str) -> BurnTier:
    """A tier that the files no longer have counts as the fastest that can fire."""
    live = [tier for tier in slo.alerting.tiers if can_fire(tier, slo.objective)] or list(slo.alerting.tiers)
    fastest = min(live, key=lambda tier: (tier.long, tier.short))
    return next((tier for tier in slo.alerting.tiers if tier.name == name), fastest)


def _page(one: WeekOf, firing: Firing, incidents: Sequence[Incident]) -> Page | None:
    stretch = firing.told.stretch
    if stretch.first == 0:
        return None
    started, ended = one.at(stretch.first), one.at(stretch.end)
    of_it = (incident for incident in incidents if is_about(incident, one) and _goes_on(incident, started, ended))
    return Page(
        started_at_utc=_utc(started),
        ended_at_utc=None if ended > one.asked.week.end else _utc(ended),
        slo=one.name,
        tier=firing.told.tiers[0].name,
        is_matched=firing.loss is not None,
        spent=computed_share(firing.spent_ratio),
        loss_spent=None if firing.loss is None else computed_share(firing.loss.spent_ratio),
        incident_id=next((incident.incident_id for incident in of_it), ""),
    )


def _when_and_what(page: Page) -> tuple[datetime, str]:
    return page.started_at_utc, page.slo


def _goes_on(incident: Incident, started: float, ended: float) -> bool:
    resolved = incident.resolved_at_utc
    return incident.opened_at_utc.timestamp() <= ended and (resolved is None or resolved.timestamp() >= started)


def _losses(weeks: Mapping[Key, WeekOf], scores: Mapping[Key, Score]) -> tuple[Loss, ...]:
    found = [_loss(weeks[key], lost) for key, score in scores.items() for lost in score.losses]
    return tuple(sorted(found, key=lambda one: (one.started_at_utc, one.slo)))


def _loss(one: WeekOf, lost: Lost) -> Loss:
    return Loss(
        started_at_utc=_utc(one.at(lost.loss.stretch.first)),
        ended_at_utc=_utc(one.at(lost.loss.stretch.end)),
        slo=one.name,
        spent=computed_share(lost.loss.spent_ratio),
        bad_events=round(lost.loss.bad_events / one.asked.timing.scale),
        is_paged=bool(lost.told_by),
        spent_when_paged=None if lost.spent_ratio is None else computed_share(lost.spent_ratio),
    )


def _other(one: Fired) -> OtherPage:
    labels = one.labels
    of = labels.get(names.SLO) or labels.get(names.INVARIANT)
    service = labels.get(names.SERVICE, "")
    ended = None if one.ended_at is None else _utc(one.ended_at)
    return OtherPage(_utc(one.started_at), ended, labels.get("alertname", ""), f"{service}/{of}" if of else service)


def _ratio(share: Share) -> Ratio:
    """The interval is rounded outwards, and so holds what it held."""
    if share.interval is None:
        return Ratio(share.hits, share.of, None, None)
    low, high = share.interval
    return Ratio(share.hits, share.of, computed_share(low), -computed_share(-high))


def _by_hour(times: Iterable[datetime]) -> tuple[tuple[int, ...], ...]:
    counts = [[0] * 24 for _ in range(7)]
    for at in times:
        counts[at.weekday()][at.hour] += 1
    return tuple(tuple(row) for row in counts)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
