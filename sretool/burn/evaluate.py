"""What figures mean: how much budget is left, how long it lasts, and one word that says how it stands.

Compared is first, rounded is for display only. Figures that are not known stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from sretool.burn.figures import WINDOWS, Burning, Figures, Firing, Group, NoData, PeriodFigures
from sretool.model.burn import burn_rate, can_fire
from sretool.model.duration import HOUR, Duration
from sretool.model.slo import Slo
from sretool.model.tiers import SEVERITIES, BurnTier

Verdict = Literal["ok", "burning", "exhausted", "no data"]
_WORST_FIRST: tuple[Verdict, ...] = ("exhausted", "burning", "no data", "ok")
# More bad than all events: beyond what the two sides of an SLI may differ by when they are not scraped at once.
_CONTRADICTION = Decimal("1.001")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an SLO, or a group of it, stands. Ratios are of the budget: 1 is all of it, and below 0 it is overspent.

    `bad_left` is how many more events may be bad in a period of the traffic seen so far. `exhausted_in_seconds` is how
    long the rest lasts at the burn of the last hour, both in the time of the rules: None where it does not go, or is
    gone. `early` are tiers of which no alert fires yet, though their two windows are above the threshold by what has
    been seen of them, and enough events were bad. With `doubts` none of it is to be relied on.
    """

    slo: Slo
    group: Group
    verdict: Verdict
    figures: Figures
    spent: Decimal | NoData
    bad_left: Decimal | None
    exhausted_in_seconds: Decimal | None
    burning: tuple[Burning, ...]
    early: tuple[BurnTier, ...]
    doubts: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """service/slo, and which group of it."""
        return full_name(self.slo, self.group)

    @property
    def left(self) -> Decimal | NoData:
        return self.spent if isinstance(self.spent, NoData) else 1 - self.spent

    @property
    def burn_rates(self) -> Mapping[Duration, Decimal | NoData]:
        """By window, of those that are known: of a longer one a service that was just born has seen nothing more.

        What an alert looks at is told beside it all the same.
        """
        names = {burning.burn_tier for burning in self.burning}
        looked_at = {
            window for tier in self.slo.alerting.tiers if tier.name in names for window in (tier.short, tier.long)
        }
        return {
            window: ratio if isinstance(ratio, NoData) else burn_rate(ratio, self.slo.objective)
            for window, ratio in _known_windows(self.figures, looked_at).items()
        }

    @property
    def pages(self) -> bool:
        """Whether somebody is, or would be, paged for its burn."""
        return any(burning.severity == "page" for burning in self.burning)

    @property
    def unfired(self) -> tuple[BurnTier, ...]:
        """Tiers whose two windows are above their threshold, with rules that could fire, of which no alert does."""
        if self.figures.windows_source != "recorded":
            return ()
        told = {*(burning.burn_tier for burning in self.burning), *(tier.name for tier in self.early)}
        return tuple(tier for tier in _above(self.slo, self.figures) if tier.name not in told)

    def is_due(self, tier: BurnTier) -> bool:
        """Whether a tier has all that its alert compares."""
        return _is_above(tier, self.slo, self.figures)

    @property
    def pages_soon(self) -> bool:
        """Whether a page is due by what has been seen: had as much been seen as its alert wants, or any moment now."""
        return any(tier.severity == "page" for tier in self.early)


def as_shown(one: Standing) -> Standing:
    """The standing as people may see it: no budget of one whose data come no more, for it would read as being of now.

    Windows that are counted stay, as far as they reach back to when there were data. The gate and postmortems count on:
    what was gone by the last sample is gone.
    """
    if one.verdict != "no data" or one.figures.is_current or isinstance(one.spent, NoData):
        return one
    unknown = NoData(next(iter(one.doubts), "its data come no more"))
    figures = replace(one.figures, period=unknown)
    if figures.windows_source == "recorded":
        figures = replace(figures, windows=dict.fromkeys(figures.windows, unknown), coverages={})
    return replace(one, figures=figures, spent=unknown, bad_left=None, exhausted_in_seconds=None)


def full_name(slo: Slo, group: Group) -> str:
    """service/slo, and which group of it."""
    pairs = ", ".join(f"{label}={value}" for label, value in zip(slo.group_by, group, strict=True)) if group else ""
    return f"{slo.full_name}{{{pairs}}}" if pairs else slo.full_name


def standing(slo: Slo, group: Group, figures: Figures, *, length: Duration) -> Standing:
    """Judge the figures of one group. `length` is that of the period as it is now, a month's its own."""
    period = figures.period
    spent = budget_spent(slo, period)
    burning = _burning(slo, figures)
    early = _early(slo, figures, burning, length)
    return Standing(
        slo=slo,
        group=group,
        verdict=_verdict(figures, spent, is_burning=bool(burning) or any(tier.severity == "page" for tier in early)),
        figures=figures,
        spent=spent,
        bad_left=_bad_left(slo, period),
        exhausted_in_seconds=_exhausted_in(slo, figures, spent, length),
        burning=burning,
        early=early,
        doubts=(*figures.doubts, *_unmeasured(figures, length), *_contradictions(period)),
    )


