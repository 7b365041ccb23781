"""What figures mean: how much budget is left, how long it lasts, and one word that says how it stands.

Compared is first, rounded is for display only. Figures that are not known stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sretool.burn.figures import Burning, Figures, Firing, Group, NoData, PeriodFigures
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
    gone. With `doubts` none of it is to be relied on.
    """

    slo: Slo
    group: Group
    verdict: Verdict
    figures: Figures
    spent: Decimal | NoData
    bad_left: Decimal | None
    exhausted_in_seconds: Decimal | None
    burning: tuple[Burning, ...]
    doubts: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """service/slo, and which group of it."""
        if not self.group:
            return self.slo.full_name
        pairs = ", ".join(f"{label}={value}" for label, value in zip(self.slo.group_by, self.group, strict=True))
        return f"{self.slo.full_name}{{{pairs}}}"

    @property
    def left(self) -> Decimal | NoData:
        return self.spent if isinstance(self.spent, NoData) else 1 - self.spent

    @property
    def burn_rates(self) -> Mapping[Duration, Decimal | NoData]:
        return {
            window: ratio if isinstance(ratio, NoData) else burn_rate(ratio, self.slo.objective)
            for window, ratio in self.figures.windows.items()
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
        firing = {burning.burn_tier for burning in self.burning}
        return tuple(tier for tier in _above(self.slo, self.figures) if tier.name not in firing)


def standing(slo: Slo, group: Group, figures: Figures, *, length: Duration) -> Standing:
    """Judge the figures of one group. `length` is that of the period as it is now, a month's its own."""
    period = figures.period
    spent = budget_spent(slo, period)
    burning = _burning(slo, figures)
    return Standing(
        slo=slo,
        group=group,
        verdict=_verdict(figures, spent, burning),
        figures=figures,
        spent=spent,
        bad_left=_bad_left(slo, period),
        exhausted_in_seconds=_exhausted_in(slo, figures, spent, length),
        burning=burning,
        doubts=(*figures.doubts, *_contradictions(period)),
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


def _verdict(figures: Figures, spent: Decimal | NoData, burning: tuple[Burning, ...]) -> Verdict:
    if not isinstance(spent, NoData) and spent >= 1:
        return "exhausted"
    if burning:
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


def _above(slo: Slo, figures: Figures) -> Iterable[BurnTier]:
    return (tier for tier in slo.alerting.tiers if can_fire(tier, slo.objective) and _is_above(tier, slo, figures))


def _is_above(tier: BurnTier, slo: Slo, figures: Figures) -> bool:
    threshold = tier.threshold(slo.objective.budget)
    ratios = [figures.windows.get(window) for window in (tier.long, tier.short)]
    return all(isinstance(ratio, Decimal) and ratio > threshold for ratio in ratios)


def _bad_left(slo: Slo, period: PeriodFigures | NoData) -> Decimal | None:
    if isinstance(period, NoData) or not period.coverage:
        return None
    return slo.objective.budget * period.every / period.coverage - period.bad


def _exhausted_in(slo: Slo, figures: Figures, spent: Decimal | NoData, length: Duration) -> Decimal | None:
    ratio = figures.windows.get(HOUR)
    if not isinstance(ratio, Decimal) or not ratio or isinstance(spent, NoData) or spent >= 1:
        return None
    return (1 - spent) * length.milliseconds / 1_000 / burn_rate(ratio, slo.objective)


def _contradictions(period: PeriodFigures | NoData) -> Iterable[str]:
    if isinstance(period, PeriodFigures) and period.bad > period.every * _CONTRADICTION:
        yield "more bad than all events: the two sides of its SLI do not count the same things"
