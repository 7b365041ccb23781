"""Stories of budgets that burn: what pages and when, what is a ticket, what is nothing; and that it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from sretool import clock
from sretool.model.burn import LONGEST_UNSTEPPED, RAMP_SECONDS
from sretool.model.duration import MINUTE
from sretool.model.objective import plain
from sretool.model.period import CalendarMonth
from sretool.model.tiers import BurnTier
from sretool.promql import names
from sretool.promql.literal import string_literal
from sretool.rules.calendar import FIRST_YEAR, LAST_YEAR
from sretool.rules.periods import tile
from sretool.rules.unittests.actor import Actor
from sretool.rules.unittests.claims import (
    down_to_step,
    equals,
    fires,
    has_fired,
    is_near,
    is_silent,
    up_to_step,
    was_silent,
)
from sretool.rules.unittests.reckoning import (
    cleared_within,
    detected_within,
    not_before,
    rate_of,
    rounded,
    spoken,
    tellers,
    well,
)
from sretool.rules.unittests.scenario import EVALUATION_SECONDS, Expectation, LeftOut, Pace, Scenario, Told
from sretool.rules.unittests.sources import Phase, length

_HOUR = 3_600
_LONGEST_SECONDS: dict[Pace, int] = {"fast": 3 * _HOUR, "slow": 20 * _HOUR}
_HALF_HOUR = 1_800
_SLICE = 30  # Time slices look twice a minute; what is shorter may be seen or not.
_NONE, _ALL = Decimal(0), Decimal(1)
_DAYS_OF_JANUARY = 31
_ONE_PERCENT = Decimal("0.01")
_BY: dict[Pace, str] = {"fast": "", "slow": " by the slower tiers"}


def outage(actor: Actor, pace: Pace) -> Told:
    """All is well, everything fails, all is well again: as the tiers see it that a pace has time for."""
    bounds = tellers(actor, pace)
    if not bounds:
        return None
    lasting = actor.scrapes(max(bounds.values())) + 1
    clears = {tier: bound for tier in bounds if (bound := cleared_within(actor, tier, pace)) <= 3 * _HOUR}
    rate = actor.events(rate_of(actor))
    phases = (
        Phase(actor.quiet, rate),
        Phase(lasting, rate, _ALL),
        Phase(actor.scrapes(max(clears.values(), default=0) + EVALUATION_SECONDS[pace]) + 1, rate),
    )
    begins, ends = actor.quiet * actor.scrape, (actor.quiet + lasting) * actor.scrape
    expected = _before(actor, down_to_step(begins, pace))
    expected += [e for tier in bounds for e in _detection(actor, tier, pace, begins=begins, bound=bounds[tier])]
    if pace == "fast":
        expected += _while_failing(actor, begins=begins, ends=ends)
    for tier, bound in clears.items():
        claim = f"{tier.name} is over within {spoken(bound)} of the end"
        expected.append(is_silent(claim, actor.burning([tier]), up_to_step(ends + bound, pace)))
    title = f"a total outage is told in time{_BY[pace]}, and its end too"
    return Scenario(title, actor.slo.name, pace, actor.inputs(phases, others=well(phases)), tuple(expected))


def untold_outage(actor: Actor) -> LeftOut | None:
    """The tiers that a total outage takes too long to reach."""
    told = [*tellers(actor, "fast"), *tellers(actor, "slow")]
    untold = ", ".join(tier.name for tier in actor.tiers if tier not in told)
    why = f"even that takes {untold} more hours than a test has"
    return LeftOut("a total outage is told in time", actor.slo.name, why) if untold else None


def _thresholds(actor: Actor, at: int) -> list[Expectation]:
    """Exact literals: factor x budget in decimals."""
    return [
        equals(
            f"{tier.name} fires above {plain(tier.factor.normalize())} times the budget",
            f"{names.THRESHOLD}{{{', '.join((*actor.identity, f'burn_tier={string_literal(tier.name)}'))}}}",
            at,
            tier.threshold(actor.slo.objective.budget),
        )
        for tier in actor.tiers
    ]


def _before(actor: Actor, at: int) -> list[Expectation]:
    expected = [equals("nothing is bad", actor.recorded(names.BAD), at, _NONE), _traffic(actor, at)]
    if actor.stimulus.clean_birth:
        expected.insert(0, is_silent("nothing burns before the fault", actor.burning(actor.tiers), at))
    return expected


def _traffic(actor: Actor, at: int) -> Expectation:
    rate = Decimal(rate_of(actor)) if actor.stimulus.countable else actor.stimulus.all_rate
    return is_near("all events are counted", actor.recorded(names.ALL), at, rate, within=_ONE_PERCENT)


def _detection(actor: Actor, tier: BurnTier, pace: Pace, *, begins: int, bound: float) -> list[Expectation]:
    early, late = down_to_step(begins + not_before(actor, tier), pace), up_to_step(begins + bound, pace)
    one = actor.burning([tier], only_first_group=True)
    expected = [fires(f"{tier.name} fires within {spoken(late - begins)} of the fault", one, late)]
    if len(actor.groups) > 1:
        expected.append(fires(f"{tier.name} fires for one group only", actor.burning([tier]), late))
    if actor.stimulus.clean_birth and early > begins:
        claim = f"{tier.name} is still silent {spoken(early - begins)} after the fault"
        expected.insert(0, is_silent(claim, actor.burning([tier]), early))
    return expected


def _while_failing(actor: Actor, *, begins: int, ends: int) -> list[Expectation]:
    stimulus, expected = actor.stimulus, []
    seen_whole = RAMP_SECONDS + 2 * actor.scrape + stimulus.delay_seconds
    if ends - begins >= seen_whole:
        ratio = actor.recorded(names.error_ratio(MINUTE * 5))
        claim = "all of five minutes is bad" if stimulus.failing_share == 1 else "five minutes are as bad as can be"
        expected.append(
            is_near(claim, ratio, down_to_step(ends, "fast"), stimulus.failing_share, within=Decimal("0.001"))
        )
    counted = [
        tier.long for tier in actor.tiers if ends - begins + seen_whole < tier.long.seconds <= LONGEST_UNSTEPPED.seconds
    ]
    if counted and not stimulus.delay_seconds:
        rate = Decimal(rate_of(actor)) if stimulus.countable else stimulus.failing_rate
        bad = rate * stimulus.failing_share * (ends - begins)
        series = actor.recorded(names.bad_events(min(counted)))
        at = up_to_step(ends + seen_whole, "fast")
        claim = f"{plain(bad)} bad events are counted" if bad == bad.to_integral_value() else "bad events are counted"
        expected.append(is_near(claim, series, at, bad, within=Decimal("0.02")))
    return expected


@dataclass(frozen=True, slots=True)
class _Burn:
    """What fails in the long run, and a round of phases, still without events, that comes to it."""

    ratio: Decimal
    round: tuple[Phase, ...]

    def lasting(self, scrapes: int, events: Decimal) -> list[Phase]:
        if len(self.round) == 1:
            return [Phase(scrapes, events, self.ratio)]
        rounds = -(-scrapes // length(self.round))
        return [Phase(phase.scrapes, events, phase.failing) for phase in self.round * rounds]


def slow_burn(actor: Actor) -> Told:
    """As much fails as no page minds, for as long as it takes to be a ticket."""
    title = "a slow burn is a ticket and no page"
    if not actor.pages or not actor.tickets:
        return None
    burn = _below_pages(actor)
    if isinstance(burn, str):
        return LeftOut(title, actor.slo.name, burn)
    tier, bound = _first_ticket(actor, burn)
    if tier is None:
        return LeftOut(title, actor.slo.name, "no ticket fires on less than a page does")
    pace = _pace_of(tier)
    if bound > _LONGEST_SECONDS[pace]:
        return LeftOut(title, actor.slo.name, f"it takes {round(bound / _HOUR)} hours")
    rate = actor.events(rate_of(actor, share=burn.ratio))
    begins = actor.quiet * actor.scrape
    at = -(-int(begins + bound) // _HALF_HOUR) * _HALF_HOUR
    phases = (Phase(actor.quiet, rate), *burn.lasting(actor.scrapes(at - begins) + 1, rate))
    alert = actor.burning([tier], only_first_group=True)
    percent = plain((burn.ratio * 100).quantize(Decimal("0.0001")))
    expected = [
        has_fired(f"{percent}% failing is a ticket within {spoken(at - begins)}", alert, at, since=at - _HOUR),
        was_silent("and never a page", actor.burning(actor.pages), at),
    ]
    if actor.stimulus.countable and (whole := _period_seconds(actor)):
        spent = burn.ratio * (at - begins) / (whole * actor.slo.objective.budget)
        claim, series = f"{round(spent * 100)}% of the period's budget are spent", actor.recorded(names.PERIOD_SPENT)
        expected.append(is_near(claim, series, at, spent.quantize(Decimal("0.000001")), within=Decimal("0.02")))
    return Scenario(title, actor.slo.name, pace, actor.inputs(phases, others=well(phases)), tuple(expected))


def _first_ticket(actor: Actor, burn: _Burn) -> tuple[BurnTier | None, float]:
    """The ticket that comes first, and after how many seconds at the latest."""
    waits = length(burn.round) * actor.scrape if len(burn.round) > 1 else 0
    bounds = {
        tier: detected_within(actor, tier, failing=burn.ratio, pace=_pace_of(tier)) + waits
        for tier in actor.tickets
        if tier.threshold(actor.slo.objective.budget) < burn.ratio
    }
    tier = min(bounds, key=lambda tier: bounds[tier], default=None)
    return tier, bounds[tier] if tier else math.inf


def _pace_of(tier: BurnTier) -> Pace:
    return "slow" if tier.long > LONGEST_UNSTEPPED else "fast"


def _below_pages(actor: Actor) -> _Burn | str:
    """As much as no page minds; or why there is no such burn."""
    budget, share = actor.slo.objective.budget, actor.stimulus.failing_share
    ratio = rounded(min(tier.threshold(budget) for tier in actor.pages) * Decimal("0.9"))
    if actor.stimulus.countable:
        return _Burn(ratio, (Phase(1, _NONE, ratio),))
    if actor.stimulus.delay_seconds:
        return "a short fault does not show in the range that it looks back over"
    brief = actor.scrapes(_SLICE)
    every = math.ceil(brief * share / ratio)
    longest = -(-brief * actor.scrape // _SLICE) * _SLICE
    for tier in actor.pages:
        worst = (int(tier.long.seconds) // (every * actor.scrape) + 1) * longest * share
        if worst >= tier.threshold(budget) * tier.long.milliseconds / 1_000:
            return "it is well or fails by the scrape, and a scrape now and then is a page"
    return _Burn(brief * share / every, (Phase(every - brief, _NONE), Phase(brief, _NONE, _ALL)))


def healthy(actor: Actor) -> Told:
    """Two hours of half the errors that the budget allows."""
    ratio = rounded(actor.slo.objective.budget / 2) if actor.stimulus.countable else _NONE
    rate = actor.events(rate_of(actor, share=ratio or _ALL))
    at = up_to_step((actor.quiet + actor.scrapes(2 * _HOUR)) * actor.scrape, "slow")
    phases = (Phase(actor.scrapes(at) + 1, rate, ratio),)
    at_once = actor.stimulus.clean_birth and not actor.stimulus.birth_seconds
    claim = "no alert of any kind" if at_once else "no alert of any kind once there are data"
    counted = tile(actor.slo.period)
    all_rate = rate / actor.scrape if actor.stimulus.countable else actor.stimulus.all_rate
    expected = [
        *_thresholds(actor, at),
        was_silent(claim, actor.any_alert, at, since=0 if at_once else at - _HOUR),
        is_near(
            f"{counted.readable} count their events once",
            actor.recorded(names.all_tile(counted)),
            at,
            all_rate * counted.milliseconds / 1_000,
            within=Decimal("0.001"),
        ),
    ]
    return Scenario("what the budget allows is no alert", actor.slo.name, "slow", actor.inputs(phases), tuple(expected))


def _period_seconds(actor: Actor) -> Decimal | None:
    """The length of the period in which the story is told; None where it is told in two."""
    if not isinstance(actor.slo.period, CalendarMonth):
        return Decimal(actor.slo.period.length.milliseconds) / 1_000
    offset, _ = clock.offsets(actor.slo.period.zone, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    return Decimal(_DAYS_OF_JANUARY * 86_400) if offset >= 0 else None