def budget_spent(slo: Slo, period: PeriodFigures | NoData) -> Decimal | NoData:
    """The share of the whole period's budget that is gone: a period seen for an hour has spent at most an hour of it.

    As the recorded slo:period_budget_spent:ratio has it.
    """
    if isinstance(period, NoData):
        return period
    ratio = period.error_ratio
    return ratio if isinstance(ratio, NoData) else burn_rate(ratio, slo.objective) * period.coverage


def worst_first(standings: Iterable[Standing]) -> list[Standing]:
    """Who is paged for, then the exhausted, the burning, those without data, and the others by what is left."""
    return sorted(standings, key=_badness)


def _badness(one: Standing) -> tuple[bool, int, Decimal, str, Group]:
    left = Decimal(0) if isinstance(one.left, NoData) else one.left
    return not one.pages, _WORST_FIRST.index(one.verdict), left, one.slo.full_name, one.group


def _verdict(figures: Figures, spent: Decimal | NoData, *, is_burning: bool) -> Verdict:
    if not isinstance(spent, NoData) and spent >= 1:
        return "exhausted"
    if is_burning:
        return "burning"
    return "no data" if isinstance(spent, NoData) or not figures.is_current else "ok"


def _burning(slo: Slo, figures: Figures) -> tuple[Burning, ...]:
    """The tiers whose alerts fire; where no rules are loaded, those that would by both their windows."""
    if figures.windows_source == "recorded":
        firing = {Burning(one.burn_tier, _severity(one)) for one in figures.firing if one.is_burn}
        return tuple(sorted(firing, key=lambda one: (one.severity, one.burn_tier)))
    return tuple(Burning(tier.name, tier.severity) for tier in _above(slo, figures))


def _severity(firing: Firing) -> Literal["page", "ticket"]:
    return next((severity for severity in SEVERITIES if severity == firing.severity), "page")


def _early(slo: Slo, figures: Figures, burning: tuple[Burning, ...], length: Duration) -> tuple[BurnTier, ...]:
    """As few bad events as never page are no burn, however few events there were.

    How many of the period's were bad within a window is known as long as it holds all that was seen of the period.
    """
    period = figures.period
    if not isinstance(period, PeriodFigures) or period.bad < slo.alerting.min_bad_events:
        return ()
    seen_ms = period.coverage * length.milliseconds
    told = {one.burn_tier for one in burning}
    told |= {tier.name for tier in _above(slo, figures) if seen_ms > tier.long.milliseconds}
    by_what_was_seen = _above(slo, replace(figures, coverages={}))
    return tuple(tier for tier in by_what_was_seen if tier.name not in told)


def _above(slo: Slo, figures: Figures) -> Sequence[BurnTier]:
    """The most urgent first, in whichever order they are written: pages, and of these the fastest."""
    above = (tier for tier in slo.alerting.tiers if can_fire(tier, slo.objective) and _is_above(tier, slo, figures))
    return sorted(above, key=lambda tier: (SEVERITIES.index(tier.severity), tier.long, tier.short))


def _is_above(tier: BurnTier, slo: Slo, figures: Figures) -> bool:
    """As its alert compares: the long window's ratio counts by how much of the window has been seen."""
    threshold = tier.threshold(slo.objective.budget)
    long, short = figures.windows.get(tier.long), figures.windows.get(tier.short)
    if not isinstance(long, Decimal) or not isinstance(short, Decimal):
        return False
    return long * figures.coverage(tier.long) > threshold and short > threshold


def _known_windows(figures: Figures, looked_at: Set[Duration]) -> Mapping[Duration, Decimal | NoData]:
    """Windows, but for those that a shorter one holds all of that has been seen, and at which nobody looks."""
    shorter = dict(pairwise(sorted(figures.windows, reverse=True)))
    return {
        window: ratio
        if window in looked_at or _is_known(figures, window, shorter.get(window))
        else NoData("too little of it has been seen")
        for window, ratio in figures.windows.items()
    }


def _is_known(figures: Figures, window: Duration, shorter: Duration | None) -> bool:
    return shorter is None or figures.coverage(window) * window.milliseconds > shorter.milliseconds


def _bad_left(slo: Slo, period: PeriodFigures | NoData) -> Decimal | None:
    if isinstance(period, NoData) or not period.coverage:
        return None
    return slo.objective.budget * period.every / period.coverage - period.bad


def _exhausted_in(slo: Slo, figures: Figures, spent: Decimal | NoData, length: Duration) -> Decimal | None:
    ratio = figures.windows.get(HOUR)
    if not isinstance(ratio, Decimal) or not ratio or isinstance(spent, NoData) or spent >= 1:
        return None
    return (1 - spent) * length.milliseconds / 1_000 / burn_rate(ratio, slo.objective)


def _unmeasured(figures: Figures, length: Duration) -> Iterable[str]:
    """Between the first sample and the first error ratio nobody knows whether it burns; idle is who was seen longer."""
    period, shortest = figures.period, WINDOWS[0]
    is_young = isinstance(period, PeriodFigures) and period.coverage * length.milliseconds < shortest.milliseconds
    if is_young and isinstance(figures.windows.get(shortest), NoData):
        yield f"it has been seen for less than {shortest}, and no error ratio of it is known yet"


def _contradictions(period: PeriodFigures | NoData) -> Iterable[str]:
    if isinstance(period, PeriodFigures) and period.bad > period.every * _CONTRADICTION:
        yield "more bad than all events: the two sides of its SLI do not count the same things"
